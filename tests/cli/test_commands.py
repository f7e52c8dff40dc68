"""Help for newcomers, and errors that say what to do: one line, exit code 2, no traceback."""

import json

import pytest

from orderwright.cli import client
from orderwright.cli.verify import verdict
from orderwright.store.database import connected
from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.oauth import client_user
from orderwright.store.verify import Violation
from tests.cli.conftest import command, database_runs
from tests.conftest import execute, run_apart, throw_away_database

VERBS = (("serve",), ("work",), ("migrate",), ("client", "create"), ("verify",))


def refusal(*arguments: str, **environment: str) -> str:
    """The one line with which the command refuses."""
    done = command(*arguments, **environment)
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


def test_the_overview_names_every_verb_and_the_exit_codes():
    done = command("--help")
    assert done.returncode == 0
    for verb in ("serve", "work", "migrate", "client", "verify", "settings"):
        assert f" {verb} " in done.stdout
    assert "Exit codes" in done.stdout
    assert "Exit codes" in command().stdout


@pytest.mark.parametrize("verb", VERBS, ids=" ".join)
def test_every_verb_explains_itself_with_an_example(verb):
    done = command(*verb, "--help")
    assert done.returncode == 0
    assert f"orderwright {' '.join(verb)}" in done.stdout.partition("Options")[0]
    for option in ("--data", "--database-url", "ORDERWRIGHT_DATA", "ORDERWRIGHT_DATABASE_URL"):
        assert option in done.stdout


@pytest.mark.parametrize(
    ("verb", "url", "words"),
    [
        ("work", "postgresql://u:s3cret@127.0.0.1:1/x", "does not answer at postgresql://127.0.0.1:1/x"),
        ("migrate", "postgresql:///x?host=/nowhere", "does not answer"),
        ("verify", "mysql://u@h/x", "looks like postgresql://"),
    ],
)
def test_a_database_that_cannot_be_reached(verb, url, words):
    said = refusal(verb, "--database-url", url)
    assert words in said
    assert "s3cret" not in said


def test_a_database_that_does_not_exist(server_url):
    said = refusal("migrate", "--database-url", server_url.replace("/orderwright?", "/nothing?"))
    assert "nothing" in said
    assert "createdb" in said


@pytest.mark.parametrize("verb", [("work",), ("verify",), ("client", "create", "shop")], ids=" ".join)
def test_a_database_that_lacks_migrations_is_left_alone(verb, server_url):
    with throw_away_database(server_url) as url:
        assert "orderwright migrate" in refusal(*verb, "--database-url", url)


def test_migrate_says_what_it_did_and_does_it_once(server_url):
    with throw_away_database(server_url) as url:
        first, second = (command("migrate", "--database-url", url) for _ in range(2))
    assert [first.returncode, second.returncode] == [0, 0]
    assert "applied 0001_objects" in first.stdout
    assert second.stdout.startswith("The database is up to date")


def test_the_data_folder_and_a_url_exclude_each_other(tmp_path):
    assert "not both" in refusal("migrate", "--data", str(tmp_path), "--database-url", "postgresql:///x")
    variables = {"ORDERWRIGHT_DATA": str(tmp_path), "ORDERWRIGHT_DATABASE_URL": "postgresql:///x"}
    assert "not both" in refusal("migrate", **variables)


def test_an_option_sets_both_variables_aside(tmp_path):
    variables = {"ORDERWRIGHT_DATA": str(tmp_path), "ORDERWRIGHT_DATABASE_URL": "postgresql:///x"}
    said = refusal("migrate", "--database-url", "postgresql://127.0.0.1:1/y", **variables)
    assert "127.0.0.1:1/y" in said


def test_a_data_folder_that_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    assert str(tmp_path / "file") in refusal("migrate", "--data", str(tmp_path / "file" / "data"))


def test_a_setting_that_is_wrong_is_named():
    assert "ORDERWRIGHT_PORT is 'eighty'" in refusal("migrate", ORDERWRIGHT_PORT="eighty")


def test_a_command_alone_leaves_no_database_running(data):
    assert command("migrate", "--data", str(data)).returncode == 0
    assert not database_runs(data)


# --- client and verify ------------------------------------------------------------------------------------------------


def test_a_new_client_is_told_where_to_get_a_token():
    document = json.loads(client.as_document("id", "secret", "http://127.0.0.1:8080"))
    assert document == {
        "client_id": "id",
        "client_secret": "secret",
        "token_url": "http://127.0.0.1:8080/services/oauth2/token",
    }
    advice = client.as_advice("id", "secret", "http://127.0.0.1:8080")
    assert "curl http://127.0.0.1:8080/services/oauth2/token" in advice
    assert "client_secret=secret" in advice


def test_a_client_needs_a_name():
    done = command("client", "create", " ")
    assert done.returncode == 2
    assert "must not be empty" in done.stderr


def test_client_create_makes_one_whose_secret_is_right(data):
    made = json.loads(
        command("client", "create", "web shop", "--json", "--data", str(data), "--url", "http://x/").stdout
    )
    assert made["token_url"] == "http://x/services/oauth2/token"

    async def user_of(url):
        async with connected(url) as database:
            return [
                await client_user(database, made["client_id"], secret) for secret in (made["client_secret"], "another")
            ]

    with EmbeddedPostgres.open(data) as postgres:
        right, wrong = run_apart(user_of(postgres.url))
    assert right
    assert wrong is None


def violation(**given) -> Violation:
    return Violation(
        **{"rule": "r", "object": "Order", "record_id": "801", "expected": None, "actual": None, "text": "t"} | given
    )


@pytest.mark.parametrize(
    ("violations", "words"),
    [
        ([], "No violation: every rule holds."),
        ([violation(warning=True)], "No violation: every rule holds, 1 warning."),
        ([violation(found=2), violation(found=2)], "2 violations."),
        ([violation(found=5000)], "1 violation; of one rule only a part is listed, it has 5000."),
    ],
)
def test_the_verdict_counts_what_was_listed(violations, words):
    assert verdict(violations) == words


def test_verify_ends_with_1_only_when_a_rule_is_broken(fresh_database_url):
    whole = command("verify", "--database-url", fresh_database_url)
    assert (whole.returncode, whole.stdout) == (0, "No violation: every rule holds.\n")
    # An id that begins like those of accounts, in the table of contacts.
    execute(
        fresh_database_url, "INSERT INTO contact (shard, id, last_name, name) VALUES (1, '001000000000001', 'D', 'D')"
    )
    broken = command("verify", "--database-url", fresh_database_url)
    assert broken.returncode == 1
    assert "violation: " in broken.stdout
    assert "001000000000001" in broken.stdout
