"""GET …/order-summaries/{orderSummaryId}/events: an extension of ours."""

from __future__ import annotations

from typing import Any

import msgspec

from orderwright.objects.definition import Id
from orderwright.objects.identity import to_15
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse
from orderwright.store.events import published, read_events
from orderwright.store.ids import shard_of
from orderwright.store.transaction import NotFound, read_record

MOST_EVENTS = 200


class EventOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One event: its documented name, and its fields by their documented names; amounts are decimal text."""

    event: str
    fields: dict[str, Any]


class EventsOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Events in order of creation; `done` says whether these were all. To go on, send the last ReplayId as `after`."""

    done: bool = True
    errors: tuple[ErrorResponse, ...] = ()
    events: tuple[EventOutput, ...] = ()
    success: bool = True


async def get_events(context: Context, order_summary_id: Id) -> EventsOutput:
    """Extension: what happened to an order, as the platform events that went out: changes of its status and of its
    fulfillment orders' statuses and quantities, failures of payments, authorizations about to expire. `?after=` takes
    the ReplayId to go on after.
    """
    after = to_15(context.query.get("after", "")) or ""
    async with context.reading() as session:
        shard = shard_of(order_summary_id)
        if await read_record(session, "OrderSummary", shard, order_summary_id) is None:
            raise NotFound(order_summary_id)
        found = await read_events(session, shard, order_summary_id, after, MOST_EVENTS + 1)
    shown = tuple(EventOutput(event=e.name, fields=dict(published(e))) for e in found[:MOST_EVENTS])
    return EventsOutput(done=len(found) <= MOST_EVENTS, events=shown)
