"""A connection pool that reports the steps of a transaction: what was written, before COMMIT, after it, and at its end.

It stands in the place of a worker's pool. Nothing in the program knows of it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import asyncpg

from tests.torture.blows import Blows, Victim


class WatchedPool:
    """A worker's pool. What is not watched goes to the pool itself."""

    def __init__(self, pool: asyncpg.Pool, blows: Blows, worker: Victim) -> None:
        self._pool = pool
        self.blows = blows
        self.worker = worker

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator[WatchedSession]:
        """A session, reported when it has been given back."""
        session = await self._pool.acquire()
        watched = WatchedSession(session, self.blows, self.worker)
        self.worker.sessions.add(watched.process_id)
        try:
            yield watched
        finally:
            # The dead give nothing back, and what they would raise must not hide that they are dead.
            if not self.worker.dead:
                await self._pool.release(session)
        if watched.committed is not None:
            await self.blows.at(f"{watched.committed} committed", self.worker)


class WatchedSession:
    """One session. It remembers what kind of transaction ran in it."""

    def __init__(self, session: Any, blows: Blows, worker: Victim) -> None:
        self._session = session
        self._blows = blows
        self.worker = worker
        self.process_id: int = session.get_server_pid()
        self.written: list[str] = []
        self.committed: str | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._session, name)

    async def execute(self, statement: str, *arguments: object) -> Any:
        done = await self._session.execute(statement, *arguments)
        self.written.append(statement)
        if is_middle(statement):
            await self.at(f"{kind_of(self.written)} half written")
        return done

    def transaction(self, **options: Any) -> WatchedTransaction:
        return WatchedTransaction(self._session.transaction(**options), self)

    async def at(self, step: str) -> object:
        return await self._blows.at(step, self.worker, self.process_id)


class WatchedTransaction:
    """One transaction, until after its COMMIT."""

    def __init__(self, transaction: Any, session: WatchedSession) -> None:
        self._transaction = transaction
        self._session = session

    async def __aenter__(self) -> None:
        await self._transaction.__aenter__()

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if self._session.worker.dead:
            return
        if kind is not None:
            await self._transaction.__aexit__(kind, error, trace)
            return
        step = kind_of(self._session.written)
        await self._session.at("finishing" if step == "finish" else f"{step} before commit")
        await self._transaction.__aexit__(None, None, None)
        if await self._session.at(f"{step} commit lost"):
            raise asyncpg.ConnectionDoesNotExistError("the connection was lost after COMMIT, before its answer")
        self._session.committed = step


def is_middle(statement: str) -> bool:
    """Whether a part of the transaction's records is written with this statement and a part is not.

    Records are written table by table, always in one order: a log comes after the payment and before the operation and
    the request; an operation comes before its requests.
    """
    return statement.startswith('INSERT INTO "payment_gateway_log"') or is_plan(statement)


def is_plan(statement: str) -> bool:
    """Whether this writes that an operation has started, which is what a plan does."""
    return statement.startswith('UPDATE "background_operation"') and '"started_at"' in statement


def kind_of(written: list[str]) -> str:
    """What the transaction does: it makes a plan, records an answer, or finishes the operation."""
    if any(statement.startswith('INSERT INTO "payment_gateway_log"') for statement in written):
        return "record"
    return "plan" if any(map(is_plan, written)) else "finish"
