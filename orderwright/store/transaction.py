"""Preview and submit: the only two ways to an order. A submit is a closure that can be run again as a whole.

`Store.submit` opens a transaction, runs `act`, writes what was decided and commits. When PostgreSQL reports a conflict
or the connection is lost, everything is run again, at most `MOST_ATTEMPTS` times. A row with the request's key is
written inside the transaction and looked up before another run: an answer that was lost after COMMIT is found, not
made twice (decisions.md S8). `Store.preview` reads in a READ ONLY transaction, so PostgreSQL itself refuses a write.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import random
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

import asyncpg
import msgspec

from orderwright.decisions.decision import Decision
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.definition import Id, SObject
from orderwright.objects.registry import BY_NAME, definition_of
from orderwright.store import statements
from orderwright.store.bulk_save import write_across
from orderwright.store.database import Database, Session
from orderwright.store.ids import BUCKETS, shard_of
from orderwright.store.load import Loader
from orderwright.store.save import Author, completed, linked, write

MOST_ATTEMPTS = 8
FIRST_PAUSE_SECONDS = 0.005
MOST_SHARDS_APART = 8
"""Records of more shards are written by statements over all of them: only bulk writes have so many."""

T = TypeVar("T")
W = TypeVar("W")

AGAIN = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    ConnectionError,
    FileNotFoundError,
    asyncpg.UniqueViolationError,
)
"""Failures after which the transaction is run again. A lost connection may mean that COMMIT worked: see the key.
A socket that is not there: PostgreSQL is starting again.
A unique violation may be the key itself, or another who was first: the next run sees it and says so properly."""


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and the key under which this request acts at most once.

    Without a key nothing is kept: `act` sees by itself what an earlier run of it did, as the steps of an operation do.
    """

    user_id: Id
    request_key: str | None = None
    client_id: str | None = None
    repeatable: bool = False
    """Whether the caller may send this request again under the same key (an Idempotency-Key): an answer that was saved
    before is then looked up before anything is done, not only when a transaction is run again."""


class Replayed(Exception):
    """This request was carried out before; `answer` is what it answered, as JSON."""

    def __init__(self, answer: bytes) -> None:
        super().__init__("this request was carried out before")
        self.answer = answer


class NotFound(LookupError):
    """No record with this id."""

    def __init__(self, record_id: Id) -> None:
        super().__init__(record_id)
        self.record_id = record_id


class Deleted(NotFound):
    """The record with this id was deleted."""


