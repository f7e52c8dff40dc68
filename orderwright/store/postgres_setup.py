"""What a data folder needs before PostgreSQL can run in it: the files, and a place for the socket."""

import hashlib
import os
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

from orderwright.store.postgres_binaries import EmbeddedPostgresError, ServerUser, major_of, version_of

ROLE = DATABASE = "orderwright"
PORT = 5432  # only a part of the socket's name: nothing listens on TCP
SOCKET_PATH_LIMIT_BYTES = 103  # Linux would allow 107, macOS allows 103

# Written into a new data folder once: from then on they are the operator's to change.
SETTINGS = """
# Orderwright: sized for a small machine that also runs the API and its workers.
shared_buffers = 128MB
max_connections = 100
fsync = on
synchronous_commit = on
timezone = 'UTC'
log_timezone = 'UTC'
log_checkpoints = off
jit = off                             # statements are short: compiling one costs more than running it
max_parallel_workers_per_gather = 0   # the other cores serve other requests; containers have little /dev/shm
"""


def make_cluster(files: Path, binaries: Path, user: ServerUser, lock: int) -> None:
    """Make the PostgreSQL files `files` with our role, database and settings; they appear when all is done.

    The descriptor `lock` is handed to the programs, so that its lock lasts as long as the last of them.
    Raises EmbeddedPostgresError when one of them fails.
    """
    unfinished = files.with_name(f"{files.name}.new")
    if unfinished.exists():
        shutil.rmtree(unfinished)
    unfinished.mkdir(mode=0o700)
    user.give(unfinished)
    _run_initdb(unfinished, binaries, user, lock)
    _write_settings(unfinished / "postgresql.conf")
    _create_database(unfinished, binaries, user, lock)
    unfinished.rename(files)
    _sync_folder(files.parent)


def _run_initdb(files: Path, binaries: Path, user: ServerUser, lock: int) -> None:
    command = [str(binaries / "initdb"), "-D", str(files), f"--username={ROLE}", "--encoding=UTF8", "--data-checksums"]
    command += ["--auth-local=trust", "--auth-host=reject", "--no-instructions"]
    best, *others = _locales(major_of(version_of(binaries) or ""))
    done = user.run(command + best, pass_fds=[lock])
    for locale in others:
        if "invalid locale name" in done.stderr:
            done = user.run(command + locale, pass_fds=[lock])
    _check(done, "initdb")


def _locales(major: int) -> list[list[str]]:
    """Return, best first, the ways to say: sorted by code point, upper and lower case as Unicode has them.

    From 17 on PostgreSQL knows that itself. Before, it asks the C library, which may not know C.UTF-8; what remains
    then tells upper from lower case for ASCII only.
    """
    if major >= 17:
        return [["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]]
    return [["--locale=C", "--lc-ctype=C.UTF-8"], ["--locale=C"]]


def _create_database(files: Path, binaries: Path, user: ServerUser, lock: int) -> None:
    command = [str(binaries / "postgres"), "--single", "-D", str(files), "-c", "exit_on_error=true", "postgres"]
    _check(user.run(command, script=f"CREATE DATABASE {DATABASE}\n", pass_fds=[lock]), "creating the database")


def _check(done: subprocess.CompletedProcess[str], step: str) -> None:
    if done.returncode != 0:
        words = "\n".join((done.stdout + done.stderr).splitlines()[-8:])
        raise EmbeddedPostgresError(f"PostgreSQL could not be set up: {step} ended with {done.returncode}.\n{words}")


def _write_settings(path: Path) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(SETTINGS)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def socket_path(folder: Path) -> Path:
    return folder / f".s.PGSQL.{PORT}"


def make_socket_folder(data: Path, user: ServerUser) -> Path:
    """Return a folder for the socket, closed to all but `user`: `data/run`, or a short one in a temporary folder.

    The short one is named after `data`, so that the same one is used again after a crash; where it is, is recorded in
    the server's own postmaster.pid.
    Raises EmbeddedPostgresError when no place will do.
    """
    for folder in _socket_folders(data):
        if _fits(folder) and user.blocked_at(folder.parent) is None and _make_private(folder, user):
            return folder
    raise EmbeddedPostgresError(
        f"There is no place for PostgreSQL's socket: the path {data} is too long for one (at most "
        f"{SOCKET_PATH_LIMIT_BYTES} bytes), and none could be made in {tempfile.gettempdir()} or /tmp. "
        "Choose a shorter path with --data."
    )


def _socket_folders(data: Path) -> Iterator[Path]:
    yield data / "run"
    name = f"orderwright-{hashlib.sha256(os.fsencode(data)).hexdigest()[:16]}"
    for temporary in dict.fromkeys((tempfile.gettempdir(), "/tmp", "/var/tmp")):  # noqa: S108 - see _make_private
        yield Path(temporary) / name


def _fits(folder: Path) -> bool:
    # Clients read a comma in `host` as the end of a host; the other two are for PostgreSQL's list of folders.
    unfit = re.search(r'[,"\\]', str(folder))
    return unfit is None and len(os.fsencode(socket_path(folder))) <= SOCKET_PATH_LIMIT_BYTES


def _make_private(folder: Path, user: ServerUser) -> bool:
    """Return whether `folder` is now one that only `user` can enter.

    In a temporary folder somebody else may have made one of that name before us, or a link: it is not used then.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError:
        return False
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.geteuid(), user.uid}:
        return False
    folder.chmod(0o700)
    user.give(folder)
    return True
