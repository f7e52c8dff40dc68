"""Routing and allocating in one step: the transaction that makes the fulfillment orders of a plan.

It is the middle of a saga (decisions.md S5). Before it, capacity is held (routing_capacity.py) and units are reserved
(fulfillment_stock.py), both with an expiry: they lapse when nobody gives them back. With it is written what is owed
after it: reservations to be kept, held places to be assigned. Whoever comes first does that, once.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from orderwright.decisions.create_fulfillment_order import decide_create_multiple
from orderwright.decisions.decision import Decision
from orderwright.decisions.errors import InvalidCrossReference
from orderwright.decisions.route_and_allocate import fulfillment_groups
from orderwright.decisions.routing_plan import RoutingPlan
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment_stock import FulfillmentReservation
from orderwright.objects.picklists import Picklists
from orderwright.objects.routing_decision import CapacityHold, Made
from orderwright.store.database import Session
from orderwright.store.existing import find_existing
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.load import SUMMARY
from orderwright.store.routing_decisions import Asked, save_decision
from orderwright.store.transaction import Call, Replayed, Store, Transaction


async def allocate(
    store: Store,
    call: Call,
    plan: RoutingPlan,
    asked: Asked,
    holds: tuple[CapacityHold, ...],
    picklists: Picklists,
) -> Id:
    """The id of the routing decision that made the fulfillment orders of `plan`, or did so before.

    Raises NotFound, and the refusal of what cannot be allocated or reserved (any more); then nothing was written, and
    what was reserved is given back.
    """

    async def act(transaction: Transaction, stock: Stock) -> Id:
        whole = await transaction.lock(SUMMARY, plan.order_summary_id)
        before = await find_answer(transaction.session, whole.summary.shard, asked.keys)
        if before is not None:
            raise Replayed(before)
        await _check_locations(transaction, plan)
        groups = fulfillment_groups(plan, picklists.default_activation_status)
        decision, outcomes = decide_create_multiple(whole, groups, transaction.now, picklists)
        for outcome in outcomes:
            if outcome.refusal is not None:
                raise outcome.refusal
        settled = await stock.settled(transaction, decision)
        real = await transaction.save(settled)
        made = Made(
            fulfillment_order_ids=tuple(real[one.fulfillment_order_id or ""] for one in outcomes),
            reservation_ids=_reservations(settled),
            capacity_holds=holds,
        )
        return await save_decision(transaction, plan, asked, made)

    keyed = msgspec.structs.replace(call, request_key=asked.key)
    found: Id = await submit_with_stock(store, keyed, act, str, reserves=True)
    return found


async def _check_locations(transaction: Transaction, plan: RoutingPlan) -> None:
    asked = {shipment.location_id for _, shipment in plan.shipments}
    gone = asked - (await find_existing(transaction.session, asked)).keys()
    if gone:
        raise InvalidCrossReference(f"location {min(gone)} was deleted meanwhile; route again", "locationId")


def _reservations(decision: Decision) -> tuple[str, ...]:
    held = (record for record in decision.new if isinstance(record, FulfillmentReservation))
    return tuple(dict.fromkeys(record.reservation_id for record in held))


async def keep_plan(store: Store, call: Call, plan: RoutingPlan, key: str) -> None:
    """Keep what a request that may be sent again is about to carry out under `key`; nothing is done twice then.

    Sent again after a crash it has to do the same, for what it reserved and held by then is missing to any other plan.
    """

    async def act(transaction: Transaction) -> RoutingPlan:
        await transaction.find_shard(plan.order_summary_id)
        return plan

    await store.submit(msgspec.structs.replace(call, request_key=kept_under(key)), act, RoutingPlan)


def kept_under(key: str) -> str:
    """The key of the plan that is carried out under `key`."""
    return f"{key}:plan"


FIND_ANSWER = "SELECT answer FROM request_key WHERE shard = $1 AND key = ANY($2::text[]) AND answer IS NOT NULL"


async def find_answer(session: Session, shard: int, keys: Sequence[str]) -> bytes | None:
    """What an earlier run of the request left in `shard` under one of `keys`."""
    found: bytes | None = await session.fetchval(FIND_ANSWER, shard, keys)
    return found
