"""Records put into counters: texts arrive as they are; whoever begins counters neither waits in a circle nor loses."""

import asyncio
import datetime as dt
import random
from decimal import Decimal

import pytest

from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.store.inventory_records import put_records
from orderwright.store.transaction import Store

NOW = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
SOON_SECONDS = 5
UNBALANCED = """
SELECT stock_keeping_unit, place FROM inventory.stock s FULL JOIN (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger GROUP BY 1, 2, 3
) l USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
"""
ODD = ["a b", 'a"b', "a\\b", "a,b", "{a}", "NULL", "null", "'", "\x1f", "\n", "\t", "ü€😀", '\\"', '","', "$1", "%s"]


def counted(record_id: str, sku: str, on_hand: int) -> InventoryRecord:
    return InventoryRecord(id=record_id, location="A", stock_keeping_unit=sku, on_hand=Decimal(on_hand))


async def put(store: Store, *records: InventoryRecord) -> int:
    async with store.database.main.acquire() as session, session.transaction():
        return await put_records(session, records, NOW)


async def on_hand(store: Store) -> dict[str, int]:
    rows = await store.database.main.fetch("SELECT stock_keeping_unit, on_hand FROM inventory.stock")
    return {row[0]: int(row[1]) for row in rows}


async def test_texts_are_kept_as_they_are_also_beside_ones_that_are_left_out(store: Store):
    odd = [
        InventoryRecord(id=text, location=text, stock_keeping_unit=text, external_ref_id=text, exclusions=(text, *ODD))
        for text in ODD
    ]
    plain = InventoryRecord(id="1", location="A", stock_keeping_unit="z", on_hand=Decimal("1E+3"))
    assert await put(store, *odd, plain) == len(odd) + 1
    rows = await store.database.main.fetch(
        "SELECT place, stock_keeping_unit, external_ref_id, exclusions FROM inventory.stock"
    )
    kept = {row[1]: (row[0], row[2], row[3]) for row in rows}
    assert kept == {text: (text, text, [text, *ODD]) for text in ODD} | {"z": ("A", None, None)}
    ids = await store.database.main.fetch("SELECT action_request_id FROM inventory.ledger")
    assert {row[0] for row in ids} == {*ODD, "1"}
    assert (await on_hand(store))["z"] == 1000


@pytest.mark.parametrize("is_known", [False, True])
async def test_lists_are_whole_lists_and_what_is_left_out_stays(store: Store, *, is_known: bool):
    if is_known:
        await put(store, counted("0", "mug", 1))
    full = InventoryRecord(
        id="1", location="A", stock_keeping_unit="mug", on_hand=Decimal(2), safety_stock_count=Decimal("0.5"),
        futures=(Future(NOW, Decimal(3)),), effective_date=NOW, exclusions=("G",), external_ref_id="x",
    )  # fmt: skip
    await put(store, full)
    row = """
        SELECT on_hand, safety_stock_count, future_quantity, futures::text, effective_date, exclusions, external_ref_id
        FROM inventory.stock
    """
    expected = (
        2, Decimal("0.5"), 3, '[{"expectedDate":"2026-03-01T10:00:00.000Z","quantity":3}]', "2026-03-01T10:00:00.000Z",
        ["G"], "x",
    )  # fmt: skip
    assert tuple(await store.database.main.fetchrow(row) or ()) == expected
    await put(store, InventoryRecord(id="2", location="A", stock_keeping_unit="mug"))
    assert tuple(await store.database.main.fetchrow(row) or ()) == expected
    await put(store, InventoryRecord(id="3", location="A", stock_keeping_unit="mug", futures=(), exclusions=()))
    assert tuple(await store.database.main.fetchrow(row) or ())[2:6] == (0, None, "2026-03-01T10:00:00.000Z", None)


async def test_who_waits_for_a_counter_that_somebody_begins_holds_up_nobody_and_then_counts_too(store: Store):
    await put(store, counted("1", "known", 1))
    async with store.database.main.acquire() as session:
        beginning = session.transaction()
        await beginning.start()
        await put_records(session, [counted("2", "new", 5)], NOW)
        waiting = asyncio.create_task(put(store, *(counted(f"3{sku}", sku, 7) for sku in ("known", "new", "other"))))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        assert await asyncio.wait_for(put(store, counted("4", "known", 2)), SOON_SECONDS) == 1
        await beginning.commit()
    assert await waiting == 3
    assert await on_hand(store) == {"known": 7, "new": 7, "other": 7}
    moved = await store.database.main.fetch("SELECT action_request_id, on_hand FROM inventory.ledger ORDER BY 1")
    assert [tuple(row) for row in moved] == [("1", 1), ("2", 5), ("3known", 5), ("3new", 2), ("3other", 7), ("4", 1)]


async def test_many_at_once_of_new_and_known_ones_in_any_order_wait_in_no_circle_and_each_counts_once(store: Store):
    chance = random.Random(5)
    skus = [f"s{number:02}" for number in range(40)]
    asked: set[tuple[str, str]] = set()

    async def some(number: int) -> int:
        chosen = chance.sample(skus, 12)
        records = [counted(f"{number % 5}", sku, number) for sku in chosen]
        asked.update((f"{number % 5}", sku) for sku in chosen)
        return await put(store, *records)

    done = await asyncio.gather(*(some(number) for number in range(60)))
    assert sum(done) == len(asked)
    assert await store.database.main.fetch(UNBALANCED) == []
    assert await store.database.main.fetchval("SELECT count(*) FROM inventory.ledger") == len(asked)
