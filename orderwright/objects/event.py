"""What happened, for those who listen: written with the change it tells of, in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec

from orderwright.objects.definition import About, Field, Id, SObject, reference, text


class Event(SObject, frozen=True, kw_only=True):
    """One platform event: `name` as documented, `payload` by Salesforce's field names, amounts as decimal text.

    Ids in it are in their long form. Source: data-model.yaml#events (documented).
    """

    ABOUT: ClassVar[About] = About(
        label="Event", key_prefix="9eV", name_field="Name", internal=True, root="order_summary_id"
    )

    name: Annotated[str, text(length=80)]
    order_summary_id: Annotated[Id | None, reference("OrderSummary")] = None
    payload: Annotated[dict[str, Any], Field("json", internal=True)] = msgspec.field(default_factory=dict)


def with_links(event: Event, real: Mapping[Id, Id]) -> Event:
    """`event` telling of records by their `real` ids, given by the stand-ins that their decision used."""
    payload = {n: real.get(value, value) if isinstance(value, str) else value for n, value in event.payload.items()}
    return event if payload == event.payload else msgspec.structs.replace(event, payload=payload)
