"""Routing decisions, written and read."""

from __future__ import annotations

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.routing_plan import RoutingPlan
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.definition import Id
from orderwright.objects.identity import NewIds
from orderwright.objects.routing_decision import Made, RoutingDecision
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Call, NotFound, Store, Transaction


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What a request asked for besides its plan, as the decision tells it, and the key of this attempt."""

    key: str
    """Acts at most once; other keys of the same request are in `keys`."""
    keys: tuple[str, ...]
    attempts: int
    rules: RoutingRules
    delivery_group_summary_id: Id | None = None


async def save_refusal(store: Store, call: Call, plan: RoutingPlan, asked: Asked) -> Id:
    """The id of the decision that says why nothing was allocated; nothing else is written."""

    async def act(transaction: Transaction) -> Id:
        await transaction.find_shard(plan.order_summary_id)
        return await save_decision(transaction, plan, asked, Made())

    # A key that nobody sends: the same request, sent again, is tried anew, for there may be stock by then.
    key = f"refused:{store.database.ids.new_id(RoutingDecision.ABOUT.key_prefix, 0)}"
    once = Call(user_id=call.user_id, client_id=call.client_id, request_key=key)
    found: Id = await store.submit(once, act, str)
    return found


async def save_decision(transaction: Transaction, plan: RoutingPlan, asked: Asked, made: Made) -> Id:
    """Take the decision up for writing, in the order's shard; returns its id."""
    short = "PartlyAllocated" if plan.not_allocated else "Allocated"
    record = RoutingDecision(
        id=NewIds()(),
        order_summary_id=plan.order_summary_id,
        order_delivery_group_summary_id=asked.delivery_group_summary_id,
        status="Refused" if plan.refused is not None else short,
        attempts=asked.attempts,
        rules_digest=asked.rules.digest,
        rules_text=asked.rules.text,
        plan=msgspec.to_builtins(plan),
        made=msgspec.to_builtins(made),
        capacity_state="Held" if made.capacity_holds else "None",
    )
    return (await transaction.save(Decision(new=(record,))))[record.id]


OF_ORDER = """
SELECT id FROM routing_decision WHERE shard = $1 AND order_summary_id = $2 AND NOT is_deleted ORDER BY id DESC LIMIT $3
"""
READ = "SELECT row_to_json(t)::text FROM routing_decision t WHERE shard = $1 AND id = $2 AND NOT is_deleted"


async def read_decision(session: Session, decision_id: Id) -> RoutingDecision:
    """A routing decision. Raises NotFound."""
    found = await session.fetchval(READ, shard_of(decision_id), decision_id)
    if found is None:
        raise NotFound(decision_id)
    return msgspec.json.decode(found, type=RoutingDecision)


async def decisions_of(session: Session, order_summary_id: Id, most: int) -> list[RoutingDecision]:
    """The decisions about an order, the latest first."""
    rows = await session.fetch(OF_ORDER, shard_of(order_summary_id), order_summary_id, most)
    return [await read_decision(session, row["id"]) for row in rows]


def plan_of(decision: RoutingDecision) -> RoutingPlan:
    """The plan of a decision, as it was made."""
    return msgspec.convert(decision.plan, RoutingPlan, strict=False)


def made_of(decision: RoutingDecision) -> Made:
    """What a decision made."""
    return msgspec.convert(decision.made, Made)
