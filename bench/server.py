"""A throw-away server: an embedded PostgreSQL and `orderwright serve` on a data folder that is deleted afterwards."""

from __future__ import annotations

import functools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psutil

from orderwright.demo.client import Client
from orderwright.store.embedded import EmbeddedPostgres

STOP_SECONDS = 60
READY = "Orderwright is ready at "


@dataclass(frozen=True)
class Server:
    """A running server: where it answers, where its database is, and its processes."""

    url: str
    database_url: str
    data: Path
    process: psutil.Process

    @property
    def log(self) -> Path:
        """Where PostgreSQL writes its log."""
        return self.data / "postgres.log"

    def child(self, name: str) -> psutil.Process:
        """The child process of `serve` with this name: api-1 or worker-1."""
        return next(child for child in self.process.children() if name in child.cmdline())

    def postmaster(self) -> psutil.Process:
        """The first process of PostgreSQL, the parent of all its others."""
        return psutil.Process(int((self.data / "postgres" / "postmaster.pid").read_text().split()[0]))

    @functools.cached_property
    def credentials(self) -> tuple[str, str]:
        """Id and secret of an OAuth client; being the first one, it may do everything."""
        made = msgspec.json.decode(run("client", "create", "benchmark", "--json", "--data", str(self.data)))
        return made["client_id"], made["client_secret"]

    def client(self) -> Client:
        """A client of the API."""
        return Client(self.url, *self.credentials)


def command(*arguments: str) -> list[str]:
    """`orderwright` with `arguments`, run by this very Python."""
    return [sys.executable, "-m", "orderwright", *arguments]


def run(*arguments: str) -> str:
    return subprocess.run(command(*arguments), check=True, stdout=subprocess.PIPE, text=True).stdout


@contextmanager
def serving() -> Iterator[Server]:
    """A server with one API process and one worker; everything about it is gone after the block."""
    # In /tmp by name: a socket's path must be short, and the user PostgreSQL runs as must be able to go there.
    folder = Path(tempfile.mkdtemp(prefix="ow-bench-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        # Our own hold keeps PostgreSQL up after the server has ended.
        with EmbeddedPostgres.open(folder / "data") as postgres, started(folder / "data") as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            assert line.startswith(READY), f"the server did not start: {line!r}"
            yield Server(line.removeprefix(READY).strip(), postgres.url, folder / "data", psutil.Process(process.pid))
    finally:
        shutil.rmtree(folder)


@contextmanager
def started(data: Path) -> Iterator[subprocess.Popen[str]]:
    serve = command("serve", "--data", str(data), "--port", "0", "--workers", "1", "--job-workers", "1")
    process = subprocess.Popen(serve, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.communicate(timeout=STOP_SECONDS)