class Transaction:
    """What `act` may do inside one transaction. Saves are collected and written before the next read.

    New records without a parent go to the first shard that was touched, so that a transaction stays on one whenever it
    can; docs/why/one-transaction-one-shard.md lists when it cannot.
    """

    def __init__(self, session: Session, database: Database, author: Author, call: Call) -> None:
        self.session = session
        self.now = author.now
        self._call = call
        self._author = author
        self._database = database
        self._shard: int | None = None
        self._new: dict[Id, SObject] = {}
        self._changed: dict[Id, tuple[SObject, SObject]] = {}
        self._held: dict[Id, SObject] = {}
        self.leaves_work = False
        """Whether a background operation was asked for: the relay should be woken after the commit."""

    async def lock(self, loader: Loader[W], root_id: Id) -> W:
        """The aggregate of `root_id`, locked until the transaction ends. Raises NotFound."""
        await self.flush()
        shard = await self.find_shard(root_id)
        if not await self.session.fetchval(statements.lock(BY_NAME[loader.root].table), shard, root_id):
            raise NotFound(root_id)
        await self.check_replay(shard)
        return await read(self.session, loader, shard, root_id)

    async def lock_record(self, record_id: Id) -> SObject:
        """One record, locked until the transaction ends; one added before in this transaction is found too."""
        if record_id in self._new:
            return self._new[record_id]
        held = self._held.pop(record_id, None)
        if held is not None:
            return held
        await self.flush()
        definition = definition_of(record_id)
        shard = await self.find_shard(record_id)
        if definition is None:
            raise NotFound(record_id)
        if not await self.session.fetchval(statements.lock(definition.table), shard, record_id):
            raise await missing(self.session, definition.table, shard, record_id)
        await self.check_replay(shard)
        return await read_record(self.session, definition.name, shard, record_id)

    def hold(self, records: Iterable[SObject]) -> None:
        """Know records that are locked already: each is handed out once by `lock_record`, before it is changed."""
        self._held |= {record.id: record for record in records}

    async def check_replay(self, shard: int) -> None:
        """Raise Replayed when this repeatable request left its answer in `shard` before."""
        key = self._call.request_key
        if self._call.repeatable and key is not None:
            saved = await self.session.fetchval(SAVED_ANSWER, shard, key)
            if saved is not None:
                raise Replayed(saved)

    async def find_shard(self, record_id: Id) -> int:
        """The shard of a record: the bucket in its id, unless it moved. The transaction stays on the first one."""
        shard = await find_shard(self.session, record_id)
        if self._shard is None:
            self._shard = shard
        return shard

    def new_id(self, object_: str, shard: int) -> Id:
        """An id for a new record that others must be able to name before it is saved."""
        return self._database.ids.new_id(BY_NAME[object_].about.key_prefix, shard)

    def stay_on(self, shard: int) -> None:
        """Make `shard` the one for new records without a parent, unless another was touched first."""
        if self._shard is None:
            self._shard = shard

    async def save(self, decision: Decision, shard: int | None = None) -> dict[Id, Id]:
        """Take `decision` up for writing, its new records in `shard`; returns real ids by stand-in id."""
        if shard is None:
            shard = self.shard
        self.stay_on(shard)
        real: dict[Id, Id] = {}
        for record in await completed(decision.new, self._database, shard, self._author, real):
            self._new[record.id] = record
            self.leaves_work = self.leaves_work or isinstance(record, BackgroundOperation)
        for change in decision.changed:
            self._take_change(change.before, linked(change.after, real) if real else change.after)
        return real

    def _take_change(self, before: SObject, after: SObject) -> None:
        after = msgspec.structs.replace(
            after,
            last_modified_date=self._author.now,
            last_modified_by_id=self._author.user_id,
            system_modstamp=self._author.now,
        )
        if after.id in self._new:
            self._new[after.id] = after
        else:
            first, _ = self._changed.get(after.id, (before, after))
            self._changed[after.id] = (first, after)

    async def flush(self) -> None:
        """Write what was collected, shard by shard in the order of their numbers, so that two of us cannot deadlock."""
        new, changed = self._new, self._changed
        self._new, self._changed = {}, {}
        shards = {record.shard for record in new.values()} | {after.shard for _, after in changed.values()}
        if len(shards) > MOST_SHARDS_APART:
            await write_across(self.session, new.values(), changed.values())
            return
        for shard in sorted(shards):
            await write(
                self.session,
                shard,
                [record for record in new.values() if record.shard == shard],
                [(before, after) for before, after in changed.values() if after.shard == shard],
            )

    @property
    def shard(self) -> int:
        """The shard this transaction stays on: a new one when it touched none yet."""
        if self._shard is None:
            key = self._call.request_key if self._call.repeatable else None
            self._shard = self._database.ids.new_bucket() if key is None else shard_of_key(key)
        return self._shard


def shard_of_key(key: str) -> int:
    """The shard of a request that touches no record: the same for the same key, so that its answer is found again."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]) % BUCKETS


async def find_shard(session: Session, record_id: Id) -> int:
    """Where a record is: payment records may have moved to their order's shard (decisions.md S4)."""
    shard = shard_of(record_id)
    if record_id[:3] in MOVABLE:
        moved = await session.fetchval(MOVED_TO, shard, record_id)
        if moved is not None:
            return int(moved)
    return shard


MOVABLE = frozenset(
    BY_NAME[name].about.key_prefix
    for name in (
        "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "Refund", "RefundLinePayment", "PaymentGatewayLog",
        "GatewayRequest",
    )
)  # fmt: skip
MOVED_TO = "SELECT to_shard FROM forwarding WHERE shard = $1 AND id = $2"


