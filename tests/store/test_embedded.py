"""The embedded PostgreSQL: real programs, real processes, real signals."""

import asyncio
import errno
import fcntl
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import asyncpg
import pytest

from orderwright.store import postgres_binaries, postgres_setup
from orderwright.store.embedded import EmbeddedPostgres, EmbeddedPostgresError, default_data_folder, find_binaries
from orderwright.store.file_lock import take_lock
from orderwright.store.postgres_binaries import ServerUser
from orderwright.store.postgres_cluster import read_pid_file

ROOT = Path(__file__).resolve().parents[2]
IS_ROOT = os.geteuid() == 0
PACKAGES = [entry for entry in sys.path if Path(entry).name == "site-packages"]
ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join([str(ROOT), *PACKAGES])}
only_root = pytest.mark.skipif(not IS_ROOT, reason="only root can become another user")

# Opens the folder given, says so, and closes when its input ends.
HOLDER = """
import sys
from pathlib import Path
from orderwright.store.embedded import EmbeddedPostgres, EmbeddedPostgresError
binaries = Path(sys.argv[2]) if len(sys.argv) > 2 else None
try:
    with EmbeddedPostgres.open(Path(sys.argv[1]), binaries=binaries) as postgres:
        print(postgres.started_by_us, postgres.url, flush=True)
        sys.stdin.read()
except EmbeddedPostgresError as error:
    sys.exit(str(error))
"""


def binaries_by_major() -> dict[int, Path]:
    found = {}
    for major in (18, 17, 16, 15):
        try:
            found[major] = find_binaries(major)
        except EmbeddedPostgresError:
            continue
    return found


BINARIES = binaries_by_major()
NEWEST = max(BINARIES)


