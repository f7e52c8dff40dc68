"""orderwright user: the people who may sign in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from orderwright.cli.administration import administered, print_table, user_called
from orderwright.cli.failures import CommandFailed
from orderwright.cli.options import Data, DatabaseUrl, chosen

app = typer.Typer(name="user", help="The people who may sign in.", no_args_is_help=True)

Username = Annotated[str, typer.Argument(metavar="USERNAME", help="As an e-mail address: ada@example.com.")]
FromInput = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking for it.")
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--permission-set", metavar="NAME", help="A permission set the user gets; can be repeated."),
]


@app.callback()
def user() -> None:
    """The people who may sign in."""


@app.command()
def create(
    username: Username,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="The person's name.")] = None,
    email: Annotated[
        str | None, typer.Option("--email", metavar="ADDRESS", help="The person's e-mail address.")
    ] = None,
    sets: Sets = None,
    password_stdin: FromInput = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a user, and ask for the password. Without permission sets the user may sign in and do nothing else.

    Example: `orderwright user create ada@example.com --name "Ada Lovelace" --permission-set OrderManagementAgent`
    """
    from orderwright.store.transaction import Store
    from orderwright.store.users import create_user, set_password

    settings, wanted = chosen(data, database_url), username.strip()
    if not wanted or any(letter.isspace() for letter in wanted) or len(wanted) > 80:
        raise typer.BadParameter("has to be 1 to 80 letters without spaces", param_hint="USERNAME")
    password = asked_password(from_input=password_stdin)

    async def make(store: Store) -> None:
        async with store.database.main.acquire() as session, session.transaction():
            user_id = await create_user(
                store.database, session, username=wanted, name=name or wanted, email=email or address_in(wanted),
                sets=sets or (), now=store.now(),
            )  # fmt: skip
        await set_password(store.database, user_id, password)

    administered(settings, make)
    print(f"{wanted} can sign in now, and {what_it_has(sets or [])}.")


def address_in(username: str) -> str | None:
    return username if "@" in username else None


def what_it_has(sets: list[str]) -> str:
    return f"has {', '.join(sets)}" if sets else "has no rights yet: see `orderwright permission assign`"


def asked_password(*, from_input: bool) -> str:
    """The password that is typed twice, or that stands in the first line of the input. Raises CommandFailed."""
    from orderwright.store.passwords import LEAST_LETTERS, MOST_LETTERS

    password = (
        sys.stdin.readline().rstrip("\n")
        if from_input
        else str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))
    )
    if not LEAST_LETTERS <= len(password) <= MOST_LETTERS:
        raise CommandFailed(f"A password has {LEAST_LETTERS} to {MOST_LETTERS} letters.")
    return password


@app.command("list")
def list_users(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all users, those behind clients included, with their permission sets.

    Example: `orderwright user list`
    """
    from orderwright.store.transaction import Store
    from orderwright.store.users import ListedUser, users

    async def read(store: Store) -> list[ListedUser]:
        return await users(store.database.main)

    print_table(
        ("username", "name", "active", "password", "permission sets"),
        (
            (
                each.account.username, each.account.name, "yes" if each.account.is_active else "no",
                "yes" if each.has_password else "no", ", ".join(each.sets),
            )
            for each in administered(chosen(data, database_url), read)
        ),
    )  # fmt: skip


@app.command()
def password(
    username: Username, password_stdin: FromInput = False, data: Data = None, database_url: DatabaseUrl = None
) -> None:
    """Give a user a new password; whoever is signed in as the user is signed out.

    Example: `orderwright user password ada@example.com`
    """
    from orderwright.store.transaction import Store
    from orderwright.store.users import set_password

    new = asked_password(from_input=password_stdin)

    async def change(store: Store) -> None:
        await set_password(store.database, (await user_called(store, username)).id, new)

    administered(chosen(data, database_url), change)
    print(f"{username} signs in with the new password from now on.")


@app.command()
def token(username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Make a security token, for clients that send one after the password; the one before is good no more.

    Clients may leave it out: the password alone lets the user in.

    Example: `orderwright user token ada@example.com`
    """
    from orderwright.store.transaction import Store
    from orderwright.store.users import new_security_token

    async def make(store: Store) -> str:
        return await new_security_token(store.database.main, (await user_called(store, username)).id)

    print(administered(chosen(data, database_url), make))


@app.command()
def deactivate(username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a user, or the client behind it, in no more; tokens that are out stop working within five seconds.

    Example: `orderwright user deactivate ada@example.com`
    """
    _set_active(username, is_active=False, data=data, database_url=database_url)
    print(f"{username} cannot sign in any more.")


@app.command()
def activate(username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a user in again.

    Example: `orderwright user activate ada@example.com`
    """
    _set_active(username, is_active=True, data=data, database_url=database_url)
    print(f"{username} can sign in again.")


def _set_active(username: str, *, is_active: bool, data: Data, database_url: DatabaseUrl) -> None:
    from orderwright.store.transaction import Store
    from orderwright.store.users import set_active

    async def change(store: Store) -> None:
        await set_active(store.database, (await user_called(store, username)).id, is_active, store.now())

    administered(chosen(data, database_url), change)
