"""A submit acts exactly once, whatever fails at whatever statement (decisions.md S8; stack.md §5, testing rule d)."""

import contextlib
import datetime as dt
from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec
import pytest

from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeItem
from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.decision import Decision
from orderwright.objects.whole import WholeSummary
from orderwright.store.ids import shard_of
from orderwright.store.load import ORDER, SUMMARY
from orderwright.store.transaction import MOST_ATTEMPTS, Call, NotFound, Store, Transaction, read
from tests.builders import Line, placed_order


def conflict() -> Exception:
    return asyncpg.SerializationError("could not serialize access")


def deadlock() -> Exception:
    return asyncpg.DeadlockDetectedError("deadlock detected")


def lost() -> Exception:
    return asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")


class Faulty:
    """Stands in for the pool: the `at`-th statement fails, or the commit, before or after it took effect."""

    def __init__(self, pool: asyncpg.Pool, fault: Callable[[], Exception], at: int | str) -> None:
        self.pool, self.fault, self.at = pool, fault, at
        self.statements = 0
        self.failed = False

    @contextlib.asynccontextmanager
    async def acquire(self) -> AsyncIterator[Any]:
        async with self.pool.acquire() as connection:
            yield FaultySession(connection, self)

    async def fail_at(self, place: int | str) -> None:
        if place == self.at and not self.failed:
            self.failed = True
            raise self.fault()


class FaultySession:
    def __init__(self, connection: Any, faulty: Faulty) -> None:
        self.connection, self.faulty = connection, faulty

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.connection, name)
        if name not in {"fetch", "fetchrow", "fetchval", "execute"}:
            return method

        async def counted(*args: object) -> Any:
            self.faulty.statements += 1
            await self.faulty.fail_at(self.faulty.statements)
            return await method(*args)

        return counted

    @contextlib.asynccontextmanager
    async def transaction(self, **how: Any) -> AsyncIterator[None]:
        async with self.connection.transaction(**how):
            yield
            await self.faulty.fail_at("before commit")
        await self.faulty.fail_at("after commit")


class Done(msgspec.Struct):
    canceled: Decimal


def cancel_one(summary_id: str) -> Callable[[Transaction], Any]:
    async def act(transaction: Transaction) -> Done:
        whole = await transaction.lock(SUMMARY, summary_id)
        (item,) = whole.items
        asked = ChangeItem(
            order_item_summary_id=item.id, quantity=Decimal(1), reason="Unknown", shipping_reduction_flag=False
        )
        change = decide_cancel(whole, [asked], transaction.now)
        await transaction.save(change.decision)
        return Done(item.quantity_canceled + 1)

    return act


async def loaded(store: Store, summary_id: str) -> WholeSummary:
    async with store.database.main.acquire() as session:
        return await read(session, SUMMARY, shard_of(summary_id), summary_id)


@pytest.fixture
async def order(store: Store) -> str:
    """The summary of an order of fifty units, none of them allocated."""
    ids = store.database.ids
    whole = placed_order(
        [Line("mug", 50, "100.00", ("10.00",))], new_id=lambda record: ids.new_id(record.ABOUT.key_prefix, SHARD)
    )

    async def place(transaction: Transaction) -> bool:
        records = (whole.order, *whole.delivery_groups, *whole.items, *whole.taxes)
        await transaction.save(Decision(new=records), SHARD)
        return True

    async def summarise(transaction: Transaction) -> str:
        stored = await transaction.lock(ORDER, whole.order.id)
        decision, summary = decide_create_order_summary(stored, {}, Wishes())
        return (await transaction.save(decision))[summary.id]

    await store.submit(msgspec.structs.replace(CALL, request_key="place"), place, bool)
    summary_id: str = await store.submit(msgspec.structs.replace(CALL, request_key="summarise"), summarise, str)
    return summary_id


SHARD = 7
CALL = Call(user_id="005000000000001", request_key="the one request")
LARGEST_STATEMENT_COUNT = 20


@pytest.mark.parametrize("fault", [conflict, deadlock, lost])
async def test_a_fault_at_any_statement_changes_nothing_about_the_effect(store: Store, order: str, fault):
    """One cancel, with a fault at its first, second … statement, and at both sides of its commit: always one cancel."""
    before = await loaded(store, order)
    pool = store.database.main
    canceled = sum(i.quantity_canceled for i in before.items)
    places: list[int | str] = ["after commit", "before commit", *range(1, LARGEST_STATEMENT_COUNT)]
    for done, place in enumerate(places, start=1):
        faulty = Faulty(pool, fault, place)
        store.database.main = faulty  # type: ignore[assignment]  # what submit uses of a pool
        try:
            call = msgspec.structs.replace(CALL, request_key=f"request {place}")
            answer = await store.submit(call, cancel_one(order), Done)
        finally:
            store.database.main = pool
        after = await loaded(store, order)
        assert isinstance(answer, Done)
        assert sum(i.quantity_canceled for i in after.items) == canceled + done
        assert len(after.change_orders) == len(before.change_orders) + done
        assert after.summary.version == before.summary.version + done


async def test_a_conflict_that_never_ends_is_given_up_and_writes_nothing(store: Store, order: str):
    before = await loaded(store, order)
    attempts = 0

    async def act(transaction: Transaction) -> Done:
        nonlocal attempts
        attempts += 1
        await cancel_one(order)(transaction)
        raise conflict()

    with pytest.raises(asyncpg.SerializationError):
        await store.submit(CALL, act, Done)
    assert attempts == MOST_ATTEMPTS
    assert await loaded(store, order) == before


async def test_a_repeatable_request_acts_once_however_often_it_is_sent(store: Store, order: str):
    before = await loaded(store, order)
    call = msgspec.structs.replace(CALL, request_key="client:key#", repeatable=True)
    answers = [await store.submit(call, cancel_one(order), Done) for _ in range(3)]
    after = await loaded(store, order)
    assert answers[0] == answers[1] == answers[2]
    assert after.summary.version == before.summary.version + 1


async def test_a_preview_cannot_write(store: Store, order: str):
    await store.preview(SUMMARY, order)
    async with (
        store.database.main.acquire() as session,
        session.transaction(isolation="repeatable_read", readonly=True),
    ):
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await session.execute("UPDATE order_summary SET version = version + 1")


async def test_an_unknown_id_is_not_found_and_leaves_no_trace(store: Store):
    with pytest.raises(NotFound):
        await store.submit(CALL, cancel_one("1Os000000000001"), Done)
    async with store.database.main.acquire() as session:
        assert await session.fetchval("SELECT count(*) FROM request_key") == 0


async def test_what_is_returned_is_what_is_stored_to_the_millisecond(store: Store, order: str):
    store.clock = lambda: dt.datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)
    await store.submit(CALL, cancel_one(order), Done)
    after = await loaded(store, order)
    assert after.change_orders[-1].created_date == dt.datetime(2026, 3, 1, 10, 0, 0, 123000, tzinfo=dt.UTC)
