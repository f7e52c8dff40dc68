"""OAuth clients and access tokens. Neither a secret nor a token is stored, only its SHA-256.

A plain hash is enough because both are 256 random bits made here: nobody can guess their way back from the hash, and
a slow one (scrypt) would only slow down every sign-in. Passwords, which people choose, have it: see `passwords.py`.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets
import uuid
from collections.abc import Sequence

import asyncpg
import msgspec

from orderwright.decisions.rights import SYSTEM_ADMINISTRATOR, Rights
from orderwright.objects.account import User
from orderwright.objects.definition import Id
from orderwright.store.database import Database, Session
from orderwright.store.ids import shard_of
from orderwright.store.permissions import GRANTED, assign
from orderwright.store.save import write

SECRET_BYTES = 32
ORGANIZATION = "00D000000000001"
"""There is one organisation; clients expect its id in identity URLs and at the beginning of access tokens."""

NEW_CLIENT = """
INSERT INTO oauth_client
    (client_id, secret_hash, name, user_id, created_date, flows, scopes, redirect_uris, public_key)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
NEW_LOGIN = "INSERT INTO login (username, user_id) VALUES ($1, $2)"
CLIENT = """
SELECT client_id, secret_hash, name, user_id, flows, scopes, redirect_uris, public_key
FROM oauth_client WHERE client_id = $1
"""
CLIENTS = """
SELECT c.client_id, c.name, u.username, c.flows, c.scopes,
       ARRAY(SELECT s.name FROM permission_set_assignment a
             JOIN permission_set s ON s.shard = 0 AND s.id = a.permission_set_id
             WHERE a.shard = u.shard AND a.assignee_id = u.id AND NOT a.is_deleted ORDER BY s.name) AS sets
FROM oauth_client c JOIN "user" u ON u.id = c.user_id ORDER BY c.created_date, c.client_id
"""
NEW_TOKEN = """
INSERT INTO oauth_token (token_hash, client_id, user_id, user_shard, issued_at, expires_at, scopes, grant_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""  # noqa: S105  # a statement
FORGET_EXPIRED = "DELETE FROM oauth_token WHERE expires_at < $1"
TOKEN = f"""
SELECT t.client_id, t.user_id, t.issued_at, t.expires_at, t.scopes, u.username, u.is_active, {GRANTED} AS granted
FROM oauth_token t JOIN "user" u ON u.shard = t.user_shard AND u.id = t.user_id
WHERE t.token_hash = $1
"""
END_TOKEN = "DELETE FROM oauth_token WHERE token_hash = $1"  # noqa: S105  # a statement

READING_SCOPE = "api_read"
"""An extension: all of the API that only reads."""
API_SCOPES = frozenset({"api", "full", "web", READING_SCOPE})
"""With one of these a token is good for the API itself, not only for who the user is."""


class Client(msgspec.Struct, frozen=True):
    """An OAuth client: what it is, and what it may ask for."""

    client_id: str
    secret_hash: bytes | None
    """None: it keeps no secret, as a program on a phone, and proves itself with PKCE or a key."""
    name: str
    user_id: Id
    """Whom it acts as when nobody else signs in."""
    flows: tuple[str, ...]
    scopes: tuple[str, ...]
    redirect_uris: tuple[str, ...]
    public_key: str | None
    """PEM of the key that its assertions are signed with."""

    def has_secret(self, secret: str) -> bool:
        """Whether `secret` is the client's own."""
        return self.secret_hash is not None and hmac.compare_digest(self.secret_hash, digest(secret))


class NewClient(msgspec.Struct, frozen=True, kw_only=True):
    """What a client is to be. Least privilege: it can do nothing until permission sets are given."""

    name: str
    sets: tuple[str, ...] = ()
    """Permission sets of its own user; not allowed with `user_id`, who has their own."""
    user_id: Id | None = None
    """Whom it acts as; None: a user of its own."""
    flows: tuple[str, ...] = ("client_credentials",)
    scopes: tuple[str, ...] = ("api",)
    redirect_uris: tuple[str, ...] = ()
    public_key: str | None = None
    keeps_secret: bool = True


class TokenOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a token is, how long, and what it is good for."""

    client_id: str | None
    """None for a session that began with a SOAP login."""
    user_id: Id
    username: str
    is_active: bool
    issued_at: dt.datetime
    expires_at: dt.datetime
    scopes: frozenset[str]
    rights: Rights


class ListedClient(msgspec.Struct, frozen=True):
    """A client, with its user's name and permission sets."""

    client_id: str
    name: str
    username: str
    flows: list[str]
    scopes: list[str]
    sets: list[str]


