"""A real server with its worker and its own PostgreSQL, as `orderwright serve` starts them, and a client for it."""

import json
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from requests import PreparedRequest, Response, Session
from requests.adapters import HTTPAdapter
from simple_salesforce import Salesforce

ORDERWRIGHT = (sys.executable, "-m", "orderwright")
READY = re.compile(r"ready at (http://\S+)")


@dataclass
class Server:
    """A running server: where it is, where its data are, and the credentials of a client."""

    url: str
    data: Path
    client_id: str
    client_secret: str
    process: subprocess.Popen[str]

    def token(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
        }
        answer = httpx.post(f"{self.url}/services/oauth2/token", data=form).raise_for_status()
        return str(answer.json()["access_token"])

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run(*arguments, "--data", str(self.data))


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run((*ORDERWRIGHT, *arguments), capture_output=True, text=True, timeout=120, check=False)


def started(data: Path, *options: str) -> tuple[subprocess.Popen[str], str]:
    """`orderwright serve` on a free port, once it says that it is ready; and its URL."""
    log = data.parent / "serve.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            (*ORDERWRIGHT, "serve", "--data", str(data), "--port", "0", *options),
            stdout=out,
            stderr=subprocess.STDOUT,
            text=True,
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        if found := READY.search(log.read_text()):
            return process, found[1]
        time.sleep(0.05)
    process.kill()
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    # in /tmp: pytest's own folders are closed to the user PostgreSQL runs as, and a socket's path must be short
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    process, url = started(folder / "data")
    try:
        made = run("client", "create", "test", "--json", "--data", str(folder / "data"))
        client = json.loads(made.stdout)
        yield Server(url, folder / "data", client["client_id"], client["client_secret"], process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        shutil.rmtree(folder)


class OverHttp(HTTPAdapter):
    """simple-salesforce always says https; until the server has an HTTPS listener its requests go out as http."""

    def send(self, request: PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        request.url = (request.url or "").replace("https://", "http://", 1)
        return super().send(request, *args, **kwargs)


@pytest.fixture
def salesforce(server: Server) -> Iterator[Salesforce]:
    """The unmodified client library, with a session it was given."""
    with Session() as session:
        session.mount("https://", OverHttp())
        yield Salesforce(instance_url=server.url, session_id=server.token(), version="67.0", session=session)
