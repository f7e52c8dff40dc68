"""orderwright client: the programs that may call the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.settings import Settings

app = typer.Typer(name="client", help="The programs that may call the API (OAuth clients).", no_args_is_help=True)


@app.callback()
def client() -> None:
    """The programs that may call the API (OAuth clients)."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What to call it, for people: 'web shop'.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print client_id, client_secret and token_url as JSON, and nothing else.")
    ] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="Where the server answers, for what is printed.", show_default=False),
    ] = None,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an OAuth client, and print its secret: only now, since only a hash of it is kept.

    Example: `orderwright client create "web shop"`
    """
    from orderwright.cli.database import current_database

    settings = chosen(data, database_url)
    if not name.strip():
        raise typer.BadParameter("must not be empty", param_hint="NAME")
    with current_database(settings) as database:
        client_id, client_secret = created(database, settings, name.strip())
    server = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    print(as_document(client_id, client_secret, server) if as_json else as_advice(client_id, client_secret, server))


def created(url: str, settings: Settings, name: str) -> tuple[str, str]:
    """The id and the secret of a new client in the database at `url`."""
    import asyncio

    from orderwright.cli.database import opened_store
    from orderwright.store.oauth import create_client

    async def create_it() -> tuple[str, str]:
        async with opened_store(url, settings) as store:
            return await create_client(store.database, name, store.now())

    return asyncio.run(create_it())


def token_url(server: str) -> str:
    return f"{server}/services/oauth2/token"


def as_document(client_id: str, client_secret: str, server: str) -> str:
    import json

    return json.dumps({"client_id": client_id, "client_secret": client_secret, "token_url": token_url(server)})


def as_advice(client_id: str, client_secret: str, server: str) -> str:
    """What to do with a new client, as commands to copy."""
    return f"""\
client_id      {client_id}
client_secret  {client_secret}

Keep the secret: it is not shown again. Get an access token with

  curl {token_url(server)} \\
    -d grant_type=client_credentials -d client_id={client_id} -d client_secret={client_secret}

and send it with every call:

  curl {server}/services/data -H 'Authorization: Bearer ACCESS_TOKEN'"""
