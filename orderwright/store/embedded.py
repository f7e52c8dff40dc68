"""The PostgreSQL that comes with us: made, started and stopped below one data folder.

Any number of processes may hold the same folder at once; the first to come starts the server, the last to leave stops
it. Two `flock` locks in the folder decide everything, because the kernel drops them when a process dies, however it
dies:

- `holders.lock` is held shared by every open EmbeddedPostgres. Who can turn its lock exclusive was the last, and stops
  the server while whoever comes next waits for the lock.
- `server.lock` is held exclusively by who makes the files or starts the server, and passed on to PostgreSQL: its
  descriptor is the only one that initdb, the server and all they fork inherit. So "does anything still work on these
  files?" has an exact answer, where the process id PostgreSQL writes down has none: ids are reused, and mean something
  else in another container.
"""

import errno
import fcntl
import os
import tempfile
from io import FileIO
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import quote

from orderwright.store.file_lock import take_lock
from orderwright.store.postgres_binaries import (
    NOT_AS_ROOT,
    EmbeddedPostgresError,
    choose_server_user,
    find_binaries,
    nobody,
)
from orderwright.store.postgres_cluster import Cluster
from orderwright.store.postgres_setup import DATABASE, PORT, ROLE

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError", "default_data_folder", "find_binaries"]

HOLDERS_LOCK = "holders.lock"


def default_data_folder() -> Path:
    """Return where data is kept when nobody says otherwise: a system folder for root, else one of the user's own."""
    if os.geteuid() == 0:
        return Path("/var/lib/orderwright")
    base = Path(os.environ.get("XDG_DATA_HOME", ""))
    # The XDG specification wants a relative value ignored.
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "orderwright"


class EmbeddedPostgres:
    """One hold on the PostgreSQL of a data folder: the server runs as long as any process has one."""

    url: str
    started_by_us: bool

    def __init__(self, cluster: Cluster, holder: FileIO, socket_folder: Path, *, started_by_us: bool) -> None:
        self.url = url_of(socket_folder)
        self.started_by_us = started_by_us
        self._cluster = cluster
        self._holder: FileIO | None = holder
        self._process_id = os.getpid()

    @classmethod
    def open(cls, data: Path, *, binaries: Path | None = None) -> Self:
        """Return a hold on the running PostgreSQL of the folder `data`; makes and starts what is not there yet.

        `url` leads to the database `orderwright`, which exists. `binaries` is the folder of the PostgreSQL programs,
        by default what `find_binaries` finds; nobody looks at it while the server runs.
        Raises EmbeddedPostgresError.
        """
        try:
            return cls._open(Path(os.path.realpath(data)), binaries)
        except OSError as error:
            raise EmbeddedPostgresError(_explained(data, error)) from error

    @classmethod
    def _open(cls, data: Path, binaries: Path | None) -> Self:
        make_data_folder(data)
        cluster = Cluster(data, choose_server_user(data), binaries)
        holder = take_lock(data / HOLDERS_LOCK, fcntl.LOCK_SH)
        try:
            socket_folder, started = cluster.reach()
        except BaseException:
            _let_go(cluster, holder)
            raise
        return cls(cluster, holder, socket_folder, started_by_us=started)

    def close(self) -> None:
        """Let go; the last to do so stops the server and waits until it has written everything. May be called again.

        In a forked child this stops nothing: the hold belongs to the process that opened it.
        Raises EmbeddedPostgresError when the server does not stop.
        """
        holder, self._holder = self._holder, None
        if holder is None:
            return
        if os.getpid() != self._process_id:
            holder.close()
            return
        _let_go(self._cluster, holder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _let_go(cluster: Cluster, holder: FileIO) -> None:
    """Close `holder`, and stop the server when no one else holds one."""
    try:
        if _is_last(holder):
            cluster.stop()
    finally:
        holder.close()


def _is_last(holder: FileIO) -> bool:
    try:
        fcntl.flock(holder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def url_of(socket_folder: Path) -> str:
    # The port is named because clients would otherwise take it from PGPORT.
    return f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(socket_folder))}&port={PORT}"


def make_data_folder(data: Path) -> None:
    """Make the folder `data` unless it is there, closed to other users; root lets the group of `nobody` pass.

    It appears under its name only when its mode is right, since another process may be about to use it. The mode of
    a folder that is there already is its owner's choice.
    """
    if data.is_dir():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{data.name}-", dir=data.parent))
    if os.geteuid() == 0:
        os.chown(fresh, 0, nobody().pw_gid)
        fresh.chmod(0o710)
    try:
        fresh.rename(data)
    except OSError:
        fresh.rmdir()
        if not data.is_dir():
            raise


def _explained(data: Path, error: OSError) -> str:
    if os.geteuid() == 0 and error.errno in {errno.EPERM, errno.EINVAL}:
        # Containers take the right to act as others from their root, or know no user but it.
        return f"PostgreSQL does not run as root, and root may not act as another user here: {error}. {NOT_AS_ROOT}"
    advice = "Choose another one with --data."
    if isinstance(error, PermissionError):
        advice = "It may belong to another user: run Orderwright as that user, or choose another folder with --data."
    return f"The data folder {data} cannot be used: {error}. {advice}"
