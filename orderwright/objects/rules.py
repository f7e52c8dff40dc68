"""Conditions and statuses that several definitions share; each works in Python and in SQL (`expression.py`)."""

from __future__ import annotations

from typing import Any

from orderwright.objects.expression import Rule, absent, first_match, is_one_of

OPEN_REQUEST_STATES = ("Open", "Indeterminate", "Accepted")
"""States of a `GatewayRequest` whose money may still move, so that it cannot be used again."""


def of_type(type_: str) -> Rule:
    """Records whose Type is `type_`."""
    return lambda record: record.type == type_


def of_type_code(type_code: str) -> Rule:
    """Items whose TypeCode is `type_code`."""
    return lambda item: item.type_code == type_code


def in_status(status: str) -> Rule:
    """Records whose Status is `status`."""
    return lambda record: record.status == status


def without(link: str) -> Rule:
    """Records whose reference `link` is empty: an item's own tax, as against that of one of its adjustments."""
    return lambda record: absent(getattr(record, link))


def in_header_group(adjustment: Any) -> Any:
    """Order-level (distributed) adjustments: those in a Header group (semantics.md §1.3, documented)."""
    return is_one_of(adjustment.adjustment_group_type, "Header")


def outside_header_group(adjustment: Any) -> Any:
    """Line-level adjustments: without a group, or in a SplitLine group (semantics.md §1.3, documented)."""
    return absent(adjustment.adjustment_group_type) | is_one_of(adjustment.adjustment_group_type, "SplitLine")


def open_request(kind: str) -> Rule:
    """Gateway requests of `kind` whose outcome is not known yet (decisions.md M11, M13)."""
    return lambda request: (request.kind == kind) & is_one_of(request.state, *OPEN_REQUEST_STATES)


def pending_without_request(record: Any) -> Any:
    """Records that somebody else made Pending; those of our own asking are counted by their request."""
    return (record.status == "Pending") & absent(record.gateway_request_id)


def active_exception(exception: Any) -> Any:
    """Process exceptions that somebody still has to look at."""
    return exception.status_category == "ACTIVE"


def severity_category(exception: Any) -> Any:
    """The category of a ProcessException's Severity."""
    return first_match((exception.severity == "High", "HIGH"), (exception.severity == "Low", "LOW"), otherwise=None)


def processed_excess_refund(refund: Any) -> Any:
    """Refunds that were made and settle no credit memo (decisions.md N10)."""
    return (refund.status == "Processed") & absent(refund.credit_memo_id)


def order_item_status(item: Any) -> Any:
    """The first of the nine documented rules that holds (semantics.md §5, documented; RESHIPPED: decisions.md Q3)."""
    has_units = item.quantity > 0
    nothing_left = item.quantity == 0
    return first_match(
        (
            has_units
            & (item.quantity_return_initiated == item.quantity_fulfilled)
            & (item.quantity_returned < item.quantity_return_initiated),
            "RETURNINITIATED",
        ),
        (
            has_units
            & (item.quantity_reshipped > 0)
            & (item.quantity_reshipped == item.quantity_fulfilled)
            & (item.quantity_fulfilled == item.quantity_ordered)
            & (item.quantity_return_initiated == 0),
            "RESHIPPED",
        ),
        (nothing_left & (item.quantity_returned > 0), "RETURNED"),
        (nothing_left & (item.quantity_canceled > 0) & (item.quantity_returned == 0), "CANCELED"),
        (has_units & (item.quantity_fulfilled >= item.quantity_net_ordered), "FULFILLED"),
        (has_units & (item.quantity_fulfilled > 0), "PARTIALLYFULFILLED"),
        (has_units & (item.quantity_allocated >= item.quantity), "ALLOCATED"),
        (has_units & (item.quantity_allocated > 0), "PARTIALLYALLOCATED"),
        otherwise="ORDERED",
    )


def settlement_status(invoice: Any) -> Any:
    """How much of an invoice is paid, in the words of Invoice.SettlementStatus."""
    return first_match(
        (invoice.total_amount_with_tax == 0, "Not Applicable"),
        (invoice.balance == 0, "Settled"),
        (invoice.balance == invoice.total_amount_with_tax, "Not Settled"),
        otherwise="Partially Settled",
    )
