"""An order's transaction that needs stock: it says what it needs, is undone, and is run again once that is reserved.

    async def act(transaction, stock):
        whole = await transaction.lock(SUMMARY, order_summary_id)
        decision, made = decide_create_fulfillment_order(whole, ...)
        real = await transaction.save(await stock.settled(transaction, decision))

    await submit_with_stock(store, call, act, Output, reserves=True)

`Stock.settled` adds to a decision which of its lines hold what, and what the inventory owes them; it works for any
decision that makes, closes, cancels, shortens or moves fulfillment orders. Units that are not reserved yet are presumed
to be: so one run tells all that the transaction needs, and rules that refuse a request refuse it before anything is
reserved. At its end such a run is undone; nothing of it was written, and no lock of an order is held while units are
reserved. Then it is run with what came of that.

Refused, what was reserved is given back; committed, its duties are carried out at once. Whatever a crash leaves undone
lapses, or is done by a worker (store/fulfillment_inventory.py).
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import Refusal
from orderwright.decisions.fulfillment_stock import (
    SKUS_IN_ONE,
    Begun,
    Catalog,
    ReservedStock,
    ShippingLocation,
    beginning_to_hold,
    decide_stock,
    decide_stock_need,
    touched_orders,
)
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment_stock import FulfillmentReservation, InventoryDuty
from orderwright.objects.whole import Fulfillment
from orderwright.store.database import Session
from orderwright.store.fulfillment_inventory import Outcome, Wish, carry_out_duties, give_back_stock, reserve_stock
from orderwright.store.ids import shard_of
from orderwright.store.transaction import AGAIN, Call, Store, Transaction

MOST_ROUNDS = 50
"""How often a transaction is begun anew because it needs something else, besides once for each need that is refused:
what one cannot have another may, who then needs it. Twice is usual."""

T = TypeVar("T")
NOTHING = Fulfillment()

_log = logging.getLogger(__name__)


class Unreserved(Exception):
    """The transaction needs stock that is not reserved; `wishes` are all that it needs."""

    def __init__(self, wishes: Sequence[Wish]) -> None:
        super().__init__("stock has to be reserved first")
        self.wishes = tuple(wishes)


class Stock:
    """What one run of a transaction may count on, and what it used of it."""

    def __init__(self, reserved: Mapping[Wish, Outcome], *, reserves: bool) -> None:
        self.reserves = reserves
        """Whether fulfillment orders that begin to hold units reserve them; those that ever did always do."""
        self.used: list[Wish] = []
        self.owed: set[Id] = set()
        """The order summaries that the inventory owes something."""
        self.is_done = False
        """Whether what the transaction does was decided to its end."""
        self._reserved = reserved

    async def settled(self, transaction: Transaction, decision: Decision, held: Fulfillment = NOTHING) -> Decision:
        """`decision` with what its fulfillment orders hold of the inventory, and what that owes them.

        `held` is the fulfillment of the order before it. Raises the refusal of a need that cannot be met
        (InsufficientInventory, InvalidCrossReference for a location nobody published), and what `decide_stock_need` and
        `decide_stock` raise.
        """
        links = await _links(transaction, decision)
        catalog, wishes = await self._wished(transaction, decision, held, links)
        begun = [Begun(part=part, reserved=self._met(wish)) for part, wish in wishes]
        self.used += [wish for _, wish in wishes]
        settled = decide_stock(decision, links, begun, catalog)
        self.owed |= {duty.order_summary_id for duty in settled.new if isinstance(duty, InventoryDuty)}
        return settled

    async def refused(self, transaction: Transaction, decision: Decision) -> dict[Id, Refusal]:
        """Those new fulfillment orders of `decision`, by stand-in id, whose needs cannot be met, and why.

        For callers whose groups succeed or fail each alone: they leave those out and decide again.
        """
        found: dict[Id, Refusal] = {}
        wishes: list[tuple[Id, Wish]] = []
        parts = beginning_to_hold(decision, NOTHING) if self.reserves else ()
        catalog = await read_catalog(transaction.session, parts)
        for part in parts:
            try:
                wish = self._wish(part, catalog, [w for _, w in wishes])
            except Refusal as refusal:
                found[part.orders[0].id] = refusal
                continue
            if wish is not None:
                wishes.append((part.orders[0].id, wish))
        return found | {i: o for i, wish in wishes if isinstance(o := self._reserved.get(wish), Refusal)}

    @property
    def lacks(self) -> bool:
        """Whether something that was used is only presumed to be reserved."""
        return any(wish not in self._reserved for wish in self.used)

    async def _wished(
        self,
        transaction: Transaction,
        decision: Decision,
        held: Fulfillment,
        links: Sequence[FulfillmentReservation],
    ) -> tuple[Catalog, list[tuple[Fulfillment, Wish]]]:
        linked = {link.fulfillment_order_id for link in links}
        parts = [p for p in beginning_to_hold(decision, held) if self.reserves or p.orders[0].id in linked]
        catalog = await read_catalog(transaction.session, parts)
        wishes: list[tuple[Fulfillment, Wish]] = []
        for part in parts:
            wish = self._wish(part, catalog, [w for _, w in wishes])
            if wish is not None:
                wishes.append((part, wish))
        return catalog, wishes

    def _wish(self, part: Fulfillment, catalog: Catalog, earlier: Sequence[Wish]) -> Wish | None:
        need = decide_stock_need(part, catalog)
        if need is None:
            return None
        return Wish(need=need, number=sum(1 for wish in (*self.used, *earlier) if wish.need == need))

    def _met(self, wish: Wish) -> ReservedStock:
        outcome = self._reserved.get(wish) or _presumed(wish)
        if isinstance(outcome, Refusal):
            raise outcome
        return outcome


def _presumed(wish: Wish) -> ReservedStock:
    parts = -(-len(wish.need.units) // SKUS_IN_ONE)
    return ReservedStock(need=wish.need, reservation_ids=("",) * parts)


ActWithStock = Callable[[Transaction, Stock], Awaitable[T]]


async def submit_with_stock(
    store: Store, call: Call, act: ActWithStock[Any], answer: type[Any], *, reserves: bool
) -> Any:
    """What `Store.submit` returns of `act`, which may ask its `Stock` for units; see the top of this file.

    With `reserves`, fulfillment orders that begin to hold units reserve them; without, only what is reserved already
    is moved on. Raises what `act` and `Store.submit` raise; then what was reserved is given back, unless the order's
    transaction may have been committed: then it is kept, or lapses.
    """
    reserved: dict[Wish, Outcome] = {}
    rounds = 0
    while True:
        rounds += 1
        runs: list[Stock] = []
        try:
            result = await store.submit(call, _watched(act, reserved, runs, reserves=reserves), answer)
        except Unreserved as missing:
            refusals = [wish for wish, outcome in reserved.items() if isinstance(outcome, Refusal)]
            await _drop(store, call, reserved, (*missing.wishes, *refusals))
            if rounds > MOST_ROUNDS + len(refusals):
                await _drop(store, call, reserved, ())
                raise RuntimeError("the needs of a transaction do not come to an end") from missing
            reserved |= await reserve_stock(store, call, [w for w in missing.wishes if w not in reserved])
        except (*AGAIN, OSError):
            raise
        except Exception:
            await _drop(store, call, reserved, ())
            raise
        else:
            # An answer that was found instead of made used nothing that is known here, but may have: it lapses then.
            if runs and runs[-1].is_done:
                await _drop(store, call, reserved, runs[-1].used)
                await _carry_out(store, runs[-1].owed)
            return result


def _watched(
    act: ActWithStock[Any], reserved: Mapping[Wish, Outcome], runs: list[Stock], *, reserves: bool
) -> Callable[[Transaction], Awaitable[Any]]:
    async def run(transaction: Transaction) -> Any:
        stock = Stock(dict(reserved), reserves=reserves)
        runs.append(stock)
        result = await act(transaction, stock)
        if stock.lacks:
            raise Unreserved(stock.used)
        stock.is_done = True
        return result

    return run


async def _drop(store: Store, call: Call, reserved: dict[Wish, Outcome], wanted: Sequence[Wish]) -> None:
    """Give back what of `reserved` is not `wanted`, and forget it."""
    kept = frozenset(wanted)
    gone = {wish: reserved.pop(wish) for wish in list(reserved) if wish not in kept}
    await give_back_stock(store, call, gone.values())


async def _carry_out(store: Store, owed: set[Id]) -> None:
    for order_summary_id in sorted(owed):
        try:
            await carry_out_duties(store, order_summary_id)
        except Exception as error:  # noqa: BLE001  # the request is done; a worker does what is left
            _log.warning("what the inventory owes order %s is left to a worker: %s", order_summary_id, error)


# --- reading ----------------------------------------------------------------------------------------------------------

LINKS = """
SELECT coalesce(json_agg(t ORDER BY t.id), '[]') FROM fulfillment_reservation t
WHERE t.shard = $1 AND t.fulfillment_order_id = ANY($2::text[])
"""
DUTIES = """
SELECT coalesce(json_agg(t ORDER BY t.sequence, t.id), '[]') FROM inventory_duty t
WHERE t.shard = $1 AND t.fulfillment_order_id = $2
"""
LOCATIONS = """
SELECT coalesce(json_agg(json_build_object('id', t.id, 'external_reference', t.external_reference,
    'should_sync_with_oci', t.should_sync_with_oci)), '[]')
