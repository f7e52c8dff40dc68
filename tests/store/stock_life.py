"""Inventory and capacity that have been through everything, written by the decisions: what `verify` has to find clean.

Mugs and cups are counted at A and B, which are group G. Of reservations, `kept` holds mugs at A, at B and at the group,
`shipped` was fulfilled, `moved` was transferred from A to B and partly released, `lapsed` lapsed and was given back. Of
capacity holds, `held` is held, the others were confirmed, released or lapsed; none has been forgotten.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.capacity import Batch, CapacityRequest
from orderwright.decisions.capacity_batches import Outcomes
from orderwright.decisions.inventory import Place
from orderwright.decisions.inventory_record import Future, InventoryRecord
from orderwright.decisions.reserve_inventory import ReserveLine, ReserveRequest
from orderwright.decisions.use_reservation import (
    UseLine,
    decide_fulfill_inventory,
    decide_release_inventory,
    decide_transfer_inventory,
)
from orderwright.jobs.inventory import give_back_lapsed
from orderwright.store.capacity import confirm, hold, release
from orderwright.store.inventory_records import put_records
from orderwright.store.inventory_reservations import UseLines, reserve, use
from orderwright.store.transaction import Call, Store

CALL = Call(user_id="005000000000001")
A, B, G = Place(False, "A"), Place(False, "B"), Place(True, "G")


async def stock(store: Store) -> None:
    """Write the inventory of this file's first lines."""
    await publish(store)
    now = store.now()
    later = (Future(now + dt.timedelta(days=3), Decimal(4)), Future(now + dt.timedelta(days=9), Decimal("0.5")))
    await count(
        store, record("1", "A", "mug", 9, futures=later), record("2", "B", "mug", 5), record("3", "A", "cup", 2)
    )
    # Units that are expected to leave.
    await count(store, record("3b", "B", "cup", 0, futures=(Future(now + dt.timedelta(days=1), Decimal(-3)),)))
    await count(store, record("4", "A", "mug", 8, safety_stock_count=Decimal(1)))
    await reserved(store, "kept", (A, "mug", 2), (B, "mug", 1), (G, "mug", 1))
    await reserved(store, "shipped", (A, "cup", 2))
    await reserved(store, "moved", (A, "mug", 2))
    await used(store, decide_fulfill_inventory, line("s", "shipped", A, "cup", 2))
    await used(store, moving, line("t", "moved", A, "mug", 2, to=B))
    await used(store, decide_release_inventory, line("r", "moved", B, "mug", 1))
    earlier = Store(store.database, lambda: now - dt.timedelta(minutes=2))
    await reserved(earlier, "lapsed", (B, "mug", 1), seconds=60)
    assert await give_back_lapsed(store) == 1


async def publish(store: Store) -> None:
    """A and B in group G."""
    main = store.database.main
    await main.execute("INSERT INTO inventory.location VALUES ('A'), ('B')")
    await main.execute("INSERT INTO inventory.location_group VALUES ('G')")
    await main.execute("INSERT INTO inventory.member VALUES ('G', 'A'), ('G', 'B')")


def record(record_id: str, location: str, sku: str, on_hand: int, **more: object) -> InventoryRecord:
    given = InventoryRecord(id=record_id, location=location, stock_keeping_unit=sku, on_hand=Decimal(on_hand))
    return msgspec.structs.replace(given, **more)


async def count(store: Store, *records: InventoryRecord) -> int:
    """How many of `records` had not been put before."""
    async with store.database.main.acquire() as session, session.transaction():
        return await put_records(session, records, store.now())


async def reserved(store: Store, action: str, *lines: tuple[Place, str, int], seconds: int | None = None) -> None:
    request = ReserveRequest(
        action_request_id=action,
        digest=repr(lines).encode(),
        lines=tuple(ReserveLine(place=p, stock_keeping_unit=s, quantity=Decimal(q)) for p, s, q in lines),
        expiration_seconds=seconds,
    )
    await reserve(store, CALL, request)


def line(action: str, reservation: str, place: Place, sku: str, quantity: int, to: Place | None = None) -> UseLine:
    return UseLine(
        action_request_id=action, digest=b"", place=place, to=to, stock_keeping_unit=sku, quantity=Decimal(quantity),
        reservation_id=reservation,
    )  # fmt: skip


def moving(inventory, lines):
    return decide_transfer_inventory(inventory, lines, all_or_nothing=True)


async def used(store: Store, decide: UseLines, *lines: UseLine) -> None:
    assert await use(store, CALL, lines, decide) == ()


async def hold_capacity(store: Store, location_id: str, call: Call = CALL) -> None:
    """Write the capacity holds of this file's first lines, at an existing Location."""
    await asked(store, call, hold, location_id, "held", "confirmed", "released")
    await asked(store, call, hold, location_id, "lapsed", expiration_seconds=1)
    await asked(store, call, confirm, location_id, "confirmed")
    await asked(store, call, release, location_id, "released")
    # Whoever asks for the location later ends what lapsed there.
    ahead = Store(store.database, lambda: store.now() + dt.timedelta(minutes=1))
    await asked(ahead, call, hold, location_id, "late")


async def asked(store: Store, call: Call, act: Any, location_id: str, *actions: str, **batch: Any) -> None:
    requests = tuple(CapacityRequest(action_request_id=action, location=location_id) for action in actions)
    outcomes = await store.submit(
        call, lambda transaction: act(transaction, call, [Batch(requests=requests, **batch)]), Outcomes
    )
    assert [outcome.error_code for outcome in outcomes[0]] == [None] * len(actions)
