"""orderwright client: the programs that may call the API."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.administration import administered, print_table, user_called
from orderwright.cli.failures import CommandFailed
from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from orderwright.settings import Settings
    from orderwright.store.oauth import NewClient

app = typer.Typer(name="client", help="The programs that may call the API (OAuth clients).", no_args_is_help=True)

SCOPES = ("api", "api_read", "full", "web", "refresh_token", "offline_access", "id", "openid", "profile", "email")
ClientId = Annotated[str, typer.Argument(metavar="CLIENT_ID", help="Id of a client: client_….")]
Username = Annotated[str, typer.Argument(metavar="USERNAME", help="Name of a user.")]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What to call it, for people: 'web shop'.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="Print client_id, client_secret and token_url as JSON, and nothing else.")
]
Url = Annotated[
    str | None,
    typer.Option("--url", metavar="URL", help="Where the server answers, for what is printed.", show_default=False),
]
Sets = Annotated[
    list[str] | None,
    typer.Option("--permission-set", metavar="SET", help="A permission set it gets; can be repeated."),
]
ActsAs = Annotated[
    str | None, typer.Option("--user", metavar="USERNAME", help="Whom it acts as, instead of a user of its own.")
]
Flows = Annotated[
    list[str] | None,
    typer.Option(
        "--flow",
        metavar="FLOW",
        help="How it may sign in: client_credentials (the default), password, authorization_code, jwt-bearer; "
        "can be repeated.",
    ),
]
Scopes = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        metavar="SCOPE",
        help=f"What its tokens may be good for: {', '.join(SCOPES)}; can be repeated. [default: api]",
    ),
]
RedirectUris = Annotated[
    list[str] | None,
    typer.Option("--redirect-uri", metavar="URI", help="Where the browser goes after the sign-in; can be repeated."),
]
PublicKey = Annotated[
    Path | None,
    typer.Option(
        "--public-key",
        metavar="FILE",
        help="PEM file of the certificate or public key (RSA) whose private key signs its assertions.",
    ),
]
NoSecret = Annotated[
    bool, typer.Option("--no-secret", help="It keeps no secret, as a program on somebody's own machine.")
]


@app.callback()
def client() -> None:
    """The programs that may call the API (OAuth clients)."""


@app.command()
def create(  # noqa: PLR0917 - typer reads one argument for each option
    name: Name,
    as_json: AsJson = False,
    url: Url = None,
    sets: Sets = None,
    user: ActsAs = None,
    flows: Flows = None,
    scopes: Scopes = None,
    redirect_uris: RedirectUris = None,
    public_key: PublicKey = None,
    no_secret: NoSecret = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make an OAuth client, and print its secret: only now, since only a hash of it is kept.

    The first client of an installation gets the permission set SystemAdministrator unless you name others: somebody has
    to be it. Every further one may do nothing but what its permission sets say.

    Examples: `orderwright client create "web shop" --permission-set StorefrontIntegration`, and
    `orderwright client create cli --flow authorization_code --no-secret --redirect-uri http://localhost:1717/callback`
    """
    from orderwright.store.oauth import NewClient

    if not name.strip():
        raise typer.BadParameter("must not be empty", param_hint="NAME")
    settings = chosen(data, database_url)
    new = NewClient(
        name=name.strip(),
        sets=tuple(sets or ()),
        flows=checked(flows or ["client_credentials"], known_flows(), "--flow"),
        scopes=checked(scopes or ["api"], SCOPES, "--scope"),
        redirect_uris=tuple(checked_uri(uri) for uri in redirect_uris or ()),
        public_key=key_in(public_key) if public_key else None,
        keeps_secret=not no_secret,
    )
    refuse_odd(new, user)
    client_id, client_secret, given = registered(settings, new, user)
    server = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    if as_json:
        print(as_document(client_id, client_secret, server))
    elif client_secret and "client_credentials" in new.flows:
        print(as_advice(client_id, client_secret, server))
        print(f"\nPermission sets: {', '.join(given) or 'none: give it some with `orderwright permission assign`'}")
    else:
        print(f"client_id      {client_id}\n" + (f"client_secret  {client_secret}\n" if client_secret else ""), end="")


def known_flows() -> tuple[str, ...]:
    from orderwright.rest.oauth.grants import FLOWS

    return tuple(sorted(FLOWS))


def checked(given: list[str], known: tuple[str, ...], option: str) -> tuple[str, ...]:
    """`given`, if all of it is `known`."""
    wrong = [each for each in given if each not in known]
    if wrong:
        raise typer.BadParameter(f"'{wrong[0]}' is none of {', '.join(known)}", param_hint=option)
    return tuple(dict.fromkeys(given))


