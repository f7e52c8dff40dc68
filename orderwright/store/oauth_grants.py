"""What stands behind tokens that users gave to clients: approvals, codes, refresh tokens, browsers that sign in."""

from __future__ import annotations

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence

import msgspec

from orderwright.objects.definition import Id
from orderwright.store.database import Database, Session
from orderwright.store.oauth import SECRET_BYTES, digest

CODE_MINUTES = 10
BROWSER_MINUTES = 15

APPROVE = """
INSERT INTO oauth_approval (client_id, user_id, approved_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
"""
DISAPPROVE = "DELETE FROM oauth_approval WHERE client_id = $1 AND user_id = $2"
IS_APPROVED = "SELECT EXISTS (SELECT 1 FROM oauth_approval WHERE client_id = $1 AND user_id = $2)"
NEW_GRANT = """
INSERT INTO oauth_grant (grant_id, client_id, user_id, scopes, refresh_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
GRANT = "SELECT grant_id, client_id, user_id, scopes FROM oauth_grant WHERE refresh_hash = $1"
END_GRANT = "DELETE FROM oauth_grant WHERE refresh_hash = $1"
END_GRANT_OF_CODE = "DELETE FROM oauth_grant WHERE grant_id = (SELECT grant_id FROM oauth_code WHERE code_hash = $1)"
NEW_CODE = """
INSERT INTO oauth_code (code_hash, client_id, user_id, scopes, redirect_uri, challenge, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
"""
FORGET_CODES = "DELETE FROM oauth_code WHERE expires_at < $1"
USE_CODE = """
UPDATE oauth_code SET grant_id = $2 WHERE code_hash = $1 AND grant_id IS NULL
RETURNING client_id, user_id, scopes, redirect_uri, challenge, expires_at
"""
NEW_TICKET = "INSERT INTO browser_session (ticket_hash, user_id, expires_at) VALUES ($1, $2, $3)"
TICKET = "SELECT user_id FROM browser_session WHERE ticket_hash = $1 AND expires_at > $2"
END_TICKET = "DELETE FROM browser_session WHERE ticket_hash = $1 OR expires_at <= $2"


class Grant(msgspec.Struct, frozen=True):
    """What a user gave to a client, to be renewed with a refresh token."""

    grant_id: uuid.UUID
    client_id: str
    user_id: Id
    scopes: list[str]


class Code(msgspec.Struct, frozen=True):
    """An authorization code that was just used."""

    client_id: str
    user_id: Id
    scopes: list[str]
    redirect_uri: str
    challenge: str | None
    expires_at: dt.datetime


async def approve(session: Session, client_id: str, user_id: Id, now: dt.datetime) -> None:
    """Let the client get tokens for the user without the user's password."""
    await session.execute(APPROVE, client_id, user_id, now)


async def disapprove(session: Session, client_id: str, user_id: Id) -> None:
    """End what `approve` began; tokens that are out stay good until they expire or are revoked."""
    await session.execute(DISAPPROVE, client_id, user_id)


async def is_approved(session: Session, client_id: str, user_id: Id) -> bool:
    """Whether the client may get tokens for the user."""
    return bool(await session.fetchval(IS_APPROVED, client_id, user_id))


async def new_grant(session: Session, grant: Grant, now: dt.datetime, *, renewable: bool) -> str | None:
    """The refresh token of a new grant, good until it is revoked; None for one that is not `renewable`."""
    refresh_token = secrets.token_urlsafe(SECRET_BYTES) if renewable else None
    refresh_hash = digest(refresh_token) if refresh_token else None
    await session.execute(NEW_GRANT, grant.grant_id, grant.client_id, grant.user_id, grant.scopes, refresh_hash, now)
    return refresh_token


async def find_grant(session: Session, refresh_token: str) -> Grant | None:
    """The grant that this is the refresh token of."""
    row = await session.fetchrow(GRANT, digest(refresh_token))
    return None if row is None else Grant(**dict(row))


async def end_grant(session: Session, refresh_token: str) -> bool:
    """Whether this was a refresh token; it is none any more, and the access tokens it brought are taken back."""
    return bool(await session.execute(END_GRANT, digest(refresh_token)) != "DELETE 0")


async def new_code(
    database: Database,
    client_id: str,
    user_id: Id,
    scopes: Sequence[str],
    redirect_uri: str,
    challenge: str | None,
    now: dt.datetime,
) -> str:
    """A code that a client can change into a token once, within `CODE_MINUTES`."""
    code = secrets.token_urlsafe(SECRET_BYTES)
    until = now + dt.timedelta(minutes=CODE_MINUTES)
    await database.main.execute(FORGET_CODES, now - dt.timedelta(days=1))
    await database.main.execute(
        NEW_CODE, digest(code), client_id, user_id, list(scopes), redirect_uri, challenge, until
    )
    return code


async def use_code(session: Session, code: str, grant_id: uuid.UUID) -> Code | None:
    """What a code stands for, the first time. None when it is unknown or was used: then what it brought is revoked."""
    row = await session.fetchrow(USE_CODE, digest(code), grant_id)
    if row is None:
        await session.execute(END_GRANT_OF_CODE, digest(code))
        return None
    return Code(**dict(row))


async def new_ticket(database: Database, user_id: Id, now: dt.datetime) -> str:
    """What the browser of a user who just signed in is recognised by, for `BROWSER_MINUTES`."""
    ticket = secrets.token_urlsafe(SECRET_BYTES)
    until = now + dt.timedelta(minutes=BROWSER_MINUTES)
    await database.main.execute(NEW_TICKET, digest(ticket), user_id, until)
    return ticket


async def user_of_ticket(database: Database, ticket: str, now: dt.datetime) -> Id | None:
    """The user whose browser holds `ticket`."""
    found: Id | None = await database.main.fetchval(TICKET, digest(ticket), now)
    return found


async def end_ticket(database: Database, ticket: str, now: dt.datetime) -> None:
    """Sign the browser out."""
    await database.main.execute(END_TICKET, digest(ticket), now)
