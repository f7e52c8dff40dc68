"""orderwright serve: one command, clean shutdown, and what happens when something is killed."""

import os
import signal
import socket
import threading
import time
from pathlib import Path

import asyncpg
import pytest

from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.postgres_cluster import read_pid_file
from tests.cli.conftest import command, database_runs, eventually, has_ended, serving, started
from tests.conftest import execute, run_apart, throw_away_database


def rows(data: Path) -> list[str]:
    async def fetch(url):
        connection = await asyncpg.connect(url)
        try:
            return [str(row["object"]) for row in await connection.fetch("SELECT object FROM number_block")]
        finally:
            await connection.close()

    with EmbeddedPostgres.open(data) as postgres:
        found: list[str] = run_apart(fetch(postgres.url))
    return found


def server_id(data: Path) -> int | None:
    pid_file = read_pid_file(data / "postgres")
    return pid_file.process_id if pid_file else None


def port_of(server) -> int:
    return int(server.address.rpartition(":")[2])


# --- one server, treated badly ----------------------------------------------------------------------------------------


def test_each_process_answers_as_a_child_of_the_one_that_was_started(running):
    answers = [running.get() for _ in range(40)]
    assert {parent for _, parent, _, _ in answers} == {str(running.process.pid)}
    assert {running.child(name).ppid() for name in ("api-1", "api-2", "worker-1")} == {running.process.pid}


def test_the_first_lines_say_where_it_is_and_what_to_do_next(running):
    line = running.read_line()
    assert "orderwright client create NAME --data /tmp/ow-" in line
    assert line.rstrip().endswith(f"--url {running.address}")


@pytest.mark.parametrize("name", ["api-1", "worker-1"])
def test_a_killed_child_is_started_again_within_a_second(running, name):
    before = running.child(name)
    before.kill()
    eventually(lambda: (child := running.find(name)) is not None and child.pid != before.pid, 1.0)
    assert running.child(name).ppid() == running.process.pid


def test_while_every_api_process_is_dead_requests_wait_instead_of_failing(running):
    for name in ("api-1", "api-2"):
        running.child(name).kill()
    assert running.get()[1] == str(running.process.pid)


def test_other_commands_work_while_it_runs(running):
    data = running.child("worker-1").environ()["ORDERWRIGHT_DATA"]
    done = command("migrate", "--data", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert "up to date" in done.stdout
    assert running.get()


def test_a_killed_database_is_started_again(running):
    data = Path(running.child("worker-1").environ()["ORDERWRIGHT_DATA"])
    before = server_id(data)
    assert before is not None
    os.kill(before, signal.SIGKILL)

    def answers() -> bool:
        try:
            return bool(running.get())
        except OSError:
            return False

    # after a kill PostgreSQL first makes sure that every file is on the disk, which takes a busy machine its time
    eventually(lambda: server_id(data) not in {None, before}, within_seconds=60)
    eventually(answers, within_seconds=150)


def test_a_port_in_use_is_an_error_that_says_what_to_do(running, data):
    done = command("serve", "--data", str(data), "--port", str(port_of(running)))
    assert done.returncode == 2
    assert f"Port {port_of(running)} of 127.0.0.1 is in use" in done.stderr
    assert "--port" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not database_runs(data)


# --- the end ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_everything_in_good_order(data, number):
    with serving("--data", str(data), "--port", "0") as server:
        children, worker = server.children(), server.child("worker-1").pid
        slow = []
        request = threading.Thread(target=lambda: slow.append(server.get("/slow")))
        request.start()
        time.sleep(0.3)
        errors = server.end(number)
        request.join()
    assert slow, "the request in hand was not answered"
    assert errors == ""
    assert all(has_ended(child) for child in children)
    assert not database_runs(data)
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port_of(server))):
        pass
    assert {f"working {worker}", f"ended {worker}"} <= set(rows(data))


def test_asking_twice_does_not_wait(data):
    with serving("--data", str(data), "--port", "0") as server:
        place = ("127.0.0.1", port_of(server))
        with socket.create_connection(place) as request:
            request.sendall(b"GET /forever HTTP/1.1\r\nHost: localhost\r\n\r\n")
            time.sleep(0.3)
            server.process.send_signal(signal.SIGINT)
            time.sleep(0.3)
            assert server.process.poll() is None
            began = time.monotonic()
            server.end(signal.SIGINT)
            assert time.monotonic() - began < 5
            assert request.recv(100) == b""
    assert not database_runs(data)


def test_a_killed_server_leaves_nothing_behind_and_the_next_start_works_at_once(data):
    with serving("--data", str(data), "--port", "0") as server:
        children, workers = server.children(), [server.child("worker-1").pid]
        server.process.kill()
        with serving("--data", str(data), "--port", str(port_of(server))) as again:
            assert again.get()[1] == str(again.process.pid)
            eventually(lambda: all(has_ended(child) for child in children))
            assert again.get()
            workers.append(again.child("worker-1").pid)
            again.end()
    assert not database_runs(data)
    assert {f"ended {worker}" for worker in workers} <= set(rows(data))


def test_after_the_server_was_killed_the_last_child_stops_the_database(data):
    with serving("--data", str(data), "--port", "0") as server:
        children = server.children()
        assert database_runs(data)
        server.process.kill()
        eventually(lambda: all(has_ended(child) for child in children))
    eventually(lambda: not database_runs(data))


# --- a start that fails -----------------------------------------------------------------------------------------------


def test_an_application_that_never_starts_ends_the_server_with_its_reason(data):
    with started("--data", str(data), "--port", "0", application="create_broken_app") as server:
        output, errors = server.process.communicate(timeout=30)
    assert (server.process.returncode, output) == (2, "")
    assert "ZeroDivisionError: this application never starts" in errors
    assert errors.splitlines()[-1].startswith("orderwright: api-1 does not start")
    assert not database_runs(data)


@pytest.mark.parametrize(
    ("host", "words"),
    [("no-such-host.invalid", "cannot be listened on"), ("192.0.2.1", "cannot be listened on")],
)
def test_a_host_that_is_not_ours_is_refused_before_anything_starts(host, words, tmp_path):
    done = command("serve", "--data", str(tmp_path / "data"), "--host", host)
    assert done.returncode == 2
    assert words in done.stderr
    assert not (tmp_path / "data").exists()


# --- a database of the operator's own ---------------------------------------------------------------------------------


def test_a_database_given_by_url_is_migrated_only_when_told_so(server_url):
    with throw_away_database(server_url) as url:
        with started("--database-url", url, "--port", "0") as server:
            _, errors = server.process.communicate(timeout=30)
        assert server.process.returncode == 2
        assert "orderwright migrate" in errors
        assert "--migrate" in errors
        with serving("--database-url", url, "--port", "0", "--migrate") as server:
            assert server.get()
            errors = server.end()
        assert errors == ""
        execute(url, "SELECT 1")


def test_the_password_of_the_database_is_on_no_command_line(server_url, fresh_database_url):
    url = fresh_database_url.replace("postgresql://orderwright@", "postgresql://orderwright:s3cret@")
    with serving("--database-url", url, "--port", "0") as server:
        lines = [word for child in server.children() for word in child.cmdline()]
        assert lines
        assert not any("s3cret" in word for word in lines)
        assert "s3cret" not in server.read_line()
        server.end()
