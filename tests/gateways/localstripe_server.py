"""localstripe as a server of its own on loopback. Run as a program by the tests; it takes the port to listen on.

Its own command listens on every network and keeps its state in one file for the whole machine: neither suits a test.
"""

import logging
import sys
from importlib import import_module

resources = import_module("localstripe.resources")
resources.Store.dump_to_disk = lambda store: None
server = import_module("localstripe.server")

logging.disable(logging.CRITICAL)
import_module("aiohttp.web").run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