@pytest.fixture
def place():
    """A folder that every user can enter: pytest's own is closed to the user PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))  # short, whatever TMPDIR says
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def made():
    """Data folders made once and closed again, one per version, to be copied."""
    folder = Path(tempfile.mkdtemp(prefix="ow-", dir="/tmp"))
    folder.chmod(0o755)
    for major, programs in BINARIES.items():
        EmbeddedPostgres.open(folder / str(major), binaries=programs).close()
    yield folder
    shutil.rmtree(folder)


def copied(original: Path, copy: Path) -> Path:
    subprocess.run(["cp", "-a", original, copy], check=True)
    return copy


@pytest.fixture
def data(made):
    """A folder of the newest version, used before and stopped; a test leaves it so and where it is."""
    yield made / str(NEWEST)
    end_leftover(made / str(NEWEST))


@pytest.fixture(params=BINARIES)
def data_of_each_version(request, made):
    yield made / str(request.param)
    end_leftover(made / str(request.param))


def end_leftover(data: Path) -> None:
    """End what a failed test left running, so that the tests after it say something about themselves."""
    while is_running(data):
        os.kill(server_id(data), signal.SIGQUIT)
        time.sleep(0.1)


@contextmanager
def moved(data: Path, target: Path):
    data.rename(target)
    try:
        yield target
    finally:
        target.rename(data)


def sql(url, *statements):
    async def run():
        connection = await asyncpg.connect(url)
        try:
            return [await connection.fetchval(statement) for statement in statements][-1]
        finally:
            await connection.close()

    return asyncio.run(run())


def is_running(data: Path) -> bool:
    try:
        take_lock(data / "server.lock", fcntl.LOCK_EX | fcntl.LOCK_NB).close()
    except BlockingIOError:
        return True
    return False


def server_id(data: Path) -> int:
    pid_file = read_pid_file(data / "postgres")
    assert pid_file is not None
    return pid_file.process_id


def holder(data: Path, binaries: Path | None = None, *, uid: int | None = None) -> subprocess.Popen[str]:
    command = [
        str(python_open_to(uid) if uid else sys.executable),
        "-B",
        "-c",
        HOLDER,
        str(data),
        *([str(binaries)] if binaries else []),
    ]
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env=ENVIRONMENT,
        start_new_session=True,
        user=uid,
        group=None if uid is None else pwd.getpwuid(uid).pw_gid,
        extra_groups=None if uid is None else [],
    )


def opened(process: subprocess.Popen[str]) -> tuple[bool, str]:
    """Wait until `process` holds its folder; return whether it started the server, and the URL."""
    assert process.stdout is not None
    started, _, url = process.stdout.readline().strip().partition(" ")
    assert started, process.communicate()[1]
    return started == "True", url


def leave(process: subprocess.Popen[str]) -> None:
    _, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (0, "")


# --- one holder -------------------------------------------------------------------------------------------------------


def test_data_survives_a_restart(data_of_each_version):
    data = data_of_each_version
    with EmbeddedPostgres.open(data) as postgres:
        assert postgres.started_by_us
        sql(postgres.url, "DROP TABLE IF EXISTS t", "CREATE TABLE t AS SELECT 7 AS x")
    assert not is_running(data)
    with EmbeddedPostgres.open(data) as postgres:
        assert postgres.started_by_us
        assert sql(postgres.url, "SELECT x FROM t") == 7


def test_every_version_sorts_compares_and_listens_alike(data_of_each_version):
    data = data_of_each_version
    with EmbeddedPostgres.open(data) as postgres:
        assert sql(postgres.url, "SELECT string_agg(x, '' ORDER BY x) FROM unnest('{a,B,ä,Z}'::text[]) x") == "BZaä"
        assert sql(postgres.url, "SELECT lower('ÄÖÉ') || upper('ñ')") == "äöéÑ"
        shown = {
            name: sql(postgres.url, f"SHOW {name}")
            for name in ("server_encoding", "TimeZone", "listen_addresses", "fsync", "jit", "data_checksums")
        }
        assert shown == {
            "server_encoding": "UTF8",
            "TimeZone": "UTC",
            "listen_addresses": "",
            "fsync": "on",
            "jit": "off",
            "data_checksums": "on",
        }


def test_close_twice_and_open_again(data):
    postgres = EmbeddedPostgres.open(data)
    postgres.close()
    with EmbeddedPostgres.open(data) as again:
        postgres.close()
        assert sql(again.url, "SELECT 1") == 1


def test_a_child_made_by_fork_does_not_stop_what_its_parent_holds(data):
    with EmbeddedPostgres.open(data) as postgres:
        child = os.fork()
        if child == 0:
            postgres.close()
            os._exit(0)
        assert os.waitpid(child, 0)[1] == 0
        assert sql(postgres.url, "SELECT 1") == 1
    assert not is_running(data)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_the_server_has_no_lock_but_its_own_and_none_of_our_pipes(data):
    process = holder(data)
    opened(process)
    links = [str(entry.readlink()) for entry in Path(f"/proc/{server_id(data)}/fd").iterdir()]
    leave(process)
    assert {Path(link).name for link in links if link.endswith(".lock")} == {"server.lock"}
    assert {link for link in links if link.endswith(".log")} == {str(data / "postgres.log")}


# --- several holders --------------------------------------------------------------------------------------------------


def test_the_second_attaches_and_the_last_to_leave_stops(data_of_each_version):
    data = data_of_each_version
    first = EmbeddedPostgres.open(data)
    second = EmbeddedPostgres.open(data)
    assert (first.started_by_us, second.started_by_us) == (True, False)
    assert first.url == second.url
    first.close()
    assert sql(second.url, "SELECT 1") == 1
    second.close()
    assert not is_running(data)


def test_four_processes_open_the_same_new_folder_at_once(place):
    processes = [holder(place / "data") for _ in range(4)]
    answers = [opened(process) for process in processes]
    assert sorted(started for started, _ in answers) == [False, False, False, True]
    assert {sql(url, "SELECT current_database()") for _, url in answers} == {"orderwright"}
    for process in processes:
        leave(process)
    assert not is_running(place / "data")
    assert [entry.name for entry in place.iterdir()] == ["data"]


def test_opening_and_closing_in_turns_never_finds_a_dead_server(data):
    code = """
