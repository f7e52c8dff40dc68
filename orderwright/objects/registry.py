"""All objects: by name, by table and by key prefix."""

from __future__ import annotations

from collections.abc import Mapping

from orderwright.objects import (
    account,
    background_operation,
    catalog,
    event,
    exchange,
    fulfillment,
    fulfillment_stock,
    invoice,
    location_group,
    order,
    order_item_summary,
    order_summary,
    payment,
    payment_method,
    process_exception,
    return_order,
    routing_decision,
    shipment,
)  # fmt: skip
from orderwright.objects.definition import Definition, SObject, define

_MODULES = (
    order, order_summary, order_item_summary, fulfillment, fulfillment_stock, invoice, payment, payment_method, catalog,
    account, background_operation, process_exception, event, location_group,
    routing_decision, return_order, shipment, exchange,
)  # fmt: skip

RECORDS: tuple[type[SObject], ...] = tuple(
    member
    for module in _MODULES
    for member in vars(module).values()
    if isinstance(member, type) and issubclass(member, SObject) and member is not SObject
)

BY_NAME: Mapping[str, Definition] = {record.__name__: define(record) for record in RECORDS}
BY_LOWER_NAME: Mapping[str, Definition] = {name.lower(): d for name, d in BY_NAME.items() if not d.about.internal}
BY_PREFIX: Mapping[str, Definition] = {d.about.key_prefix: d for d in BY_NAME.values()}


def definition_of(record_id: str) -> Definition | None:
    """The object that `record_id` belongs to, by its key prefix; None when no object has it."""
    return BY_PREFIX.get(record_id[:3])
