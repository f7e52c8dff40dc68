"""Servers as an operator starts them: real processes on data folders of their own, with a small application."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import psutil
import pytest

from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate
from tests.conftest import run_apart

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", "HOME": os.environ["HOME"]}

# The command `serve` with other programs in the child processes; options as on the command line.
SERVE = """
import sys
from orderwright import cli
from orderwright.cli import serve, server
server.serve_until_stopped.__kwdefaults__.update(
    application="tests.cli.small_app:" + sys.argv.pop(1), worker="tests.cli.small_app:work"
)
cli.main()
"""


T = TypeVar("T")


@dataclass
class Server:
    process: subprocess.Popen[str]
    address: str = ""

    def get(self, path: str = "/") -> list[str]:
        """What the small application says: its process, its parent, the currency, rows of `number_block`."""
        with urllib.request.urlopen(self.address + path, timeout=20) as answer:  # noqa: S310 - our own server
            text: str = answer.read().decode()
        return text.split()

    def read_line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline()

    def wait_until_ready(self) -> None:
        line = self.read_line()
        assert line.startswith("Orderwright is ready at http://"), (line, self.process.communicate(timeout=20))
        self.address = line.split()[-1]

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children()

    def find(self, name: str) -> psutil.Process | None:
        """The child that is called `name` and lives, if there is one just now."""
        for child in self.children():
            with suppress(psutil.NoSuchProcess):  # also for one whose exit status nobody has read yet
                if name in child.cmdline():
                    return child
        return None

    def child(self, name: str) -> psutil.Process:
        child = eventually(lambda: self.find(name))
        assert child is not None
        return child

    def end(self, number: int = signal.SIGTERM) -> str:
        """Send the signal; return what the server said on stderr. It must end well."""
        self.process.send_signal(number)
        _, errors = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, errors
        return errors


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The finished `orderwright` with `arguments`."""
    return subprocess.run(
        [sys.executable, "-m", "orderwright", *arguments],
        env=ENVIRONMENT | environment,
        cwd="/",
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


@contextmanager
def started(*options: str, application: str = "create_app") -> Iterator[Server]:
    """`orderwright serve` with `options`, as it starts; killed at the end if it is still there."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, application, "serve", *options],
        env=ENVIRONMENT,
        cwd="/",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield Server(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def serving(*options: str) -> Iterator[Server]:
    """`orderwright serve` with `options`, ready."""
    with started(*options) as server:
        server.wait_until_ready()
        yield server


def eventually(condition: Callable[[], T], within_seconds: float = 10.0) -> T:
    """Return what `condition` returns as soon as that is true; fail after `within_seconds`."""
    deadline = time.monotonic() + within_seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"did not become true within {within_seconds} s"
        time.sleep(0.02)
    return found


def has_ended(process: psutil.Process) -> bool:
    """Whether the process does nothing any more; who should read its exit status is not our concern."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def database_runs(data: Path) -> bool:
    return (data / "postgres" / "postmaster.pid").exists()


@pytest.fixture(scope="session")
def data() -> Iterator[Path]:
    """A migrated data folder which the tests use one after the other; in /tmp, where every user can go."""
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    with EmbeddedPostgres.open(folder / "data") as postgres:
        run_apart(migrate(postgres.url))
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server on a new folder, which the tests of one file share, however they treat it."""
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    with serving("--data", str(folder / "data"), "--port", "0", "--workers", "2") as server:
        yield server
        server.end()
    shutil.rmtree(folder)
