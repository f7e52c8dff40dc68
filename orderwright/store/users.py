"""Users: how they are made and found, and whether a name and a password belong together.

Attempts are counted before the password is looked at, in one statement, so that a hundred at once count as a hundred;
success forgets them. After `MOST_ATTEMPTS` without success the name is locked for `LOCK_MINUTES`, whether anybody has
it or not: what is answered says nothing about who exists.
"""

from __future__ import annotations

import datetime as dt
import hmac
import secrets
from collections.abc import Sequence
from typing import Literal

import msgspec

from orderwright.objects.account import User
from orderwright.objects.definition import Id
from orderwright.store.database import Database, Session
from orderwright.store.ids import shard_of
from orderwright.store.oauth import digest
from orderwright.store.passwords import hashed, is_right
from orderwright.store.permissions import assign
from orderwright.store.save import write

MOST_ATTEMPTS = 10
LOCK_MINUTES = 15
SECURITY_TOKEN_LETTERS = 24

COUNT_ATTEMPT = """
INSERT INTO failed_login AS f (username, attempts, last_at) VALUES ($1, 1, $2)
ON CONFLICT (username) DO UPDATE SET
    attempts = CASE WHEN f.last_at <= $2 - $3::interval THEN 1 ELSE f.attempts + 1 END,
    last_at = CASE WHEN f.attempts >= $4 AND f.last_at > $2 - $3::interval THEN f.last_at ELSE $2 END
RETURNING attempts
"""
FORGET_ATTEMPTS = "DELETE FROM failed_login WHERE username = $1"
FORGET_OLD_ATTEMPTS = "DELETE FROM failed_login WHERE last_at <= $1"
LOGIN = "SELECT user_id, password_hash, security_token_hash FROM login WHERE username = $1"
USER = 'SELECT id, username, name, email, is_active, last_modified_date FROM "user" WHERE shard = $1 AND id = $2'
USERS = """
SELECT u.id, u.username, u.name, u.email, u.is_active, u.last_modified_date,
       l.password_hash IS NOT NULL AS has_password,
       ARRAY(SELECT s.name FROM permission_set_assignment a
             JOIN permission_set s ON s.shard = 0 AND s.id = a.permission_set_id
             WHERE a.shard = u.shard AND a.assignee_id = u.id AND NOT a.is_deleted ORDER BY s.name) AS sets
FROM "user" u LEFT JOIN login l ON l.user_id = u.id WHERE NOT u.is_deleted ORDER BY u.id
"""
NEW_LOGIN = "INSERT INTO login (username, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING 1"
SET_PASSWORD = "UPDATE login SET password_hash = $2 WHERE user_id = $1"  # noqa: S105  # a statement
SET_SECURITY_TOKEN = "UPDATE login SET security_token_hash = $2 WHERE user_id = $1"  # noqa: S105  # a statement
SET_ACTIVE = """
UPDATE "user" SET is_active = $3, last_modified_date = $4, system_modstamp = $4 WHERE shard = $1 AND id = $2
"""
END_SESSIONS = (
    "DELETE FROM oauth_token WHERE user_id = $1",
    "DELETE FROM oauth_grant WHERE user_id = $1",
    "DELETE FROM oauth_code WHERE user_id = $1",
    "DELETE FROM browser_session WHERE user_id = $1",
)


class Account(msgspec.Struct, frozen=True):
    """A user, as far as signing in goes."""

    id: Id
    username: str
    name: str
    email: str | None
    is_active: bool
    last_modified_date: dt.datetime | None


class ListedUser(msgspec.Struct, frozen=True):
    """A user, with the names of the permission sets."""

    account: Account
    has_password: bool
    sets: tuple[str, ...]


class LoginRefused(Exception):
    """Name and password do not let anybody in."""

    def __init__(self, why: Literal["wrong", "locked", "inactive"]) -> None:
        super().__init__(why)
        self.why = why


class UserExists(ValueError):
    """Another user has this name already."""


def key_of(username: str) -> str:
    """A username as it is looked up: letter case and spaces around do not matter."""
    return username.strip().lower()


