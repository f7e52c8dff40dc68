"""OAuth clients and their tokens. Neither a secret nor a token is stored, only its SHA-256.

A plain hash is enough because both are 256 random bits made here: nobody can guess their way back from the hash, and
a slow one (scrypt) would only slow down every sign-in. Passwords that people choose would need it; there are none.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import secrets

import asyncpg
import msgspec

from orderwright.objects.account import User
from orderwright.objects.definition import Id
from orderwright.store.database import Database
from orderwright.store.save import write

SECRET_BYTES = 32

NEW_CLIENT = (
    "INSERT INTO oauth_client (client_id, secret_hash, name, user_id, created_date) VALUES ($1, $2, $3, $4, $5)"
)
CLIENT = "SELECT secret_hash, user_id FROM oauth_client WHERE client_id = $1"
NEW_TOKEN = (
    "INSERT INTO oauth_token (token_hash, client_id, user_id, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)"  # noqa: S105  # a statement
)
FORGET_EXPIRED = "DELETE FROM oauth_token WHERE client_id = $1 AND expires_at < $2"
TOKEN = "SELECT client_id, user_id, expires_at FROM oauth_token WHERE token_hash = $1"  # noqa: S105  # a statement


class TokenOwner(msgspec.Struct, frozen=True, kw_only=True):
    """Whose a token is, and how long."""

    client_id: str
    user_id: Id
    expires_at: dt.datetime


def digest(secret: str) -> bytes:
    """What is stored of a secret or a token."""
    return hashlib.sha256(secret.encode()).digest()


async def create_client(database: Database, name: str, now: dt.datetime) -> tuple[str, str]:
    """The id and the secret of a new client called `name`; the secret cannot be shown again.

    The client acts as a User of its own (decisions.md S15).
    """
    moment = now.replace(microsecond=now.microsecond // 1000 * 1000)
    client_id, secret = f"client_{secrets.token_hex(12)}", secrets.token_urlsafe(SECRET_BYTES)
    shard = database.ids.new_bucket()
    user_id = database.ids.new_id(User.ABOUT.key_prefix, shard)
    async with database.main.acquire() as session, session.transaction():
        await write(session, shard, [_user(user_id, shard, client_id, name, moment)], [])
        await session.execute(NEW_CLIENT, client_id, digest(secret), name, user_id, moment)
    return client_id, secret


def _user(user_id: Id, shard: int, client_id: str, name: str, now: dt.datetime) -> User:
    return User(
        id=user_id,
        shard=shard,
        username=client_id,
        name=name,
        created_date=now,
        created_by_id=user_id,
        last_modified_date=now,
        last_modified_by_id=user_id,
        system_modstamp=now,
    )


async def client_user(database: Database, client_id: str, secret: str) -> Id | None:
    """The User behind a client, when the secret is right."""
    if "\x00" in client_id:
        return None
    row = await database.main.fetchrow(CLIENT, client_id)
    if row is None or not hmac.compare_digest(bytes(row["secret_hash"]), digest(secret)):
        return None
    return str(row["user_id"])


async def issue_token(database: Database, client_id: str, user_id: Id, now: dt.datetime, lifetime: dt.timedelta) -> str:
    """A new token, good until `now` + `lifetime`; the client's expired ones are forgotten."""
    token = secrets.token_urlsafe(SECRET_BYTES)
    async with database.main.acquire() as session, session.transaction():
        await session.execute(FORGET_EXPIRED, client_id, now)
        await session.execute(NEW_TOKEN, digest(token), client_id, user_id, now, now + lifetime)
    return token


async def token_owner(database: Database, token_hash: bytes) -> TokenOwner | None:
    """Whose the token with this hash is; None for one that was never issued. It may have expired."""
    row: asyncpg.Record | None = await database.main.fetchrow(TOKEN, token_hash)
    return None if row is None else TokenOwner(**dict(row))