import asyncio, asyncpg, sys
from pathlib import Path
from orderwright.store.embedded import EmbeddedPostgres
for _ in range(8):
    with EmbeddedPostgres.open(Path(sys.argv[1])) as postgres:
        async def ask():
            connection = await asyncpg.connect(postgres.url)
            await connection.close()
        asyncio.run(ask())
"""
    command = [sys.executable, "-B", "-c", code, str(data)]
    processes = [subprocess.Popen(command, env=ENVIRONMENT, cwd="/") for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert not is_running(data)


# --- crashes ----------------------------------------------------------------------------------------------------------


def test_a_killed_server_comes_back_with_its_data(data_of_each_version):
    data = data_of_each_version
    with EmbeddedPostgres.open(data) as before:
        sql(before.url, "DROP TABLE IF EXISTS t", "CREATE TABLE t AS SELECT 7 AS x")
        os.kill(server_id(data), signal.SIGKILL)
        with EmbeddedPostgres.open(data) as after:
            assert after.started_by_us
            assert sql(after.url, "SELECT x FROM t") == 7
            assert after.url == before.url
        assert sql(before.url, "SELECT x FROM t") == 7
    assert not is_running(data)


def test_a_killed_holder_leaves_a_server_that_the_next_one_takes_over(data_of_each_version):
    data = data_of_each_version
    process = holder(data)
    _, url = opened(process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=10)  # ends only when nobody has the other ends of its pipes
    assert sql(url, "SELECT 1") == 1
    with EmbeddedPostgres.open(data) as postgres:
        assert not postgres.started_by_us
    assert not is_running(data)


def test_a_killed_holder_does_not_keep_the_others_from_stopping(data):
    process = holder(data)
    with EmbeddedPostgres.open(data):
        opened(process)
        process.kill()
        process.communicate()
    assert not is_running(data)


def test_interrupting_the_terminal_does_not_reach_the_server(data):
    process = holder(data)
    opened(process)
    with EmbeddedPostgres.open(data) as postgres:
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=10)
        assert sql(postgres.url, "SELECT 1") == 1


@pytest.mark.parametrize("after_seconds", [0.1, 0.5])
def test_a_first_start_killed_halfway_is_made_up_for(place, after_seconds):
    process = holder(place / "data")
    deadline = time.monotonic() + 10
    while not (place / "data" / "postgres.new").exists():
        assert time.monotonic() < deadline
        time.sleep(0.005)
    time.sleep(after_seconds)
    process.kill()
    process.communicate()
    with EmbeddedPostgres.open(place / "data") as postgres:
        assert sql(postgres.url, "SELECT current_database()") == "orderwright"
    assert not is_running(place / "data")


def test_everything_killed_at_once_comes_back(data):
    process = holder(data)
    _, url = opened(process)
    sql(url, "DROP TABLE IF EXISTS t", "CREATE TABLE t AS SELECT 7 AS x")
    process.kill()
    os.kill(server_id(data), signal.SIGKILL)
    process.communicate()
    with EmbeddedPostgres.open(data) as postgres:
        assert sql(postgres.url, "SELECT x FROM t") == 7


def test_a_process_id_that_came_round_again_does_not_block_the_start(data):
    EmbeddedPostgres.open(data).close()
    stranger = subprocess.Popen(["sleep", "60"], user="nobody" if IS_ROOT else None)
    (data / "postgres" / "postmaster.pid").write_text(
        f"{stranger.pid}\n{data}/postgres\n1\n5432\n{data}/run\n\n\nready\n"
    )
    try:
        with EmbeddedPostgres.open(data) as postgres:
            assert sql(postgres.url, "SELECT 1") == 1
    finally:
        stranger.kill()
        stranger.wait()


def test_a_copy_of_a_live_folder_gets_a_server_of_its_own(place, data):
    with EmbeddedPostgres.open(data) as original:
        with EmbeddedPostgres.open(copied(data, place / "copy")) as copy:
            assert copy.started_by_us
            assert copy.url != original.url
            assert sql(copy.url, "SHOW data_directory") == str(place / "copy" / "postgres")
        assert sql(original.url, "SHOW data_directory") == str(data / "postgres")


# --- places -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b", "ä$HOME`id`", 'it\'s, "quoted"', "per%20cent&x=1#2", "x" * 120], ids=ascii)
def test_any_name_of_a_folder_will_do(place, data, name):
    with moved(data, place / name) as folder, EmbeddedPostgres.open(folder) as postgres:
        assert sql(postgres.url, "SELECT current_database()") == "orderwright"


def test_a_folder_too_deep_for_a_socket_uses_a_short_private_one_and_removes_it(place, data):
    deep = place / ("d" * 60) / ("e" * 60) / "data"
    deep.parent.mkdir(parents=True)
    with moved(data, deep), EmbeddedPostgres.open(deep) as postgres:
        socket_folder = Path(sql(postgres.url, "SHOW unix_socket_directories").strip('"'))
        assert socket_folder.stat().st_mode & 0o777 == 0o700
        with EmbeddedPostgres.open(deep) as second:
            assert second.url == postgres.url
    assert not socket_folder.exists()


def test_a_socket_folder_that_somebody_else_made_is_not_used(place, data, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    deep = place / ("d" * 120)
    first = next(folder for folder in postgres_setup._socket_folders(deep) if folder.parent == place)
    first.symlink_to(place)
    with moved(data, deep), EmbeddedPostgres.open(deep) as postgres:
        assert str(place) not in postgres.url
        assert sql(postgres.url, "SELECT 1") == 1


def test_a_link_to_a_folder_is_the_folder(place, data):
    (place / "link").symlink_to(data)
    with EmbeddedPostgres.open(data) as straight, EmbeddedPostgres.open(place / "link") as linked:
        assert linked.url == straight.url


def test_default_data_folder(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert default_data_folder() == Path("/var/lib/orderwright")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_DATA_HOME", "not/absolute")
    assert default_data_folder() == Path("/home/ada/.local/share/orderwright")
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data_folder() == Path("/data/orderwright")


# --- users ------------------------------------------------------------------------------------------------------------

STRANGER = ServerUser(54321, 54321)


def id_of(name: str) -> int:
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        pytest.skip(f"this system has no user {name}")


def python_open_to(uid: int) -> Path:
    """Return a Python that this user can run: ours may be below /root. It needs nothing but its standard library."""
    if blocked := ServerUser(uid, uid).blocked_at(ROOT / "orderwright", BINARIES[NEWEST]):
        pytest.skip(f"{blocked} is closed to other users")
    for python in (Path(sys.executable), Path("/usr/bin/python3"), Path("/usr/local/bin/python3")):
        if python.exists() and not ServerUser(uid, uid).blocked_at(python, python.resolve()):
            check = subprocess.run([python, "-c", "import sys; sys.exit(sys.version_info < (3, 11))"], check=False)
            if check.returncode == 0:
                return python
    pytest.skip("no Python 3.11 that other users can run")


@only_root
def test_root_runs_the_server_as_nobody_and_no_other_user_gets_in(data):
    with EmbeddedPostgres.open(data) as postgres:
        assert (data / "postgres").stat().st_uid == id_of("nobody")
        assert sql(postgres.url, "SELECT current_user") == "orderwright"
        run = Path(sql(postgres.url, "SHOW unix_socket_directories").strip('"'))
        assert STRANGER.blocked_at(run) == data
        mode = data.stat().st_mode
        data.chmod(0o755)
        blocked = STRANGER.blocked_at(run)
        data.chmod(mode)
        assert blocked == run


@only_root
def test_an_ordinary_user_has_a_server_of_its_own(place):
    uid = id_of("nobody")
    os.chown(place, uid, -1)
    process = holder(place / "data", BINARIES[NEWEST], uid=uid)
    started, url = opened(process)
    assert started
    assert sql(url, "SELECT 1") == 1
    leave(process)
    assert {entry.stat().st_uid for entry in (place / "data").iterdir()} == {uid}


@only_root
def test_root_and_the_owner_of_the_folder_share_it(place):
    uid = id_of("daemon")
    (place / "data").mkdir(mode=0o700)
    os.chown(place / "data", uid, -1)
    with EmbeddedPostgres.open(place / "data") as postgres:
        assert {entry.stat().st_uid for entry in (place / "data").iterdir()} == {uid}
        process = holder(place / "data", BINARIES[NEWEST], uid=uid)
        assert opened(process) == (False, postgres.url)
        leave(process)
    process = holder(place / "data", BINARIES[NEWEST], uid=uid)
    assert opened(process)[0]
    leave(process)


@only_root
def test_the_folder_of_another_user_is_refused_in_words(place, data):
    uid = id_of("daemon")
    process = holder(data, uid=uid)
    answer, errors = process.communicate()
    assert (answer, process.returncode) == ("", 1)
    assert "may belong to another user" in errors


@only_root
@pytest.mark.parametrize("closed", ["closed", "closed/data"])
def test_a_folder_closed_to_nobody_is_refused_by_name(place, closed):
    (place / "closed" / "data").mkdir(parents=True)
    (place / closed).chmod(0o700)
    with pytest.raises(
        EmbeddedPostgresError, match=f"may not enter {place / closed}\\. .*chmod o\\+x {place / closed}"
    ):
        EmbeddedPostgres.open(place / "closed" / "data")


@only_root
def test_a_root_that_may_not_act_as_others_is_told_so(place, monkeypatch):
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(EmbeddedPostgresError, match=r"root may not act as another user here.*--database-url"):
        EmbeddedPostgres.open(place / "data")


@only_root
def test_files_that_root_restored_are_refused_with_the_way_out(place, made):
    data = copied(made / str(NEWEST), place / "data")
    subprocess.run(["chown", "-R", "root", data / "postgres"], check=True)
    with pytest.raises(EmbeddedPostgresError, match=f"chown -R {id_of('nobody')} {data}/postgres"):
        EmbeddedPostgres.open(data)


@only_root
def test_programs_closed_to_nobody_are_copied_once(place):
    install = BINARIES[NEWEST].parent
    if not (install / "share").is_dir():
        pytest.skip("this installation is spread over the system")
    home = place / "home"
    home.mkdir(mode=0o700)
    libraries = install.parent.with_name(f"{install.parent.name}.libs")
    for part in (libraries, *(install / name for name in ("bin", "lib", "share"))):
        shutil.copytree(part, home / part.relative_to(install.parents[1]))
    hidden = home / install.relative_to(install.parents[1]) / "bin"
    with EmbeddedPostgres.open(place / "data", binaries=hidden) as postgres:
        assert sql(postgres.url, "SELECT 1") == 1
    copies = list((place / "data" / "programs").glob("*/*/*/bin/postgres"))
    made = copies[0].stat().st_ino
    with EmbeddedPostgres.open(place / "data", binaries=hidden) as postgres:
        assert sql(postgres.url, "SELECT 1") == 1
    assert [copy.stat().st_ino for copy in copies] == [made]


# --- programs ---------------------------------------------------------------------------------------------------------


def programs(folder: Path, version: str) -> Path:
    """Make programs in `folder` that can tell their version, and no more."""
    folder.mkdir()
    for name in ("initdb", "postgres", "pg_ctl"):
        (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        (folder / name).chmod(0o755)
    return folder


@pytest.fixture
def only_these(monkeypatch):
    """Hide what the machine has; what is left is what a test puts on PATH."""
    monkeypatch.setattr(postgres_binaries, "WHEEL", "no_such_package")
    monkeypatch.setattr(postgres_binaries, "SYSTEM_FOLDERS", ())
    return lambda *folders: monkeypatch.setenv("PATH", os.pathsep.join(map(str, (*folders, "/usr/bin", "/bin"))))


def test_the_version_that_made_the_data_is_used_again(made):
    for major in BINARIES:
        with EmbeddedPostgres.open(made / str(major)) as postgres:
            assert sql(postgres.url, "SHOW server_version").startswith(str(major))


def test_data_of_another_version_is_refused_and_left_alone(place, data):
    other = programs(place / "programs", f"{NEWEST + 1}.2")
    with pytest.raises(
        EmbeddedPostgresError, match=f"made by PostgreSQL {NEWEST}.*found: {NEWEST + 1}.2 in .*Install it"
    ):
        EmbeddedPostgres.open(data, binaries=other)
    assert not is_running(data)
    with EmbeddedPostgres.open(data) as postgres:
        assert sql(postgres.url, "SELECT 1") == 1


def test_a_folder_that_holds_something_else_is_refused(place):
    (place / "data" / "postgres").mkdir(parents=True)
    with pytest.raises(EmbeddedPostgresError, match="holds no PostgreSQL data"):
        EmbeddedPostgres.open(place / "data")


def test_a_file_in_place_of_the_folder_is_refused(place):
    (place / "data").write_text("")
    with pytest.raises(EmbeddedPostgresError, match=r"cannot be used.*Choose another"):
        EmbeddedPostgres.open(place / "data")


def test_a_server_that_does_not_start_says_why(place, made):
    data = copied(made / str(NEWEST), place / "data")
    with (data / "postgres" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = many\n")
    with pytest.raises(EmbeddedPostgresError, match=r'(?s)did not start.*"shared_buffers": "many"'):
        EmbeddedPostgres.open(data)
    assert not is_running(data)


def test_a_large_log_is_put_aside(data):
    log = data / "postgres.log"
    with log.open("ab") as file:
        file.truncate(10_000_001)
    EmbeddedPostgres.open(data).close()
    assert log.stat().st_size < 10_000
    assert (data / "postgres.log.1").stat().st_size == 10_000_001


def test_the_folder_named_by_the_user_is_taken_or_refused(place):
    good = programs(place / "good", "16.3")
    assert find_binaries(preferred=good) == good
    assert find_binaries(16, preferred=good) == good
    with pytest.raises(EmbeddedPostgresError, match=r"PostgreSQL 18 is needed; found: 16.3"):
        find_binaries(18, preferred=good)
    with pytest.raises(EmbeddedPostgresError, match="not all there"):
        find_binaries(preferred=place)
    with pytest.raises(EmbeddedPostgresError, match=r"15 or newer is needed; found: 14.9"):
        find_binaries(preferred=programs(place / "old", "14.9"))


def test_the_newest_of_the_wheel_comes_before_path(monkeypatch, place):
    package = place / "some_wheel"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('its code must not run')")
    for install, version in (("pginstall", "16.14"), ("pginstall18", "18.4"), ("pginstall9", "9.6")):
        (package / install).mkdir()
        programs(package / install / "bin", version)
    monkeypatch.syspath_prepend(place)
    monkeypatch.setattr(postgres_binaries, "WHEEL", "some_wheel")
    monkeypatch.setenv("PATH", str(programs(place / "path", "99.1")), prepend=os.pathsep)
    assert find_binaries() == package / "pginstall18" / "bin"
    assert find_binaries(16) == package / "pginstall" / "bin"
    assert find_binaries(99) == place / "path"


@pytest.mark.parametrize("version", ["15.0", "18beta1", "19devel", "18.4 (Debian 18.4-1)"])
def test_versions_are_understood(only_these, place, version):
    only_these(programs(place / "path", version))
    assert find_binaries() == place / "path"


def test_too_old_a_version_on_path_is_named(only_these, place):
    only_these(programs(place / "path", "13.1"))
    with pytest.raises(EmbeddedPostgresError, match=r"found: 13.1 in .*apt install postgresql"):
        find_binaries()


def test_a_program_that_does_not_run_is_passed_over(only_these, place):
    broken = programs(place / "broken", "18.1")
    (broken / "postgres").write_bytes(b"\x7fELF of another machine")
    only_these(broken, programs(place / "good", "16.1"))
    assert find_binaries() == place / "good"


def test_a_folder_on_path_that_cannot_be_looked_into_is_passed_over(only_these, place):
    only_these(place / ("x" * 300), programs(place / "good", "16.1"))
    assert find_binaries() == place / "good"