async def signed_in(database: Database, username: str, password: str, now: dt.datetime) -> Account:
    """The user whom `username` and `password` (a security token may follow it) let in. Raises LoginRefused."""
    key = key_of(username).replace("\x00", "")[:255]
    window = dt.timedelta(minutes=LOCK_MINUTES)
    if await database.main.fetchval(COUNT_ATTEMPT, key, now, window, MOST_ATTEMPTS) > MOST_ATTEMPTS:
        raise LoginRefused("locked")
    row = await database.main.fetchrow(LOGIN, key)
    kept, token_hash = (row["password_hash"], row["security_token_hash"]) if row else (None, None)
    if not await is_right(_without_token(password, token_hash), kept) or row is None:
        raise LoginRefused("wrong")
    found = await account(database.main, row["user_id"])
    if found is None or not found.is_active:
        raise LoginRefused("inactive")
    await database.main.execute(FORGET_ATTEMPTS, key)
    await database.main.execute(FORGET_OLD_ATTEMPTS, now - window)
    return found


def _without_token(password: str, token_hash: bytes | None) -> str:
    """The password alone, where the user's security token follows it, as clients send them."""
    start, end = password[:-SECURITY_TOKEN_LETTERS], password[-SECURITY_TOKEN_LETTERS:]
    if token_hash is not None and hmac.compare_digest(digest(end), bytes(token_hash)):
        return start
    return password


async def account(session: Session, user_id: Id) -> Account | None:
    """The user with this id."""
    row = await session.fetchrow(USER, shard_of(user_id), user_id)
    return None if row is None else Account(**dict(row))


async def account_called(session: Session, username: str) -> Account | None:
    """The user with this name, in any letter case."""
    row = await session.fetchrow(LOGIN, key_of(username).replace("\x00", ""))
    return None if row is None else await account(session, row["user_id"])


async def users(session: Session) -> list[ListedUser]:
    """All users, the oldest first."""
    found = []
    for row in await session.fetch(USERS):
        values = dict(row)
        sets, has_password = tuple(values.pop("sets")), values.pop("has_password")
        found.append(ListedUser(Account(**values), has_password, sets))
    return found


async def create_user(
    database: Database,
    session: Session,
    *,
    username: str,
    name: str,
    email: str | None = None,
    sets: Sequence[str] = (),
    now: dt.datetime,
) -> Id:
    """The id of a new user, who may do what the permission sets called `sets` say, and has no password yet.

    Raises UserExists and NoSuchSet; the transaction that `session` is in has to be given up then.
    """
    shard = database.ids.new_bucket()
    user_id = database.ids.new_id(User.ABOUT.key_prefix, shard)
    if not await session.fetchval(NEW_LOGIN, key_of(username), user_id):
        raise UserExists(f"there is a user '{username}' already; choose another name")
    made = User(
        id=user_id,
        shard=shard,
        username=username.strip(),
        name=name,
        email=email,
        created_date=now,
        created_by_id=user_id,
        last_modified_date=now,
        last_modified_by_id=user_id,
        system_modstamp=now,
    )
    await write(session, shard, [made], [])
    await assign(database, session, user_id, sets, now)
    return user_id


async def set_password(database: Database, user_id: Id, password: str) -> None:
    """Let the user sign in with `password` from now on; whoever is signed in as the user is signed out."""
    kept = await hashed(password)
    async with database.main.acquire() as session, session.transaction():
        await session.execute(SET_PASSWORD, user_id, kept)
        await end_sessions(session, user_id)


async def new_security_token(session: Session, user_id: Id) -> str:
    """A new security token, which clients may send after the password; it is not shown again."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    made = "".join(secrets.choice(letters) for _ in range(SECURITY_TOKEN_LETTERS))
    await session.execute(SET_SECURITY_TOKEN, user_id, digest(made))
    return made


async def set_active(database: Database, user_id: Id, is_active: bool, now: dt.datetime) -> None:
    """Let the user in again, or no more; then whoever is signed in as the user is signed out."""
    async with database.main.acquire() as session, session.transaction():
        await session.execute(SET_ACTIVE, shard_of(user_id), user_id, is_active, now)
        if not is_active:
            await end_sessions(session, user_id)


async def end_sessions(session: Session, user_id: Id) -> None:
    """Take back every token of the user."""
    for statement in END_SESSIONS:
        await session.execute(statement, user_id)
