"""orderwright operation: background operations, what came of them, and what can be done about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orderwright.objects.background_operation import BackgroundOperation
    from orderwright.rest.background_operations.retry import BackgroundOperationOutput
    from orderwright.settings import Settings
    from orderwright.store.database import Session
    from orderwright.store.operation_history import Listed, OperationHistory
    from orderwright.store.transaction import Call, Store

    Act = Callable[[Store, Call, str], Awaitable[BackgroundOperationOutput]]

T = TypeVar("T")

OperationId = Annotated[
    str, typer.Argument(metavar="OPERATION_ID", help="The backgroundOperationId that a request was answered with.")
]

app = typer.Typer(
    name="operation", help="Background operations: what came of them, retry, cancel.", no_args_is_help=True
)


@app.callback()
def operation() -> None:
    """Background operations: what came of them, retry, cancel."""


@app.command("list")
def list_operations(
    every: Annotated[bool, typer.Option("--all", help="Also those that succeeded.")] = False,
    most: Annotated[int, typer.Option("--limit", metavar="NUMBER", min=1, help="How many at most.")] = 20,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """List the latest background operations that did not succeed, or have not yet, the newest first.

    Example: `orderwright operation list --all`
    """
    from orderwright.cli.operation_report import print_list
    from orderwright.store.operation_history import read_listed

    async def ask(session: Session) -> list[Listed]:
        return await read_listed(session, most, succeeded=every)

    print_list(_read(chosen(data, database_url), ask))


@app.command()
def show(operation_id: OperationId, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Say what came of a background operation: what was asked of the gateway, what it said, and what has moved.

    Example: `orderwright operation show 08PIWORcSZhTxJIY10`
    """
    from orderwright.cli.operation_report import print_history

    print_history(_history(chosen(data, database_url), _operation_id(operation_id)))


@app.command("retry")
def retry_operation(operation_id: OperationId, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Run a background operation that failed again, for what is still open of it. Money that moved stays.

    Example: `orderwright operation retry 08PIWORcSZhTxJIY10`
    """
    from orderwright.rest.background_operations.retry import retry

    _act(chosen(data, database_url), _operation_id(operation_id), retry, "waits to run again")


@app.command("cancel")
def cancel_operation(operation_id: OperationId, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Cancel a background operation that has not asked a gateway for anything yet.

    Example: `orderwright operation cancel 08PIWORcSZhTxJIY10`
    """
    from orderwright.rest.background_operations.cancel import cancel

    _act(chosen(data, database_url), _operation_id(operation_id), cancel, "is canceled")


def _operation_id(text: str) -> str:
    from orderwright.objects.identity import to_15

    record_id = to_15(text)
    if record_id is None or not record_id.startswith("08P"):
        raise typer.BadParameter("is not the id of a background operation: 15 or 18 characters that begin with 08P")
    return record_id


def _read(settings: Settings, ask: Callable[[Session], Awaitable[T]]) -> T:
    """What `ask` reads, all of it at one moment."""
    import asyncio

    from orderwright.cli.database import current_database

    async def read(url: str) -> T:
        import asyncpg

        connection = await asyncpg.connect(url)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                return await ask(connection)
        finally:
            await connection.close()

    with current_database(settings) as url:
        return asyncio.run(read(url))


def _history(settings: Settings, operation_id: str) -> OperationHistory:
    from orderwright.cli.failures import CommandFailed
    from orderwright.store.operation_history import read_history
    from orderwright.store.transaction import NotFound

    try:
        return _read(settings, lambda session: read_history(session, operation_id))
    except NotFound:
        raise CommandFailed(_unknown(operation_id)) from None


def _unknown(operation_id: str) -> str:
    return f"There is no background operation {operation_id}. `orderwright operation list --all` lists those there are."


def _act(settings: Settings, operation_id: str, act: Act, done: str) -> None:
    import asyncio

    from orderwright.cli.database import current_database
    from orderwright.cli.failures import CommandFailed
    from orderwright.decisions.errors import Refusal
    from orderwright.objects.identity import to_18
    from orderwright.rest.errors import spoken
    from orderwright.store.transaction import NotFound

    with current_database(settings) as url:
        try:
            asyncio.run(_submit(url, settings, operation_id, act))
        except NotFound:
            raise CommandFailed(_unknown(operation_id)) from None
        except Refusal as refusal:
            raise CommandFailed(f"{spoken(refusal.message)}.") from None
    print(f"Background operation {to_18(operation_id)} {done}.")


async def _submit(url: str, settings: Settings, operation_id: str, act: Act) -> None:
    from orderwright.cli.database import opened_store
    from orderwright.store.operation_history import read_operation
    from orderwright.store.transaction import Call

    async with opened_store(url, settings) as store:
        async with store.database.main.acquire() as session:
            found: BackgroundOperation = await read_operation(session, operation_id)
        # No user stands behind a command: it acts, as the worker does, for whoever asked for the operation.
        await act(store, Call(user_id=found.created_by_id or ""), operation_id)
