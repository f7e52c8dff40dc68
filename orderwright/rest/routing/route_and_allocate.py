"""POST …/routing/actions/route-and-allocate and preview-route-and-allocate: extensions of ours.

A submit plans, holds capacity, reserves units and makes the fulfillment orders (store/routing.py). What others took in
between is planned anew, so that nobody is refused while there is another route.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import msgspec

from orderwright.decisions.capacity import CapacityExceeded
from orderwright.decisions.errors import InvalidCrossReference, QuantityUnavailable, Refusal
from orderwright.decisions.find_routes import MOST_WORK
from orderwright.decisions.inventory import InsufficientInventory
from orderwright.decisions.route_and_allocate import CannotAllocate, decide_route_and_allocate
from orderwright.decisions.routing_plan import RoutingFacts, RoutingPlan, RoutingWish
from orderwright.objects.definition import Id
from orderwright.objects.routing_decision import CapacityHold
from orderwright.rest.context import Context
from orderwright.rest.inventory.representations import refused, single_error
from orderwright.rest.previewed import HEADER, asks_why
from orderwright.rest.routing.routing_facts import load_facts
from orderwright.rest.routing.routing_outputs import (
    RouteAndAllocateInput,
    RouteAndAllocateOutput,
    allocated_output,
    check_routing_preview,
    plan_output,
    routing_token,
    wish_of,
)
from orderwright.rest.routing.searching import QUICK_WORK, in_turn
from orderwright.store.ids import shard_of
from orderwright.store.routing import allocate, find_answer, keep_plan, kept_under
from orderwright.store.routing_capacity import hold_capacity, release_capacity, settle_capacity
from orderwright.store.routing_decisions import Asked, made_of, read_decision, save_refusal

MOST_ATTEMPTS = 50
"""How often an order is planned anew because others were faster: each time somebody else got what was planned."""
LOOKS, PAUSE_SECONDS = 40, 0.05
"""How long a request that nothing is left for waits for others that may give something back: two seconds."""

OTHERS_WERE_FASTER = (CapacityExceeded, InsufficientInventory, QuantityUnavailable, InvalidCrossReference)
"""What a plan is refused with that was right when it was made."""

T = TypeVar("T")

_LONG = ThreadPoolExecutor(1, "long-planning")
"""Plans that take seconds, one at a time, so that other requests go on."""

_log = logging.getLogger(__name__)


async def preview_route_and_allocate(context: Context, body: RouteAndAllocateInput) -> RouteAndAllocateOutput:
    """Extension: where an order would ship from. Nothing is written, reserved or held.

    It answers as the submit would at this moment, but for ids; refused, too. The header `Preview-Token` of the answer
    can be sent with the submit, which then does exactly this or is refused. `?explain=true` adds what was considered:
    every location, in or out and why, and the routes compared.
    """
    _, plan = await _planned(context, body, wish_of(body), ())
    token = routing_token(plan, context.routing_rules)
    context.headers_out[HEADER] = token
    if plan.refused is not None:
        return _refused(context, plan, None)
    return msgspec.structs.replace(plan_output(context, plan), preview_token=token if asks_why(context) else None)


async def route_and_allocate(context: Context, body: RouteAndAllocateInput) -> RouteAndAllocateOutput:
    """Extension: choose the locations an order ships from, reserve its units there, hold their capacity, and make the
    fulfillment orders, all of it or nothing.

    The rules of the installation (ORDERWRIGHT_ROUTING_RULES) say who may ship what, which of the routes with the fewest
    splits is taken, how often an order may be split, and what happens when not everything can be allocated. What was
    considered is kept as a routing decision, also when nothing is allocated (CANNOT_ALLOCATE). `?explain=true` shows it
    at once.
    """
    return await _Routing(context, body).submitted()


async def _planned(
    context: Context, body: RouteAndAllocateInput, wish: RoutingWish, tried: Iterable[tuple[str, str]]
) -> tuple[RoutingFacts, RoutingPlan]:
    facts = await load_facts(context.store, body.order_summary_id, context.routing_rules, tried)
    plan = await in_turn(lambda: _decided(context, facts, wish, QUICK_WORK))
    if any(group.limit_reached == "WorkDone" for group in plan.groups):
        loop = asyncio.get_running_loop()
        plan = await loop.run_in_executor(_LONG, _decided, context, facts, wish, MOST_WORK)
    return facts, plan


def _decided(context: Context, facts: RoutingFacts, wish: RoutingWish, most_work: int) -> RoutingPlan:
    return decide_route_and_allocate(facts, wish, context.routing_rules, context.picklists, most_work)


def _refused(context: Context, plan: RoutingPlan, decision_id: Id | None) -> RouteAndAllocateOutput:
    refusal = CannotAllocate(f"nothing was allocated: {plan.refused}", "orderSummaryId")
    output = msgspec.structs.replace(
        plan_output(context, plan), errors=single_error(refusal), routing_decision_id=decision_id, success=False
    )
    answer: RouteAndAllocateOutput = refused(refusal, output, context.version)
    return answer


class _Routing:
    """One submit: planned, tried, and planned anew while others are faster."""

    def __init__(self, context: Context, body: RouteAndAllocateInput) -> None:
        self._context = context
        self._body = body
        self._wish = wish_of(body)
        self._keys = tuple(f"{context.call.request_key}:{number}" for number in range(MOST_ATTEMPTS))
        self._tried: frozenset[tuple[str, str]] = frozenset()
        self._looks = 0

    async def submitted(self) -> RouteAndAllocateOutput:
        """What was made, or why nothing was."""
        number = 0
        while True:
            made = await self._left_before(self._keys, str)
            if made is not None:
                return await self._told(made)
            plan = await self._left_before([kept_under(self._keys[number])], RoutingPlan)
            if plan is None:
                facts, plan = await _planned(self._context, self._body, self._wish, self._tried)
                if plan.refused is not None:
                    if await self._others_may_give_back(facts):
                        continue
                    return await self._kept_refusal(plan, number)
                check_routing_preview(self._context, plan)
                await self._keep(plan, number)
            try:
                return await self._told(await self._carried_out(plan, number))
            except OTHERS_WERE_FASTER as refusal:
                number += 1
                if number == MOST_ATTEMPTS:
                    return await self._kept_refusal(msgspec.structs.replace(plan, refused=refusal.message), number - 1)
                if isinstance(refusal, InsufficientInventory):
                    self._tried |= cells_of(plan)

    async def _left_before(self, keys: Sequence[str], type_: type[T]) -> T | None:
        """What an earlier run of this request left, under the Idempotency-Key that it was sent with."""
        if not self._context.call.repeatable:
            return None
        async with self._context.store.database.main.acquire() as session:
            answer = await find_answer(session, shard_of(self._body.order_summary_id), keys)
        return None if answer is None else msgspec.json.decode(answer, type=type_)

    async def _keep(self, plan: RoutingPlan, number: int) -> None:
        if self._context.call.repeatable:
            await keep_plan(self._context.store, self._context.call, plan, self._keys[number])

    async def _carried_out(self, plan: RoutingPlan, number: int) -> Id:
        """The decision that made the fulfillment orders of `plan`. Raises what is refused; then nothing was done."""
        context = self._context
        holds = await hold_capacity(context.store, context.call, plan, self._keys[number])
        try:
            made = await allocate(context.store, context.call, plan, self._asked(number), holds, context.picklists)
        except Refusal:
            await release_capacity(context.store, context.call, holds)
            raise
        if context.call.repeatable:
            await self._release_unused(made, holds)
        try:
            await settle_capacity(context.store, made)
        except Exception as error:  # noqa: BLE001  # the order is allocated; a worker does what is left
            _log.warning("the capacity of routing decision %s is left to a worker: %s", made, error)
        return made

    async def _release_unused(self, made: Id, holds: Sequence[CapacityHold]) -> None:
        """Give back what this run held when another run of the same request, at the same time, was the one."""
        async with self._context.store.database.main.acquire() as session:
            used = made_of(await read_decision(session, made)).capacity_holds
        await release_capacity(self._context.store, self._context.call, [hold for hold in holds if hold not in used])

    def _asked(self, number: int) -> Asked:
        return Asked(
            key=self._keys[number],
            keys=self._keys,
            attempts=number + 1,
            rules=self._context.routing_rules,
            delivery_group_summary_id=self._body.order_delivery_group_summary_id,
        )

    async def _others_may_give_back(self, facts: RoutingFacts) -> bool:
        """Whether it is worth to look again: somebody took stock or places just now and may not keep them.

        Without it, two requests that each take what the other needs as well would both be refused.
        """
        self._looks += 1
        if self._looks > LOOKS or not facts.are_others_under_way:
            return False
        await asyncio.sleep(PAUSE_SECONDS)
        return True

    async def _kept_refusal(self, plan: RoutingPlan, number: int) -> RouteAndAllocateOutput:
        context = self._context
        return _refused(context, plan, await save_refusal(context.store, context.call, plan, self._asked(number)))

    async def _told(self, decision_id: Id) -> RouteAndAllocateOutput:
        async with self._context.store.database.main.acquire() as session:
            decision = await read_decision(session, decision_id)
        return allocated_output(self._context, decision)


def cells_of(plan: RoutingPlan) -> frozenset[tuple[str, str]]:
    """The places and SKUs that a plan ships."""
    return frozenset(
        (shipment.location, item.stock_keeping_unit) for _, shipment in plan.shipments for item in shipment.items
    )
