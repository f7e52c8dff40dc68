"""One PostgreSQL data folder: made whole or not at all, started, found running, stopped.

The server listens on a Unix socket only, in a folder closed to everyone but its own user (and root). That folder is
the authentication; inside it everybody is trusted. Any number of processes may `reach` at once, and one of them
starts the server; who calls `stop` makes sure that nobody does meanwhile.
"""

import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from orderwright.store.file_lock import open_private, take_lock
from orderwright.store.postgres_binaries import (
    EmbeddedPostgresError,
    ServerUser,
    bare_environment,
    find_binaries,
    make_reachable,
)
from orderwright.store.postgres_setup import PORT, make_cluster, make_socket_folder, socket_path

SERVER_LOCK = "server.lock"
LOG = "postgres.log"
LOG_LIMIT_BYTES = 10_000_000
POLL_SECONDS = 0.005
START_LIMIT_SECONDS = 300  # after a crash there may be a gigabyte of changes to replay
STOP_LIMIT_SECONDS = 120
ANSWER_LIMIT_SECONDS = 2
SSL_REQUEST = struct.pack("!ii", 8, 80877103)  # the one question PostgreSQL answers before it knows who asks
SILENCE_LIMIT_SECONDS = 15  # for a server that says it is ready but does not answer


@dataclass(frozen=True)
class PidFile:
    """What a server writes down about itself in postmaster.pid."""

    process_id: int
    cluster: Path
    socket_folder: Path
    status: str


