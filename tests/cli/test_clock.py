"""`orderwright clock`, and the commands that refuse a clock which was set."""

import asyncio
import datetime as dt
from collections.abc import Iterator

import pytest

from orderwright.cli.clock import length
from orderwright.store.clock import clock_of
from orderwright.store.database import connected
from tests.cli.conftest import command
from tests.conftest import run_apart, throw_away_database

TEST = {"ORDERWRIGHT_INSTANCE": "test"}


@pytest.fixture
def url(server_url: str, migrated_database: str) -> Iterator[str]:
    with throw_away_database(server_url, migrated_database) as url:
        yield url


def say(url: str, *arguments: str) -> str:
    done = command("clock", *arguments, "--database-url", url, **TEST)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def refuse(*arguments: str, **environment: str) -> str:
    done = command(*arguments, **environment)
    assert (done.returncode, done.stdout) == (2, "")
    assert "Traceback" not in done.stderr
    return " ".join(done.stderr.replace("│", " ").split())


def test_frozen_advanced_running_and_reset(url: str):
    assert say(url, "show").endswith("the clock shows the true time.")
    assert ": the clock is frozen at " in say(url, "freeze")
    later = "2999-01-01T00:00:00.000Z"
    assert say(url, "advance", "--to", "2999-01-01T00:00:00Z") == f"{later}: the clock is frozen at {later}."
    assert say(url, "advance", "1d12h").startswith("2999-01-02T12:00:00.000Z: ")
    running = say(url, "run")
    assert running.startswith("2999-01-02T12:00:0")
    assert "ahead of the true time" in running
    assert "never goes back" in refuse("clock", "freeze", "--at", later, "--database-url", url, **TEST)
    assert "Before, it runs" in say(url, "reset")
    assert say(url, "show").endswith("the clock shows the true time.")


def test_a_running_process_goes_by_the_clock_when_the_command_is_done(url: str):
    async def shown() -> tuple[str, dt.datetime]:
        async with connected(url, connections=1) as database, clock_of(database, is_test=True) as clock:
            said = await asyncio.to_thread(say, url, "freeze", "--at", "2999-01-01T00:00:00Z")
            refused = await asyncio.to_thread(refuse, "clock", "reset", "--database-url", url, **TEST)
            assert "stop them all first" in refused
            return said, clock()

    said, moment = run_apart(shown())
    assert said.startswith("2999-01-01T00:00:00.000Z")
    assert moment == dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize("arguments", [("freeze",), ("advance", "1d"), ("run",), ("reset",)], ids=" ".join)
def test_the_clock_of_a_production_instance_is_not_set(url: str, arguments: tuple[str, ...]):
    said = refuse("clock", *arguments, "--database-url", url)
    assert "production instance" in said
    assert "ORDERWRIGHT_INSTANCE=test" in said
    assert say(url, "show").endswith("shows the true time.")


@pytest.mark.parametrize(
    "arguments", [("serve", "--port", "0"), ("work",), ("client", "create", "shop")], ids=lambda words: words[0]
)
def test_a_production_instance_does_not_start_where_the_clock_was_set(url: str, arguments: tuple[str, ...]):
    say(url, "freeze")
    done = command(*arguments, "--database-url", url)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "orderwright: The clock of this database is frozen at" in done.stderr
    assert "orderwright clock reset" in done.stderr
    assert "frozen" in command("clock", "show", "--database-url", url).stdout


def test_a_client_made_on_a_test_instance_goes_by_its_clock(url: str):
    say(url, "freeze", "--at", "2999-01-01T00:00:00Z")
    assert command("client", "create", "shop", "--database-url", url, **TEST).returncode == 0

    async def created() -> dt.datetime:
        async with connected(url, connections=1) as database:
            found: dt.datetime = await database.main.fetchval("SELECT created_date FROM oauth_client")
            return found

    assert run_apart(created()) == dt.datetime(2999, 1, 1, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("15m", 900), ("2h", 7200), ("30d", 2592000), ("1d12h", 129600), ("0s", 0)]
)
def test_durations(text: str, seconds: int):
    assert length(text) == dt.timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("advance", "soon"), "no duration"),
        (("advance", "5"), "no duration"),
        (("advance", "12h1d"), "no duration"),
        (("advance", "999999999d"), "4000"),
        (("advance",), "a duration, or a moment"),
        (("advance", "1d", "--to", "2999-01-01T00:00:00Z"), "a duration, or a moment"),
        (("advance", "--to", "2999-01-01"), "no moment"),
        (("freeze", "--at", "2999-01-01T00:00:00"), "no moment"),
    ],
)
def test_what_is_no_change_is_said_in_words(url: str, arguments: tuple[str, ...], words: str):
    assert words in refuse("clock", *arguments, "--database-url", url, **TEST)


@pytest.mark.parametrize("verb", ["show", "freeze", "advance", "run", "reset"])
def test_the_commands_explain_themselves(verb: str):
    done = command("clock", verb, "--help")
    assert done.returncode == 0
    assert f"orderwright clock {verb}" in done.stdout
    assert "--database-url" in done.stdout