def checked_uri(uri: str) -> str:
    """`uri`, if a code may be sent there: nobody else can listen at it."""
    from urllib.parse import urlsplit

    parts = urlsplit(uri)
    is_safe = parts.scheme not in ("", "http") or parts.hostname in ("localhost", "127.0.0.1", "::1")
    if not is_safe or parts.fragment or parts.scheme in ("javascript", "data", "file"):
        raise typer.BadParameter(
            f"'{uri}' is not an https URI, one of an app, or http on localhost, without a fragment",
            param_hint="--redirect-uri",
        )
    return uri


def refuse_odd(new: NewClient, user: str | None) -> None:
    """Raises BadParameter for wishes that do not go together."""
    if user is not None and new.sets:
        raise typer.BadParameter("goes with a user of the client's own, not with --user", param_hint="--permission-set")
    if "authorization_code" in new.flows and not new.redirect_uris:
        raise typer.BadParameter("is needed for the flow authorization_code", param_hint="--redirect-uri")
    if ("jwt-bearer" in new.flows) != (new.public_key is not None):
        raise typer.BadParameter("and the flow jwt-bearer need each other", param_hint="--public-key")
    if not new.keeps_secret and {"client_credentials", "password"} & set(new.flows):
        raise typer.BadParameter("goes with the flows authorization_code and jwt-bearer only", param_hint="--no-secret")


def key_in(file: Path) -> str:
    """The public key, as PEM, that stands in `file` itself or in the certificate there. Raises CommandFailed."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

    content = file.read_bytes()
    try:
        is_certificate = b"BEGIN CERTIFICATE" in content
        key = (
            x509.load_pem_x509_certificate(content).public_key()
            if is_certificate
            else serialization.load_pem_public_key(content)
        )
    except ValueError as error:
        raise CommandFailed(f"{file} holds no certificate and no public key in PEM: {error}.") from error
    if not isinstance(key, RSAPublicKey):
        raise CommandFailed(f"{file} holds a key that is none of RSA; assertions are signed with RS256.")
    return key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()


def registered(settings: Settings, new: NewClient, user: str | None) -> tuple[str, str, tuple[str, ...]]:
    """Id and secret of a new client, and the permission sets that it has of its own."""
    import msgspec

    from orderwright.store.oauth import register_client
    from orderwright.store.permissions import first_client_sets
    from orderwright.store.transaction import Store

    async def make(store: Store) -> tuple[str, str, tuple[str, ...]]:
        acts_as = None if user is None else (await user_called(store, user)).id
        sets = new.sets or (await first_client_sets(store.database.main) if acts_as is None else ())
        made = msgspec.structs.replace(new, sets=sets, user_id=acts_as)
        return (*await register_client(store.database, made, store.now()), sets)

    return administered(settings, make)


def created(url: str, settings: Settings, name: str) -> tuple[str, str]:
    """The id and the secret of a new client in the database at `url` that may do everything: the demo's own."""
    import asyncio

    from orderwright.cli.database import opened_store
    from orderwright.store.oauth import create_client

    async def create_it() -> tuple[str, str]:
        async with opened_store(url, settings) as store:
            return await create_client(store.database, name, store.now())

    return asyncio.run(create_it())


@app.command("list")
def list_clients(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """List all clients: whom they act as, how they sign in, and the permission sets they have.

    Example: `orderwright client list`
    """
    from orderwright.store.oauth import ListedClient, clients
    from orderwright.store.transaction import Store

    async def read(store: Store) -> list[ListedClient]:
        return await clients(store.database.main)

    found = administered(chosen(data, database_url), read)
    print_table(
        ("client_id", "name", "acts as", "flows", "scopes", "permission sets"),
        (
            (c.client_id, c.name, c.username, ", ".join(c.flows), " ".join(c.scopes), ", ".join(c.sets))
            for c in found
        ),
    )  # fmt: skip


@app.command()
def allow(client_id: ClientId, username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Let a client sign in as a user with assertions that it signs (the flow jwt-bearer).

    Example: `orderwright client allow client_0123456789abcdef01234567 ada@example.com`
    """
    from orderwright.store.oauth import find_client
    from orderwright.store.oauth_grants import approve
    from orderwright.store.transaction import Store

    async def change(store: Store) -> None:
        if await find_client(store.database.main, client_id) is None:
            raise CommandFailed(f"There is no client {client_id}. See `orderwright client list`.")
        await approve(store.database.main, client_id, (await user_called(store, username)).id, store.now())

    administered(chosen(data, database_url), change)
    print(f"{client_id} may sign in as {username}.")


@app.command()
def disallow(client_id: ClientId, username: Username, data: Data = None, database_url: DatabaseUrl = None) -> None:
    """End what `client allow` began; tokens that are out work until they expire or are revoked.

    Example: `orderwright client disallow client_0123456789abcdef01234567 ada@example.com`
    """
    from orderwright.store.oauth_grants import disapprove
    from orderwright.store.transaction import Store

    async def change(store: Store) -> None:
        await disapprove(store.database.main, client_id, (await user_called(store, username)).id)

    administered(chosen(data, database_url), change)
    print(f"{client_id} may not sign in as {username}.")


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
