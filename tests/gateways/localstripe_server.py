"""localstripe as a server of its own on loopback. Run as a program by the tests; it takes the port to listen on.

Its own command listens on every network and keeps its state in one file for the whole machine: neither suits a test.
"""

import logging
import sys
from importlib import import_module

resources = import_module("localstripe.resources")
resources.Store.dump_to_disk = lambda store: None


def teach_created(kind):
    """Let a list be cut to a time, as Stripe's can."""
    whole = kind._api_list_all.__func__

    def cut(kind, /, url, created=None, **asked):
        found = whole(kind, url, **asked)
        if created:
            first, end = int(created["gte"]), int(created["lt"])
            found._list = [one for one in found._list if first <= one.created < end]
        return found

    kind._api_list_all = classmethod(cut)


teach_created(resources.Charge)
teach_created(resources.Refund)
server = import_module("localstripe.server")

logging.disable(logging.CRITICAL)
import_module("aiohttp.web").run_app(server.app, host="127.0.0.1", port=int(sys.argv[1]), print=None)
