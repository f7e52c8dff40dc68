"""The one clock, as the processes of an instance share it (docs/why/one-clock.md).

A production instance goes by the true time and refuses to start where another was set. On a test instance the row of
table `clock` says how time runs. Each process keeps it in memory; a change notifies all of them and returns once each
has said, in its row of `clock_follower`, that it goes by the new version. So whoever got the answer to a change finds
every process at the new time, whichever he asks next.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import AsyncIterator
from typing import NamedTuple

import asyncpg

from orderwright.clock import TRUE, Change, Clock, ClockState, spoken, system_clock
from orderwright.decisions.errors import InvalidOperation
from orderwright.store.database import QUARANTINE_SECONDS, Database, Session

CHANNEL = "orderwright_clock"
LOOK_SECONDS = 1.0
"""How often a process looks although nobody told it of a change; it says by that, too, that it is there."""
SILENT_SECONDS = 3.0
"""A process that was not heard of for so long is not waited for."""
STARTING_SECONDS = 2.0
"""How long a process may take from its first connection until it follows the clock."""
PAUSE_SECONDS = 0.005
COMMAND_LIMIT_SECONDS = 10

READ = "SELECT version, frozen_at, ahead FROM clock"
READ_LOCKED = f"{READ} FOR UPDATE"
READ_SETTLED = f"{READ} FOR SHARE"
WRITE = "UPDATE clock SET version = version + 1, frozen_at = $1, ahead = $2 RETURNING version, frozen_at, ahead"
TELL = "SELECT pg_notify($1, '')"
FOLLOW = """
INSERT INTO clock_follower (holder, version, heard_at) VALUES ($1, $2, now())
ON CONFLICT (holder) DO UPDATE SET version = excluded.version, heard_at = excluded.heard_at
"""
LEAVE = "DELETE FROM clock_follower WHERE holder = $1"
FORGET_GONE = """
DELETE FROM clock_follower f
WHERE NOT EXISTS (SELECT FROM node_lease l WHERE l.holder = f.holder AND l.expires_at > now())
"""
ALL_FOLLOW = """
SELECT NOT EXISTS (SELECT FROM clock_follower WHERE version < $1 AND heard_at > now() - $2::interval)
"""
NOBODY_ELSE = """
SELECT NOT EXISTS (SELECT FROM node_lease l WHERE l.expires_at > now() + $1::interval
                   AND NOT EXISTS (SELECT FROM clock_follower f WHERE f.holder = l.holder))