FROM unnest($1::smallint[], $2::text[]) v (shard, id) JOIN location t ON t.shard = v.shard AND t.id = v.id
"""
SKUS = """
SELECT t.id, t.stock_keeping_unit
FROM unnest($1::smallint[], $2::text[]) v (shard, id) JOIN product2 t ON t.shard = v.shard AND t.id = v.id
"""


async def _links(transaction: Transaction, decision: Decision) -> list[FulfillmentReservation]:
    touched = sorted(touched_orders(decision))
    if not touched:
        return []
    await transaction.flush()
    return await read_links(transaction.session, shard_of(touched[0]), touched)


async def read_links(session: Session, shard: int, order_ids: Sequence[Id]) -> list[FulfillmentReservation]:
    """What fulfillment orders of one shard hold, and held, of the inventory."""
    found = await session.fetchval(LINKS, shard, order_ids)
    return msgspec.json.decode(found, type=list[FulfillmentReservation])


async def read_duties(session: Session, shard: int, fulfillment_order_id: Id) -> list[InventoryDuty]:
    """What the inventory owed a fulfillment order, and what became of it, in order."""
    return msgspec.json.decode(await session.fetchval(DUTIES, shard, fulfillment_order_id), type=list[InventoryDuty])


async def read_catalog(session: Session, parts: Sequence[Fulfillment]) -> Catalog:
    """The locations and products that these fulfillment orders name."""
    if not parts:
        return Catalog()
    locations = sorted({i for part in parts if (i := part.orders[0].fulfilled_from_location_id) is not None})
    products = sorted({line.product2_id for part in parts for line in part.lines if line.product2_id is not None})
    found = await session.fetchval(LOCATIONS, [shard_of(i) for i in locations], locations)
    skus = await session.fetch(SKUS, [shard_of(i) for i in products], products)
    return Catalog(
        locations={one.id: one for one in msgspec.json.decode(found, type=list[ShippingLocation])},
        skus={row["id"]: row["stock_keeping_unit"] for row in skus},
    )
