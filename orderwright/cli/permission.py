"""orderwright permission: what users and clients may do."""

from __future__ import annotations

from typing import Annotated

import typer

from orderwright.cli.administration import administered, checked_rights, print_table, user_called
from orderwright.cli.options import Data, DatabaseUrl, chosen

app = typer.Typer(name="permission", help="What users and clients may do.", no_args_is_help=True)

SetName = Annotated[str, typer.Argument(metavar="SET", help="Name of a permission set.")]
Rights = Annotated[list[str], typer.Argument(metavar="RIGHT...", help="Rights, as 'Read Order' 'Run submit-cancel'.")]
Username = Annotated[str, typer.Argument(metavar="USERNAME", help="Name of a user, or the id of a client.")]


@app.callback()
def permission() -> None:
    """What users and clients may do."""


@app.command("list")
def list_sets(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all permission sets with their rights.

    Example: `orderwright permission list`
    """
    from orderwright.store.permissions import RightsOfSet, permission_sets
    from orderwright.store.transaction import Store

    async def read(store: Store) -> list[RightsOfSet]:
        return await permission_sets(store.database.main)

    found = administered(chosen(data, database_url), read)
    print_table(("name", "label", "rights"), ((each.name, each.label, ", ".join(each.rights)) for each in found))


@app.command()
def rights() -> None:
    """List all rights there are, and which requests need them.

    Example: `orderwright permission rights`
    """
    from orderwright.rest.operations import OPERATIONS

    needed: dict[str, list[str]] = {}
    for operation in OPERATIONS:
        for right in operation.needs:
            needed.setdefault(right.replace("{objectName}", "OBJECT"), []).append(
                f"{operation.method} {operation.full_path}"
            )
    print_table(("right", "needed for"), ((right, "\n".join(paths)) for right, paths in sorted(needed.items())))


@app.command()
def create(
    name: SetName,
    rights_given: Rights,
    label: Annotated[str | None, typer.Option("--label", metavar="TEXT", help="What people call it.")] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a permission set with these rights.

    Example: `orderwright permission create Picker 'Read FulfillmentOrder' 'Edit FulfillmentOrder' 'Run cancel-item'`
    """
    from orderwright.store.permissions import create_permission_set
    from orderwright.store.transaction import Store

    wanted = checked_rights(rights_given)
    if not name.isidentifier() or not name.isascii() or len(name) > 80:
        raise typer.BadParameter("has to be 1 to 80 letters, digits and underscores", param_hint="SET")

    async def make(store: Store) -> None:
        await create_permission_set(store.database, name, label or name, wanted, store.now())

    administered(chosen(data, database_url), make)
    print(f"{name}: {', '.join(sorted(wanted))}")


@app.command()
def add(name: SetName, rights_given: Rights, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Add rights to a permission set; who has it has them within five seconds.

    Example: `orderwright permission add Picker 'Run distribute-quantities'`
    """
    _change(name, checked_rights(rights_given), [], data, database_url)


@app.command()
def remove(name: SetName, rights_given: Rights, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Take rights out of a permission set; who had them by it has them five more seconds at most.

    Example: `orderwright permission remove Picker 'Run cancel-item'`
    """
    _change(name, [], checked_rights(rights_given), data, database_url)


def _change(name: str, add: list[str], take: list[str], data: Data, database_url: DatabaseUrl) -> None:
    from orderwright.store.permissions import RightsOfSet, change_rights
    from orderwright.store.transaction import Store

    async def change(store: Store) -> RightsOfSet:
        return await change_rights(store.database, name, add, take)

    found = administered(chosen(data, database_url), change)
    print(f"{found.name}: {', '.join(found.rights) or 'no rights'}")


@app.command()
def assign(name: SetName, username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Give a user, or a client by its id, a permission set.

    Example: `orderwright permission assign Picker ada@example.com`
    """
    from orderwright.store.permissions import assign as give
    from orderwright.store.transaction import Store

    async def change(store: Store) -> None:
        user = await user_called(store, username)
        async with store.database.main.acquire() as session, session.transaction():
            await give(store.database, session, user.id, [name], store.now())

    administered(chosen(data, database_url), change)
    print(f"{username} has {name}.")


@app.command()
def unassign(name: SetName, username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Take a permission set from a user; it works five more seconds at most.

    Example: `orderwright permission unassign Picker ada@example.com`
    """
    from orderwright.store.permissions import unassign as take
    from orderwright.store.transaction import Store

    async def change(store: Store) -> bool:
        user = await user_called(store, username)
        return await take(store.database.main, user.id, name, store.now())

    had = administered(chosen(data, database_url), change)
    print(f"{username} has {name} no more." if had else f"{username} did not have {name}.")