async def read(session: Session, loader: Loader[W], shard: int, root_id: Id) -> W:
    """The aggregate of `root_id`, without a lock. Raises NotFound."""
    text = await session.fetchval(loader.statement, shard, root_id)
    if text is None:
        raise NotFound(root_id)
    return loader.decode(text)


async def read_record(session: Session, object_: str, shard: int, record_id: Id) -> SObject:
    """One record, without a lock. Raises NotFound."""
    text = await session.fetchval(statements.read_record(object_), shard, record_id)
    if text is None:
        raise await missing(session, BY_NAME[object_].table, shard, record_id)
    return msgspec.json.decode(text, type=BY_NAME[object_].record)


async def missing(session: Session, table: str, shard: int, record_id: Id) -> NotFound:
    """The error for a record that is not there: it was deleted, or there never was one."""
    was_there = await session.fetchval(statements.was_there(table), shard, record_id)
    return Deleted(record_id) if was_there else NotFound(record_id)


Act = Callable[[Transaction], Awaitable[T]]


class Store:
    """The database with the one injected clock; shared by all requests of a process."""

    def __init__(self, database: Database, clock: Callable[[], dt.datetime]) -> None:
        self.database = database
        self.clock = clock
        self.committed: Callable[[], None] = lambda: None
        """Called after each commit that left work for the relay."""

    def now(self) -> dt.datetime:
        """The moment, to the millisecond: what is returned equals what is stored (decisions.md S13)."""
        moment = self.clock()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    async def preview(self, loader: Loader[W], root_id: Id) -> W:
        """The aggregate as it is now, read in a READ ONLY transaction. Raises NotFound."""
        async with (
            self.database.main.acquire() as session,
            session.transaction(isolation="repeatable_read", readonly=True),
        ):
            return await read(session, loader, await find_shard(session, root_id), root_id)

    async def submit(self, call: Call, act: Act[Any], answer: type[Any]) -> Any:
        """Run `act` in one transaction, at most once in effect; returns what it returned, decoded as `answer`."""
        place = _Place()
        for attempt in range(MOST_ATTEMPTS):
            try:
                return await self._attempt(call, act, answer, place)
            except Replayed as replayed:
                return msgspec.json.decode(replayed.answer, type=answer)
            except AGAIN:
                if attempt == MOST_ATTEMPTS - 1:
                    raise
                await asyncio.sleep(FIRST_PAUSE_SECONDS * 2**attempt * random.uniform(0.5, 1.5))  # noqa: S311 - spreads retries, guards nothing
        raise AssertionError("unreachable")

    async def _attempt(self, call: Call, act: Act[Any], answer: type[Any], place: _Place) -> Any:
        async with self.database.main.acquire() as session:
            if place.shard is not None and call.request_key is not None:
                saved = await session.fetchval(SAVED_ANSWER, place.shard, call.request_key)
                if saved is not None:
                    return msgspec.json.decode(saved, type=answer)
            async with session.transaction():
                author = Author(user_id=call.user_id, now=self.now())
                transaction = Transaction(session, self.database, author, call)
                if call.repeatable and call.request_key is not None:
                    await transaction.check_replay(shard_of_key(call.request_key))
                result = await act(transaction)
                await transaction.flush()
                if call.request_key is not None:
                    place.shard = transaction.shard
                    kept = msgspec.json.encode(result)
                    await session.execute(KEEP_ANSWER, place.shard, call.request_key, call.client_id, kept, author.now)
        if transaction.leaves_work:
            self.committed()
        return result


class _Place:
    """Where the last attempt kept its answer: that is where the next one looks."""

    shard: int | None = None


SAVED_ANSWER = "SELECT answer FROM request_key WHERE shard = $1 AND key = $2"
KEEP_ANSWER = "INSERT INTO request_key (shard, key, client_id, answer, created_date) VALUES ($1, $2, $3, $4, $5)"
