"""The inventory's tables and statements on a real PostgreSQL: shards, locks, expiry, and who comes first."""

import asyncio
import datetime as dt
import random
from decimal import Decimal

import asyncpg
import pytest

from orderwright.decisions.errors import DuplicateValue
from orderwright.decisions.inventory import InsufficientInventory, Place
from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.decisions.reserve_inventory import ReserveLine, ReserveRequest
from orderwright.decisions.use_reservation import UseLine, decide_fulfill_inventory
from orderwright.jobs.inventory import carry_out_piece, give_back_lapsed
from orderwright.store.inventory_records import put_records
from orderwright.store.inventory_reservations import reserve, use
from orderwright.store.inventory_uploads import add_piece, begin_upload, end_receiving, read_upload
from orderwright.store.transaction import Call, Store

NOW = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)
CALL = Call(user_id="005000000000001")
BY_SKU = {"sku", "stock", "hold", "ledger"}
UNBALANCED = """
SELECT stock_keeping_unit, is_group, place FROM inventory.stock s FULL JOIN (
    SELECT stock_keeping_unit, is_group, place, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM inventory.ledger GROUP BY 1, 2, 3
) l USING (stock_keeping_unit, is_group, place)
WHERE s.on_hand IS DISTINCT FROM coalesce(l.on_hand, 0) OR s.reserved IS DISTINCT FROM coalesce(l.reserved, 0)
"""


async def published(store: Store) -> None:
    """A and B in group G."""
    main = store.database.main
    await main.execute("INSERT INTO inventory.location VALUES ('A'), ('B')")
    await main.execute("INSERT INTO inventory.location_group VALUES ('G')")
    await main.execute("INSERT INTO inventory.member VALUES ('G', 'A'), ('G', 'B')")


def counted(record_id: str, location: str, sku: str, on_hand: object, **more: object) -> InventoryRecord:
    return InventoryRecord(
        id=record_id, location=location, stock_keeping_unit=sku, on_hand=Decimal(str(on_hand)), **more  # type: ignore[arg-type]
    )  # fmt: skip


async def put(store: Store, *records: InventoryRecord) -> int:
    async with store.database.main.acquire() as session, session.transaction():
        return await put_records(session, records, NOW)


def request(action: str, *lines: tuple[str, str, int], seconds: int | None = None) -> ReserveRequest:
    """Lines as (place, SKU, quantity); G is the group."""
    return ReserveRequest(
        action_request_id=action,
        digest=repr(lines).encode(),
        lines=tuple(
            ReserveLine(place=Place(place == "G", place), stock_keeping_unit=sku, quantity=Decimal(quantity))
            for place, sku, quantity in lines
        ),
        expiration_seconds=seconds,
    )


async def test_the_sku_comes_first_in_every_key_of_what_is_kept_by_sku(database_url: str):
    connection = await asyncpg.connect(database_url)
    rows = await connection.fetch("""
        SELECT c.relname AS table, a.attname AS first FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = x.indkey[0]
        WHERE c.relnamespace = 'inventory'::regnamespace
          -- What finds old rows (a part of them) is looked at by each shard for itself.
          AND (x.indisunique OR (c.relname = 'ledger' AND x.indpred IS NULL))
    """)
    foreign = await connection.fetch("""
        SELECT conrelid::regclass FROM pg_constraint WHERE contype = 'f'
        AND 'inventory'::regnamespace IN (SELECT relnamespace FROM pg_class WHERE oid IN (conrelid, confrelid))
    """)
    await connection.close()
    assert {row["table"] for row in rows} >= BY_SKU
    assert {row["first"] for row in rows if row["table"] in BY_SKU} == {"stock_keeping_unit"}
    assert foreign == []


async def test_quantities_are_exact_numbers(database_url: str):
    connection = await asyncpg.connect(database_url)
    types = await connection.fetch("""
        SELECT DISTINCT data_type FROM information_schema.columns
        WHERE table_schema = 'inventory' AND column_name IN ('on_hand', 'reserved', 'quantity', 'safety_stock_count',
                                                             'future_quantity')
    """)
    await connection.close()
    assert [row[0] for row in types] == ["numeric"]


async def test_the_sum_of_restocks_is_kept_beside_them(store: Store):
    futures = (Future(NOW, Decimal("2.5")), Future(NOW, Decimal(3)))
    for record_id, given in (("1", futures), ("2", futures[:1]), ("3", None), ("4", ())):
        await put(store, counted(record_id, "A", "mug", 1, futures=given))
        row = await store.database.main.fetchrow("""
            SELECT future_quantity,
                   (SELECT coalesce(sum((f->>'quantity')::numeric), 0) FROM json_array_elements(futures) f)
            FROM inventory.stock
        """)
        assert row is not None
        assert row[0] == row[1]


async def test_of_new_and_known_records_in_one_call_each_counts_once(store: Store):
    assert await put(store, counted("1", "A", "mug", 5), counted("2", "B", "mug", 1)) == 2
    assert await put(store, counted("1", "A", "mug", 5), counted("3", "B", "mug", 4), counted("4", "B", "cup", 2)) == 2
    rows = await store.database.main.fetch(
        "SELECT place, stock_keeping_unit, on_hand FROM inventory.stock ORDER BY 1, 2"
    )
    assert [tuple(row) for row in rows] == [("A", "mug", 5), ("B", "cup", 2), ("B", "mug", 4)]
    moved = await store.database.main.fetch("SELECT action_request_id, on_hand FROM inventory.ledger ORDER BY 1")
    assert [tuple(row) for row in moved] == [("1", 5), ("2", 1), ("3", 3), ("4", 2)]


