"""What the commands that administer users, clients and rights share: the way to the database, and its refusals."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, TypeVar

from orderwright.cli.failures import CommandFailed

if TYPE_CHECKING:
    from orderwright.settings import Settings
    from orderwright.store.transaction import Store
    from orderwright.store.users import Account

T = TypeVar("T")


def administered(settings: Settings, act: Callable[[Store], Awaitable[T]]) -> T:
    """What `act` returns on the database of `settings`. Raises CommandFailed for what it refuses."""
    from orderwright.cli.database import current_database, opened_store
    from orderwright.decisions.errors import Refusal
    from orderwright.store.permissions import NoSuchSet, SetExists
    from orderwright.store.users import UserExists

    async def run(url: str) -> T:
        async with opened_store(url, settings) as store:
            return await act(store)

    with current_database(settings) as url:
        try:
            return asyncio.run(run(url))
        except (Refusal, NoSuchSet, SetExists, UserExists) as error:
            raise CommandFailed(f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


async def user_called(store: Store, username: str) -> Account:
    """The user called `username`. Raises CommandFailed."""
    from orderwright.store.users import account_called

    found = await account_called(store.database.main, username)
    if found is None:
        raise CommandFailed(f"There is no user '{username}'. See `orderwright user list`.")
    return found


def checked_rights(texts: Iterable[str]) -> list[str]:
    """The rights that `texts` name. Raises CommandFailed."""
    from orderwright.decisions.errors import InvalidInput
    from orderwright.decisions.rights import read_right
    from orderwright.rest.operations import all_actions

    try:
        return [read_right(text, all_actions()) for text in texts]
    except InvalidInput as error:
        raise CommandFailed(f"{error}. All rights are listed by `orderwright permission rights`.") from error


def print_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows` under `headings`, for people."""
    from rich.console import Console
    from rich.table import Table

    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console().print(table)