def digest(secret: str) -> bytes:
    """What is stored of a secret or a token."""
    return hashlib.sha256(secret.encode()).digest()


async def create_client(database: Database, name: str, now: dt.datetime) -> tuple[str, str]:
    """The id and the secret of a new client called `name` that may do everything.

    For who sets an installation up and for tests; `register_client` makes clients that may do what they are given.
    """
    return await register_client(database, NewClient(name=name, sets=(SYSTEM_ADMINISTRATOR,)), now)


async def register_client(database: Database, new: NewClient, now: dt.datetime) -> tuple[str, str]:
    """The id and the secret of a new client; the secret cannot be shown again, and is empty for who keeps none.

    The client acts as a User, of its own unless one is named (decisions.md S15). Raises NoSuchSet.
    """
    moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
    client_id = f"client_{secrets.token_hex(12)}"
    secret = secrets.token_urlsafe(SECRET_BYTES) if new.keeps_secret else ""
    async with database.main.acquire() as session, session.transaction():
        user_id = new.user_id or await _own_user(database, session, client_id, new, moment)
        await session.execute(
            NEW_CLIENT, client_id, digest(secret) if secret else None, new.name, user_id, moment,
            list(new.flows), list(new.scopes), list(new.redirect_uris), new.public_key,
        )  # fmt: skip
    return client_id, secret


async def _own_user(database: Database, session: Session, client_id: str, new: NewClient, now: dt.datetime) -> Id:
    shard = database.ids.new_bucket()
    user_id = database.ids.new_id(User.ABOUT.key_prefix, shard)
    made = User(
        id=user_id,
        shard=shard,
        username=client_id,
        name=new.name,
        created_date=now,
        created_by_id=user_id,
        last_modified_date=now,
        last_modified_by_id=user_id,
        system_modstamp=now,
    )
    await write(session, shard, [made], [])
    await session.execute(NEW_LOGIN, client_id, user_id)
    await assign(database, session, user_id, new.sets, now)
    return user_id


async def find_client(session: Session, client_id: str) -> Client | None:
    """The client with this id."""
    row = None if "\x00" in client_id else await session.fetchrow(CLIENT, client_id)
    if row is None:
        return None
    found: Client = msgspec.convert(dict(row), Client)
    return found


async def clients(session: Session) -> list[ListedClient]:
    """All clients, the oldest first."""
    return [ListedClient(**dict(row)) for row in await session.fetch(CLIENTS)]


async def client_user(database: Database, client_id: str, secret: str) -> Id | None:
    """The User behind a client, when the secret is right."""
    found = await find_client(database.main, client_id)
    return found.user_id if found is not None and found.has_secret(secret) else None


async def issue_token(
    database: Database,
    client_id: str | None,
    user_id: Id,
    now: dt.datetime,
    lifetime: dt.timedelta,
    *,
    scopes: Sequence[str] = ("api",),
    grant_id: uuid.UUID | None = None,
) -> str:
    """A new access token, good until `now` + `lifetime`; expired ones are forgotten."""
    token = f"{ORGANIZATION}!{secrets.token_urlsafe(SECRET_BYTES)}"
    async with database.main.acquire() as session, session.transaction():
        await session.execute(FORGET_EXPIRED, now)
        await session.execute(
            NEW_TOKEN, digest(token), client_id, user_id, shard_of(user_id), now, now + lifetime, list(scopes), grant_id
        )
    return token


async def token_owner(database: Database, token_hash: bytes) -> TokenOwner | None:
    """Whose the token with this hash is; None for one that was never issued. It may have expired."""
    row: asyncpg.Record | None = await database.main.fetchrow(TOKEN, token_hash)
    if row is None:
        return None
    values = dict(row)
    scopes = frozenset(values.pop("scopes"))
    rights = rights_in(scopes, Rights(frozenset(values.pop("granted"))))
    return TokenOwner(**values, scopes=scopes, rights=rights)


def rights_in(scopes: frozenset[str], rights: Rights) -> Rights:
    """What is left of a user's rights in a token with these scopes."""
    if scopes & (API_SCOPES - {READING_SCOPE}):
        return rights
    return rights.only_reading() if READING_SCOPE in scopes else Rights()


async def end_token(session: Session, token: str) -> bool:
    """Whether `token` was an access token, and is one no more."""
    return bool(await session.execute(END_TOKEN, digest(token)) != "DELETE 0")