"""
NOBODY = "SELECT NOT EXISTS (SELECT FROM clock_follower WHERE heard_at > now() - $1::interval)"

NOW_IN_SQL = "(SELECT coalesce(frozen_at, now() + ahead) FROM clock)"
"""The present moment of the one clock, for a statement that compares many rows with it."""

_log = logging.getLogger(__name__)


class ClockIsSet(Exception):
    """Says, in words for people, that a production instance cannot work by the clock of this database."""


class Reading(NamedTuple):
    """The row of table `clock`."""

    version: int
    state: ClockState


async def read_clock(session: Session, query: str = READ, *args: object) -> Reading:
    """How the clock runs."""
    row = await session.fetchrow(query, *args)
    if row is None:
        raise RuntimeError("table clock has lost its row")
    return Reading(row["version"], ClockState(row["frozen_at"], row["ahead"]))


async def check_true(session: Session) -> None:
    """Refuse a database whose clock does not show the true time. Raises ClockIsSet.

    A change that is under way is waited for; one that comes later sees our lease of a node number.
    """
    state = (await read_clock(session, READ_SETTLED)).state
    if not state.is_true:
        raise ClockIsSet(
            f"The clock of this database {described(state)}, and a production instance only goes by the true time. "
            "If it is a test instance, set ORDERWRIGHT_INSTANCE=test. To set the clock right, run `orderwright clock "
            "reset` with ORDERWRIGHT_INSTANCE=test; what was recorded by that clock keeps its dates."
        )


def described(state: ClockState) -> str:
    """How a clock runs, in words."""
    if state.frozen_at is not None:
        return f"is frozen at {spoken(state.frozen_at)}"
    if state.is_true:
        return "shows the true time"
    return f"runs {abs(state.ahead)} {'ahead of' if state.ahead > dt.timedelta(0) else 'behind'} the true time"


async def change_clock(session: asyncpg.Connection, change: Change, true_time: Clock = system_clock) -> Reading:
    """Change how the clock runs, and return it once all processes go by it; `session` is in no transaction.

    Raises InvalidInput as `change` does, and InvalidOperation while a process that goes by the true time is connected.
    """
    await _becomes_true(session, STARTING_SECONDS, NOBODY_ELSE, dt.timedelta(seconds=QUARANTINE_SECONDS))
    async with session.transaction():
        before = (await read_clock(session, READ_LOCKED)).state
        await session.execute(FORGET_GONE)
        if not await session.fetchval(NOBODY_ELSE, dt.timedelta(seconds=QUARANTINE_SECONDS)):
            raise InvalidOperation(
                "a process of a production instance works on this database, and would not follow its clock; stop it, "
                "or set ORDERWRIGHT_INSTANCE=test for it (one that was killed counts for up to ten minutes)"
            )
        after = await _write(session, change(before, true_time()))
    await _becomes_true(session, SILENT_SECONDS, ALL_FOLLOW, after.version, dt.timedelta(seconds=SILENT_SECONDS))
    return after


async def reset_clock(session: asyncpg.Connection) -> ClockState:
    """Let the clock show the true time again, the one way back; returns how it ran before.

    Raises InvalidOperation while a process follows it.
    """
    async with session.transaction():
        before = (await read_clock(session, READ_LOCKED)).state
        if not await session.fetchval(NOBODY, dt.timedelta(seconds=SILENT_SECONDS)):
            raise InvalidOperation("processes work by this clock, and would see time go back; stop them all first")
        if not before.is_true:
            await _write(session, TRUE)
    return before


async def _write(session: asyncpg.Connection, state: ClockState) -> Reading:
    written = await read_clock(session, WRITE, state.frozen_at, state.ahead)
    await session.execute(TELL, CHANNEL)
    return written


async def _becomes_true(session: Session, most_seconds: float, question: str, *args: object) -> None:
    """Return when the database says yes, or after `most_seconds`."""
    time = asyncio.get_running_loop().time
    end = time() + most_seconds
    while not await session.fetchval(question, *args) and time() < end:  # noqa: ASYNC110 - only the database knows
        await asyncio.sleep(PAUSE_SECONDS)


class SharedClock:
    """The clock of a test instance as one process knows it. Opened by `clock_of`."""

    def __init__(self, database: Database, true_time: Clock = system_clock) -> None:
        self._database = database
        self._true_time = true_time
        self._known = Reading(-1, TRUE)
        self._told = asyncio.Event()

    def __call__(self) -> dt.datetime:
        """The present moment of the one clock."""
        return self.state.moment(self._true_time())

    @property
    def state(self) -> ClockState:
        """How it runs."""
        return self._known.state

    @property
    def offset(self) -> dt.timedelta:
        """How far it is ahead of the true time just now; negative: behind."""
        true_now = self._true_time()
        return self.state.moment(true_now) - true_now

    async def change(self, change: Change) -> None:
        """Change how it runs, here and in all other processes. Raises what `change_clock` raises."""
        async with self._database.main.acquire() as session:
            self._learn(await change_clock(session, change, self._true_time))  # type: ignore[arg-type]  # a proxy of one

    async def look(self, session: Session) -> None:
        """Learn how the clock runs, then say that we go by it."""
        self._learn(await read_clock(session))
        await session.execute(FOLLOW, self._database.holder, self._known.version)

    def _learn(self, reading: Reading) -> None:
        if reading.version > self._known.version:
            self._known = reading

    async def join(self) -> None:
        """Become one of those whom a change waits for, and learn how the clock runs."""
        await self._database.side.execute(FOLLOW, self._database.holder, self._known.version)
        await self.look(self._database.side)

    async def leave(self) -> None:
        """Be waited for no more."""
        with contextlib.suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await self._database.side.execute(LEAVE, self._database.holder)

    async def follow(self) -> None:
        """Learn of each change, until cancelled."""
        while True:
            try:
                await self._follow_by(await _connection(self._database.url))
            except Exception as error:  # noqa: BLE001 - a process that stopped following would go by an old time
                _log.warning("the clock lost the database and tries again: %s", error)
                await asyncio.sleep(LOOK_SECONDS)

    async def _follow_by(self, connection: asyncpg.Connection) -> None:
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._told.set())
            while True:
                self._told.clear()
                await self.look(connection)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._told.wait(), LOOK_SECONDS)
        finally:
            connection.terminate()


async def _connection(url: str) -> asyncpg.Connection:
    """One of our own: those of the pools are short, and serve what must not wait."""
    return await asyncpg.connect(
        url,
        timeout=COMMAND_LIMIT_SECONDS,
        command_timeout=COMMAND_LIMIT_SECONDS,
        server_settings={"timezone": "UTC", "application_name": "orderwright"},
    )


@contextlib.asynccontextmanager
async def clock_of(database: Database, *, is_test: bool, true_time: Clock = system_clock) -> AsyncIterator[Clock]:
    """The clock that a process goes by, for a block. Raises ClockIsSet on a production instance; see `check_true`."""
    if not is_test:
        async with database.main.acquire() as session:
            await check_true(session)
        yield true_time
        return
    clock = SharedClock(database, true_time)
    await clock.join()
    following = asyncio.create_task(clock.follow())
    try:
        yield clock
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following
        await clock.leave()
