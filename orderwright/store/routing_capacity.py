"""The capacity of routed orders: held before the fulfillment orders are made, assigned after that, or given back.

What is to be assigned stands in the routing decision, which is written with the fulfillment orders: whoever comes first
does it, the request or a worker's round, once.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from typing import Any

import msgspec

from orderwright.decisions.capacity import Batch, CapacityExceeded, CapacityRequest
from orderwright.decisions.capacity_batches import Outcome
from orderwright.decisions.decision import Change, Decision
from orderwright.decisions.routing_plan import RoutingPlan
from orderwright.objects.definition import Id
from orderwright.objects.routing_decision import CapacityHold, RoutingDecision
from orderwright.store import capacity
from orderwright.store.routing_decisions import made_of, read_decision
from orderwright.store.transaction import Call, Store, Transaction

HOLD_SECONDS = 900
"""How long capacity is held for a request that was not heard of again."""
MOST_SETTLED = 100

_log = logging.getLogger(__name__)


async def hold_capacity(store: Store, call: Call, plan: RoutingPlan, key: str) -> tuple[CapacityHold, ...]:
    """Hold one place for each fulfillment order of `plan` whose location counts them. Raises CapacityExceeded when one
    of them cannot be held; then none is. Under the same `key` the same places are held once.
    """
    holds = tuple(
        CapacityHold(hold=_hold_name(key, number), location_id=shipment.location_id)
        for number, (_, shipment) in enumerate(plan.shipments)
        if shipment.takes_capacity
    )
    outcomes = await _on_capacity(store, call, capacity.hold, holds) if holds else ()
    why = next((one.message for one in outcomes if one.error_code == CapacityExceeded.code), None)
    why = why or next((one.message for one in outcomes if one.error_code is not None), None)
    if why is not None:
        raise CapacityExceeded(why, "locationId")
    return holds


def _hold_name(key: str, number: int) -> str:
    return "routing " + hashlib.sha256(f"{key}\n{number}".encode()).hexdigest()


async def release_capacity(store: Store, call: Call, holds: Sequence[CapacityHold]) -> None:
    """Give back what was held for nothing. What cannot be given back now will lapse."""
    try:
        if holds:
            await _on_capacity(store, call, capacity.release, holds)
    except Exception as error:  # noqa: BLE001  # it lapses by itself, and the caller has an answer to give
        _log.warning("held capacity could not be given back and will lapse: %s", error)


async def _on_capacity(
    store: Store, call: Call, act: Any, holds: Sequence[CapacityHold], *, together: bool = True
) -> tuple[Outcome, ...]:
    batch = Batch(
        requests=tuple(CapacityRequest(action_request_id=one.hold, location=one.location_id) for one in holds),
        all_or_nothing=together,
        expiration_seconds=HOLD_SECONDS,
    )
    # Without a request key: each request has an id of its own, under which it is known again.
    nobodys = Call(user_id=call.user_id)
    (outcomes,) = await store.submit(
        nobodys, lambda transaction: act(transaction, nobodys, [batch]), tuple[tuple[Outcome, ...], ...]
    )
    found: tuple[Outcome, ...] = outcomes
    return found


LEFT = """
SELECT id FROM routing_decision WHERE capacity_state = 'Held' ORDER BY created_date LIMIT $1
"""


async def settle_capacity(store: Store, decision_id: Id) -> int:
    """Make assigned what is held for the fulfillment orders of a decision; returns whether there was something."""
    async with store.database.main.acquire() as session:
        decision = await read_decision(session, decision_id)
    if decision.capacity_state != "Held":
        return 0
    missed = await _confirm(store, made_of(decision).capacity_holds, decision.created_by_id or "")

    async def act(transaction: Transaction) -> int:
        before = await transaction.lock_record(decision_id)
        if isinstance(before, RoutingDecision) and before.capacity_state == "Held":
            after = msgspec.structs.replace(
                before, capacity_state="Missed" if missed else "Confirmed", capacity_message=missed or None
            )
            await transaction.save(Decision(changed=(Change(before, after),)))
        return 1

    return int(await store.submit(Call(user_id=decision.created_by_id or ""), act, int))


async def _confirm(store: Store, holds: Sequence[CapacityHold], user_id: Id) -> str:
    """Confirm `holds`; what lapsed is held anew first. Returns why that could not be, nothing when it could."""
    call = Call(user_id=user_id)
    outcomes = await _on_capacity(store, call, capacity.confirm, holds, together=False)
    lapsed = [
        CapacityHold(hold=f"{one.hold} again", location_id=one.location_id)
        for one, outcome in zip(holds, outcomes, strict=True)
        if outcome.error_code is not None
    ]
    if not lapsed:
        return ""
    held = await _on_capacity(store, call, capacity.hold, lapsed, together=False)
    there = [one for one, outcome in zip(lapsed, held, strict=True) if outcome.error_code is None]
    if there:
        await _on_capacity(store, call, capacity.confirm, there, together=False)
    return "; ".join(f"{one.message}" for one in held if one.error_code is not None)


async def settle_left_capacity(store: Store) -> int:
    """Settle what requests left that ended before they could; returns how many decisions that were."""
    async with store.database.main.acquire() as session:
        left = [row["id"] for row in await session.fetch(LEFT, MOST_SETTLED)]
    count = 0
    for decision_id in left:
        try:
            count += await settle_capacity(store, decision_id)
        except Exception as error:  # noqa: BLE001  # one decision must not hold up the others
            _log.warning("the capacity of routing decision %s stays held for now: %s", decision_id, error)
    return count
