"""The commands for users, clients and rights: what they make, and what they refuse before anything is made."""

import datetime as dt
import json
from collections.abc import Callable

import pytest
from typer.testing import CliRunner, Result

from orderwright.cli import app
from orderwright.cli.failures import CommandFailed
from orderwright.store.database import connected
from orderwright.store.oauth import find_client
from orderwright.store.permissions import permission_set
from orderwright.store.users import LoginRefused, account_called, signed_in, users
from tests.conftest import run_apart

Run = Callable[..., Result]
PASSWORD = "a long password"


@pytest.fixture
def url(fresh_database_url: str) -> str:
    return fresh_database_url


@pytest.fixture
def run(url: str) -> Run:
    """A command in this process; what it refuses is raised."""

    def ran(*arguments: str, words: str = "") -> Result:
        place = () if arguments[0] == "cert" else ("--database-url", url)
        done = CliRunner().invoke(app, [*arguments, *place], input=words, env={"COLUMNS": "250"})
        if isinstance(done.exception, Exception) and not isinstance(done.exception, SystemExit):
            raise done.exception
        return done

    return ran


def asked(url: str, question):
    """What `question` finds in the database."""

    async def ask():
        async with connected(url) as database:
            return await question(database)

    return run_apart(ask())


def sets_of(url: str, username: str) -> tuple[str, ...]:
    found = asked(url, lambda database: users(database.main))
    return next(each.sets for each in found if each.account.username == username)


def created(run: Run, *options: str) -> str:
    made = run("client", "create", "shop", "--json", *options)
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["client_id"])


def test_the_first_client_is_an_administrator_and_the_next_has_nothing(run, url):
    first, second, third = created(run), created(run), created(run, "--permission-set", "readonly")
    assert [sets_of(url, each) for each in (first, second, third)] == [("SystemAdministrator",), (), ("ReadOnly",)]


def test_a_first_client_that_is_given_something_gets_only_that(run, url):
    assert sets_of(url, created(run, "--permission-set", "ReadOnly")) == ("ReadOnly",)


def test_a_user_signs_in_with_the_password_and_has_what_was_given(run, url):
    run("user", "create", "ada@example.com", "--permission-set", "ReadOnly", "--password-stdin", words=f"{PASSWORD}\n")
    assert sets_of(url, "ada@example.com") == ("ReadOnly",)

    async def sign_in(database, password=PASSWORD):
        user = await account_called(database.main, "ADA@example.com")
        assert user is not None
        now = user.last_modified_date or dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        return (await signed_in(database, "ada@example.com", password, now)).username

    assert asked(url, sign_in) == "ada@example.com"
    run("user", "password", "ada@example.com", "--password-stdin", words="another password\n")
    with pytest.raises(LoginRefused):
        asked(url, sign_in)
    run("user", "deactivate", "ada@example.com")
    with pytest.raises(LoginRefused, match="inactive"):
        asked(url, lambda database: sign_in(database, "another password"))
    run("user", "activate", "ada@example.com")
    assert asked(url, lambda database: sign_in(database, "another password")) == "ada@example.com"


def test_rights_are_put_together_given_and_taken(run, url):
    run("permission", "create", "Picker", "read fulfillmentorder", "Run cancel-item", "--label", "Picks goods")
    run("permission", "add", "Picker", "View Payments")
    run("permission", "remove", "Picker", "run CANCEL-ITEM")
    held = asked(url, lambda database: permission_set(database.main, "picker"))
    assert (held.name, held.label, held.rights) == ("Picker", "Picks goods", ("Read FulfillmentOrder", "View Payments"))
    client = created(run, "--permission-set", "ReadOnly")
    for _ in range(2):
        run("permission", "assign", "Picker", client)
    assert sets_of(url, client) == ("Picker", "ReadOnly")
    assert "no more" in run("permission", "unassign", "Picker", client).stdout
    assert "did not have" in run("permission", "unassign", "Picker", client).stdout
    assert sets_of(url, client) == ("ReadOnly",)
    assert "Picker" in run("permission", "list").stdout


def test_lists_show_what_there_is(run):
    client = created(run)
    run("user", "create", "ada@example.com", "--name", "Ada", "--password-stdin", words=f"{PASSWORD}\n")
    assert client in run("client", "list").stdout
    assert "ada@example.com" in run("user", "list").stdout


def test_all_rights_are_listed_with_what_needs_them():
    shown = CliRunner().invoke(app, ["permission", "rights"], env={"COLUMNS": "250"}).stdout
    assert "Run submit-cancel" in shown
    assert "/actions/submit-cancel" in shown
    assert "Administer" in shown


def test_a_client_without_a_secret_has_none(run, url):
    made = run(
        "client", "create", "cli", "--flow", "authorization_code", "--no-secret", "--redirect-uri",
        "http://localhost:1717/callback",
    )  # fmt: skip
    assert "client_secret" not in made.stdout
    client = asked(url, lambda database: find_client(database.main, made.stdout.split()[1]))
    assert client.secret_hash is None
    assert not client.has_secret("")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("user", "create", "a", "--password-stdin"), "8 to 1000"),
        (("user", "password", "nobody", "--password-stdin"), "8 to 1000"),
        (("user", "token", "nobody"), "no user 'nobody'"),
        (("permission", "create", "X", "Read Ordr"), "did you mean 'Order'"),
        (("permission", "create", "ReadOnly", "Read Order"), "already"),
        (("permission", "add", "Nothing", "Read Order"), "no permission set 'Nothing'"),
        (("permission", "assign", "ReadOnly", "nobody"), "no user"),
        (("client", "create", "x", "--permission-set", "Nothing"), "no permission set"),
        (("client", "create", "x", "--user", "nobody"), "no user"),
        (("client", "allow", "nobody", "nobody"), "no client"),
        (("client", "create", "x", "--flow", "jwt-bearer", "--public-key", __file__), "no certificate"),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, tuple) else None,
)
def test_what_cannot_be_is_refused_in_words(run, url, arguments, words):
    with pytest.raises(CommandFailed, match=words):
        run(*arguments, words="short\n")
    assert asked(url, lambda database: users(database.main)) == []


@pytest.mark.parametrize(
    "options",
    [
        ("--flow", "magic"),
        ("--scope", "everything"),
        ("--flow", "authorization_code"),
        ("--flow", "authorization_code", "--redirect-uri", "http://shop.example/"),
        ("--flow", "authorization_code", "--redirect-uri", "https://shop.example/#x"),
        ("--flow", "authorization_code", "--redirect-uri", "javascript:alert(1)"),
        ("--flow", "authorization_code", "--redirect-uri", "shop.example"),
        ("--flow", "jwt-bearer"),
        ("--no-secret",),
        ("--permission-set", "ReadOnly", "--user", "ada@example.com"),
    ],
    ids=" ".join,
)
def test_wishes_that_do_not_go_together_are_refused(run, url, options):
    assert run("client", "create", "x", *options).exit_code == 2
    assert asked(url, lambda database: users(database.main)) == []


def test_a_name_that_is_taken_is_refused_whatever_its_case(run, url):
    run("user", "create", "ada@example.com", "--password-stdin", words=f"{PASSWORD}\n")
    with pytest.raises(CommandFailed, match="already"):
        run("user", "create", "Ada@Example.com", "--password-stdin", words=f"{PASSWORD}\n")
    assert len(asked(url, lambda database: users(database.main))) == 1