async def test_the_same_records_put_by_many_at_once_count_once(store: Store):
    records = [counted(f"{sku}{place}", place, sku, 7) for sku in "abcdef" for place in "AB"]

    async def shuffled(number: int) -> int:
        return await put(store, *random.Random(number).sample(records, len(records)))

    done = await asyncio.gather(*(shuffled(number) for number in range(8)))
    assert sum(done) == len(records)
    assert await store.database.main.fetch(UNBALANCED) == []


async def test_counts_and_actions_on_the_same_places_wait_for_each_other_and_lose_nothing(store: Store):
    await published(store)
    await put(store, *(counted(f"0{sku}{place}", place, sku, 1000) for sku in "abc" for place in "AB"))
    chance = random.Random(0)
    shipped = 0

    async def ship(number: int) -> None:
        nonlocal shipped
        skus = chance.sample("abc", 2)
        await reserve(store, CALL, request(f"r{number}", *(("A", sku, 1) for sku in skus)))
        lines = [
            UseLine(action_request_id=f"f{number}{sku}", digest=b"", place=Place(False, "A"), stock_keeping_unit=sku,
                    quantity=Decimal(1), reservation_id=f"r{number}")
            for sku in skus
        ]  # fmt: skip
        assert await use(store, CALL, lines, decide_fulfill_inventory) == ()
        shipped += 2

    async def count(number: int) -> None:
        records = [counted(f"c{number}{sku}{place}", place, sku, 1000) for sku in "cba" for place in "BA"]
        await put(store, *records)

    await asyncio.gather(*(ship(number) for number in range(30)), *(count(number) for number in range(30)))
    assert shipped == 60
    assert await store.database.main.fetch(UNBALANCED) == []
    fulfilled = await store.database.main.fetchval(
        "SELECT -sum(on_hand) FROM inventory.ledger WHERE kind = 'Fulfilled'"
    )
    assert fulfilled == 60


async def test_a_reservation_sees_the_count_that_was_committed_while_it_waited(store: Store):
    await published(store)
    await put(store, counted("1", "A", "mug", 5))
    async with store.database.main.acquire() as session:
        counting = session.transaction()
        await counting.start()
        await put_records(session, [counted("2", "A", "mug", 1)], NOW)
        waiting = asyncio.create_task(reserve(store, CALL, request("r", ("A", "mug", 5))))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await counting.commit()
    with pytest.raises(InsufficientInventory, match="1 are"):
        await waiting


async def test_one_id_for_two_requests_at_once_is_refused_to_one(store: Store):
    await published(store)
    await put(store, counted("1", "A", "mug", 5), counted("2", "A", "cup", 5))
    done = await asyncio.gather(
        reserve(store, CALL, request("r", ("A", "mug", 1))), reserve(store, CALL, request("r", ("A", "cup", 1))),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(one) for one in done if isinstance(one, Exception)] == [DuplicateValue]
    assert await store.database.main.fetchval("SELECT sum(reserved) FROM inventory.stock") == 1


class Hands:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> dt.datetime:
        return self.now


async def test_a_worker_gives_back_what_lapsed_and_nothing_else(store: Store):
    clock = Hands()
    store = Store(store.database, clock)
    await published(store)
    await put(store, counted("1", "A", "mug", 9), counted("2", "A", "cup", 9))
    await reserve(store, CALL, request("short", ("A", "mug", 2), ("G", "mug", 1), ("A", "cup", 1), seconds=60))
    await reserve(store, CALL, request("long", ("A", "mug", 3), seconds=61))
    await reserve(store, CALL, request("lasting", ("A", "mug", 1)))
    clock.now += dt.timedelta(seconds=59)
    assert await give_back_lapsed(store) == 0
    clock.now += dt.timedelta(seconds=1)
    assert sorted(await asyncio.gather(give_back_lapsed(store), give_back_lapsed(store))) == [0, 3]
    holds = await store.database.main.fetch("SELECT reservation_id, quantity FROM inventory.hold ORDER BY 1")
    assert [tuple(row) for row in holds] == [("lasting", 1), ("long", 3)]
    assert await store.database.main.fetch(UNBALANCED) == []
    assert await store.database.main.fetchval("SELECT sum(reserved) FROM inventory.stock") == 4


async def test_several_workers_carry_out_each_piece_once_and_in_order(store: Store):
    await published(store)
    main = store.database.main
    for number in range(3):
        upload = f"u{number}"
        await begin_upload(main, upload, "", NOW)
        for piece in range(10):
            head = b'{"location": "A"}\n' if piece == 0 else b""
            record = (
                f'{{"recordId": "{number}-{piece}", "sku": "mug", "onHand": {10 * number + piece}, '
                '"effectiveDate": "2026-01-01T00:00:00Z"}\n'
            )
            await add_piece(main, upload, piece, head + record.encode())
        await end_receiving(main, upload, 10)

    async def work() -> int:
        done = 0
        while await main.fetchval("SELECT EXISTS (SELECT FROM inventory.piece)"):
            done += await carry_out_piece(store)
        return done

    assert sum(await asyncio.gather(*(work() for _ in range(4)))) == 30
    assert await main.fetchval("SELECT on_hand FROM inventory.stock") == 29
    order = await main.fetch("SELECT action_request_id FROM inventory.ledger ORDER BY ctid")
    assert [row[0] for row in order] == [f"{number}-{piece}" for number in range(3) for piece in range(10)]
    for number in range(3):
        found = await read_upload(main, f"u{number}", "Availability")
        assert found is not None
        assert [found.status, found.read_count, found.processed_count] == ["COMPLETED", 10, 10]