@dataclass(frozen=True)
class Cluster:
    """The PostgreSQL files below the folder `data`, who runs it, and the folder of programs asked for, if any."""

    data: Path
    user: ServerUser
    binaries: Path | None = None

    @property
    def files(self) -> Path:
        return self.data / "postgres"

    def reach(self) -> tuple[Path, bool]:
        """Return the folder of the socket at which the server answers, and whether it was started for that.

        Raises EmbeddedPostgresError when it does not start or does not answer.
        """
        began, started = time.monotonic(), False
        while (socket_folder := self._answering_at()) is None:
            if (lock := self._free_lock()) is not None:
                with lock:
                    if started:
                        raise EmbeddedPostgresError(f"PostgreSQL did not start.{self._last_words()}")
                    self._start(lock.fileno())
                    started = True
            self._check_patience(time.monotonic() - began)
            time.sleep(POLL_SECONDS)
        return socket_folder, started

    def stop(self) -> None:
        """Stop the server, if one runs, after what it is doing now, and wait for its end.

        Raises EmbeddedPostgresError when it has not ended after two minutes.
        """
        began, told, pid_file = time.monotonic(), 0, None
        while (lock := self._free_lock()) is None:
            pid_file = read_pid_file(self.files) or pid_file
            if pid_file and pid_file.process_id != told and self._is_our_server(pid_file.process_id):
                told = pid_file.process_id
                with suppress(ProcessLookupError):
                    os.kill(told, signal.SIGINT)  # PostgreSQL's "fast" shutdown: connections end, commits are kept
            if time.monotonic() - began > STOP_LIMIT_SECONDS:
                raise EmbeddedPostgresError(f"PostgreSQL on {self.files} does not stop.{self._last_words()}")
            time.sleep(POLL_SECONDS)
        with lock:
            self._remove_short_socket_folder(pid_file)

    def _answering_at(self) -> Path | None:
        pid_file = read_pid_file(self.files)
        # The folder is compared because a copied data folder brings the postmaster.pid of another server along.
        if pid_file is None or pid_file.status != "ready" or pid_file.cluster != self.files:
            return None
        return pid_file.socket_folder if answers(socket_path(pid_file.socket_folder)) else None

    def _free_lock(self) -> FileIO | None:
        """Return the server's lock, taken, or None while any PostgreSQL process works on the files."""
        try:
            return take_lock(self.data / SERVER_LOCK, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return None

    def _check_patience(self, waited_seconds: float) -> None:
        pid_file = read_pid_file(self.files)
        is_silent = pid_file is not None and pid_file.status == "ready"
        if waited_seconds > (SILENCE_LIMIT_SECONDS if is_silent else START_LIMIT_SECONDS):
            which = f"process {pid_file.process_id}, socket in {pid_file.socket_folder}" if pid_file else "starting"
            raise EmbeddedPostgresError(
                f"A PostgreSQL works on {self.files} ({which}) but does not answer here. If it runs in another "
                f"container, stop it there; otherwise end its processes and try again.{self._last_words()}"
            )

    def _last_words(self) -> str:
        with suppress(OSError):
            lines = (self.data / LOG).read_bytes()[-2000:].decode(errors="replace").splitlines()[-6:]
            return f" The end of {self.data / LOG}:\n" + "\n".join(lines)
        return ""

    # --- start --------------------------------------------------------------------------------------------------------

    def _start(self, lock: int) -> None:
        self._check_reachable()
        binaries = self._programs()
        if not self.files.exists():
            make_cluster(self.files, binaries, self.user, lock)
        self._check_owner()
        socket_folder = make_socket_folder(self.data, self.user)
        for claim in (self.files / "postmaster.pid", Path(f"{socket_path(socket_folder)}.lock")):
            self._drop_if_stale(claim)
        self._spawn(binaries, socket_folder, lock)

    def _check_reachable(self) -> None:
        if (blocked := self.user.blocked_at(self.data)) is not None:
            raise EmbeddedPostgresError(
                f"PostgreSQL does not run as root, so {self.user.name} runs it, who may not enter {blocked}. "
                f"Open that folder (chmod o+x {blocked}), choose a data folder elsewhere with --data "
                "(/var/lib/orderwright, for example), or run Orderwright as an ordinary user."
            )

    def _programs(self) -> Path:
        major = self._major()
        try:
            return make_reachable(find_binaries(major, preferred=self.binaries), self.data, self.user)
        except EmbeddedPostgresError as error:
            if major is None:
                raise
            raise EmbeddedPostgresError(f"{self.files} was made by PostgreSQL {major}. {error}") from error

    def _major(self) -> int | None:
        if not self.files.exists():
            return None
        try:
            return int((self.files / "PG_VERSION").read_text())
        except (FileNotFoundError, ValueError):
            raise EmbeddedPostgresError(
                f"{self.files} is there, but holds no PostgreSQL data. Move it away, or choose another folder with "
                "--data."
            ) from None

    def _check_owner(self) -> None:
        wanted = os.geteuid() if self.user.uid is None else self.user.uid
        if self.files.stat().st_uid != wanted:
            raise EmbeddedPostgresError(
                f"{self.files} must belong to {self.user.name}, who runs PostgreSQL: chown -R {wanted} {self.files}"
            )

    def _drop_if_stale(self, claim: Path) -> None:
        """Remove the file `claim` of a server that ended badly when its process id now belongs to something else.

        PostgreSQL would refuse to start. This happens to the unread exit status of a killed server, and in containers,
        where the same few ids come round again. A dead id is left to PostgreSQL, whose own checks go further.
        """
        process_id = first_number(claim)
        command = command_of(process_id) if process_id else None
        if command is not None and self._is_other_program(command):
            claim.unlink()

    def _is_other_program(self, command: Sequence[str]) -> bool:
        if "postgres" not in command[0]:
            return True  # a zombie's command is empty
        folder = Path(command[command.index("-D") + 1]) if "-D" in command[:-1] else Path()
        return folder.is_absolute() and folder != self.files

    def _is_our_server(self, process_id: int) -> bool:
        command = command_of(process_id)
        return str(self.files) in command if command is not None else not Path("/proc/self").exists()

    def _spawn(self, binaries: Path, socket_folder: Path, lock: int) -> None:
        """Start the server apart from us: not our child, not in our terminal's session, with none of our pipes.

        The shell ends at once, so that the server is nobody's unread exit status when it dies before we do.
        """
        command = server_command(binaries, self.files, socket_folder)
        with self._open_log() as log:
            subprocess.run(
                ["/bin/sh", "-c", '"$@" &', "sh", *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                env=bare_environment(),
                pass_fds=[lock],
                start_new_session=True,
                umask=0o077,
                user=self.user.uid,
                group=self.user.gid,
                extra_groups=self.user.extra_groups,
                check=True,
            )

    def _open_log(self) -> FileIO:
        path = self.data / LOG
        if path.exists() and path.stat().st_size > LOG_LIMIT_BYTES:
            path.replace(path.with_suffix(".log.1"))
        return open_private(path, os.O_WRONLY | os.O_APPEND)

    def _remove_short_socket_folder(self, pid_file: PidFile | None) -> None:
        if pid_file and pid_file.socket_folder.parent != self.data:
            with suppress(OSError):
                pid_file.socket_folder.rmdir()


def server_command(binaries: Path, files: Path, socket_folder: Path) -> list[str]:
    # What the rest of this module relies on stands on the command line, where no settings file overrides it.
    settings = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": f'"{socket_folder}"',
        "unix_socket_permissions": "0700",
        "logging_collector": "off",
        "cluster_name": "orderwright",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries / "postgres"), "-D", str(files), *options]


def read_pid_file(files: Path) -> PidFile | None:
    """Return what the server of `files` wrote down; None when it has not written all of it, or has ended well."""
    try:
        lines = os.fsdecode((files / "postmaster.pid").read_bytes()).splitlines()
        return PidFile(int(lines[0]), Path(lines[1]), Path(lines[4]), lines[7].strip())
    except (FileNotFoundError, IndexError, ValueError):
        return None


def answers(path: Path) -> bool:
    """Return whether a PostgreSQL answers at the socket `path`.

    Being let in is not enough: the kernel does that too, for a server that hangs or is about to die.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_LIMIT_SECONDS)
        try:
            connection.connect(str(path))
            connection.sendall(SSL_REQUEST)
            return connection.recv(1) in {b"N", b"S"}
        except OSError:
            return False


def first_number(path: Path) -> int | None:
    try:
        return int(path.read_bytes().split(b"\n")[0])
    except (FileNotFoundError, ValueError):
        return None


def command_of(process_id: int) -> list[str] | None:
    """Return the command line of a process; None when there is none of that id, or the system does not tell."""
    try:
        return os.fsdecode(Path(f"/proc/{process_id}/cmdline").read_bytes()).split("\0")
    except OSError:
        return None
