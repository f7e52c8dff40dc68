"""orderwright event: what happened lately, as the platform events that went out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.objects.event import Event
    from orderwright.settings import Settings

app = typer.Typer(name="event", help="Events: what happened lately.", no_args_is_help=True)


@app.callback()
def event() -> None:
    """Events: what happened lately."""


@app.command("list")
def list_events(
    most: Annotated[int, typer.Option("--limit", metavar="NUMBER", min=1, help="How many at most.")] = 20,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Print the latest events as JSON, one in a line, in order of creation.

    Example: `orderwright event list --limit 5`
    """
    import msgspec

    from orderwright.store.events import published

    for found in _latest(chosen(data, database_url), most):
        said = {"Event": found.name, **{k: v for k, v in published(found).items() if v is not None}}
        print(msgspec.json.encode(said).decode())


def _latest(settings: Settings, most: int) -> list[Event]:
    import asyncio

    import asyncpg

    from orderwright.cli.database import current_database
    from orderwright.store.events import read_latest_events

    async def read(url: str) -> list[Event]:
        connection = await asyncpg.connect(url)
        try:
            return await read_latest_events(connection, most)
        finally:
            await connection.close()

    with current_database(settings) as url:
        return asyncio.run(read(url))
