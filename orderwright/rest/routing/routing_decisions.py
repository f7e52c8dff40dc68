"""GET …/routing/decisions/{routingDecisionId}, and all of an order: why it was routed so. Extensions of ours."""

from __future__ import annotations

from orderwright.objects.definition import Id
from orderwright.rest.context import Context
from orderwright.rest.routing.routing_outputs import RoutingDecisionOutput, RoutingDecisionsOutput, decision_output
from orderwright.store.ids import shard_of
from orderwright.store.routing_decisions import decisions_of, read_decision
from orderwright.store.transaction import read_record

MOST_DECISIONS = 50


async def get_routing_decision(context: Context, routing_decision_id: Id) -> RoutingDecisionOutput:
    """Extension: a routing decision: the rules, the locations that were in or out and why, the routes compared, the one
    that was chosen, and what was reserved, held and made.
    """
    async with context.reading() as session:
        return decision_output(await read_decision(session, routing_decision_id))


async def get_routing_decisions(context: Context, order_summary_id: Id) -> RoutingDecisionsOutput:
    """Extension: the routing decisions about an order, refusals among them, the latest first, at most 50."""
    async with context.reading() as session:
        await read_record(session, "OrderSummary", shard_of(order_summary_id), order_summary_id)
        found = await decisions_of(session, order_summary_id, MOST_DECISIONS)
    return RoutingDecisionsOutput(routing_decisions=tuple(decision_output(decision) for decision in found))
