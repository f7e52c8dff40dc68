"""Picklists that a merchant may define: values of their own, each in one of the fixed categories that rules read.

What a status is called is the merchant's business; what it does to units and money follows from its category alone
(semantics.md §6.1, documented). A record keeps the category its status had when it got it, beside the status: so a
later change of the configuration never changes what has been done (docs/why/picklists.md).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

STATUS_CATEGORIES = ("DRAFT", "ACTIVATED", "FULFILLING", "CLOSED", "CANCELLED", "REJECTED")
"""Categories of FulfillmentOrder.Status (documented, fixed)."""

NEEDED_CATEGORIES = ("ACTIVATED", "CLOSED", "CANCELLED")
"""Without a status in each of these a fulfillment order could not be made, fulfilled or given up."""

TYPE_CATEGORIES = ("PHYSICAL", "DROPSHIP", "DIGITAL")
"""Categories of FulfillmentOrder.Type (documented, fixed)."""

EXCEPTION_CATEGORIES = ("ACTIVE", "INACTIVE", "RESOLVED")
"""Categories of ProcessException.Status (documented, fixed)."""

NEW, RESOLVED = "New", "Resolved"
SET_BY_THE_SYSTEM = {NEW: "ACTIVE", RESOLVED: "RESOLVED"}
"""Statuses of process exceptions that are set by no person: every installation has them, in these categories."""


class Picklists(msgspec.Struct, frozen=True, kw_only=True):
    """The values in force, by field, with the category of each where the field has categories.

    Source: data-model.yaml#status_machines, OrderItemSummaryChange.Reason (documented values; extensible, documented).
    """

    fulfillment_statuses: Mapping[str, str]
    fulfillment_types: Mapping[str, str]
    reasons: tuple[str, ...]
    """Of OrderItemSummaryChange.Reason: why units are cancelled, returned or discounted, or a fee charged."""
    exception_statuses: Mapping[str, str]
    """Of ProcessException.Status; what is ACTIVE holds its order up."""

    @property
    def activated(self) -> tuple[str, ...]:
        """The statuses that a new fulfillment order may start in; the first is the default, unless it is Allocated."""
        return tuple(status for status, category in self.fulfillment_statuses.items() if category == "ACTIVATED")

    @property
    def default_activation_status(self) -> str:
        """What a new fulfillment order starts in when the caller says nothing: Allocated, where there is such a status
        (documented), else the first of category ACTIVATED.
        """
        return "Allocated" if "Allocated" in self.activated else self.activated[0]

    def values_of(self, object_: str, field: str) -> tuple[str, ...] | None:
        """The values of a field by its Salesforce names; None for one that is not configured here."""
        found = {
            ("FulfillmentOrder", "Status"): tuple(self.fulfillment_statuses),
            ("FulfillmentOrder", "Type"): tuple(self.fulfillment_types),
            ("OrderItemSummaryChange", "Reason"): self.reasons,
            ("ProcessException", "Status"): tuple(self.exception_statuses),
        }
        return found.get((object_, field))


STANDARD = Picklists(
    fulfillment_statuses={
        "Draft": "DRAFT",
        "Allocated": "ACTIVATED",
        "Waiting Assignment": "ACTIVATED",
        "Assigned": "FULFILLING",
        "Waiting Pickpack": "FULFILLING",
        "Pickpack": "FULFILLING",
        "Ready for Pickup": "FULFILLING",
        "Customer Arrived": "FULFILLING",
        "Fulfilled": "CLOSED",
        "Cancelled": "CANCELLED",
        "Rejected": "REJECTED",
        "Printed": "FULFILLING",
        "Pick Complete": "FULFILLING",
        "Pack Complete": "FULFILLING",
    },
    fulfillment_types={
        "Warehouse": "PHYSICAL",
        "Retail Store": "PHYSICAL",
        "In Store Pickup": "PHYSICAL",
        "Supplier": "DROPSHIP",
        "Download": "DIGITAL",
        "Email": "DIGITAL",
    },
    reasons=(
        "Unknown",
        "No longer needed",
        "Change of Mind",
        "Bought by mistake",
        "Better price available",
        "Inaccurate website description",
        "Item defective or doesn’t work",
        "Item doesn’t fit",
        "Product damaged, but shipping box OK",
        "Item arrived too late",
        "Missing or broken parts",
        "Product and shipping box both damaged",
        "Wrong item was sent",
        "Received extra item I didn’t buy",
        "Didn’t approve purchase",
    ),
    exception_statuses={
        "New": "ACTIVE",
        "Triaged": "ACTIVE",
        "Paused": "INACTIVE",
        "Ignored": "INACTIVE",
        "Resolved": "RESOLVED",
        "Voided": "INACTIVE",
    },
)
"""What holds where a merchant defines nothing: the documented defaults, and values seen in live systems."""


class InvalidPicklists(ValueError):
    """Says, in words for people, what in a configuration of picklists is wrong."""


def picklists_of(given: Mapping[str, Any]) -> Picklists:
    """`STANDARD`, with the fields that `given` defines as it defines them: all values of a field, or none.

    `given` is `{"FulfillmentOrder": {"Status": {value: category}, "Type": {value: category}},
    "OrderItemSummaryChange": {"Reason": [value]}, "ProcessException": {"Status": {value: category}}}`, each part
    optional. Raises InvalidPicklists.
    """
    order = _part(given, "FulfillmentOrder", ("Status", "Type"))
    change = _part(given, "OrderItemSummaryChange", ("Reason",))
    exception = _part(given, "ProcessException", ("Status",))
    unknown = given.keys() - {"FulfillmentOrder", "OrderItemSummaryChange", "ProcessException"}
    if unknown:
        raise InvalidPicklists(
            f"{min(unknown)} has no picklist to configure; use FulfillmentOrder, OrderItemSummaryChange, "
            "ProcessException"
        )
    found: dict[str, Any] = {}
    if "Status" in order:
        found["fulfillment_statuses"] = _statuses(order["Status"])
    if "Type" in order:
        found["fulfillment_types"] = _categorised(order["Type"], "FulfillmentOrder.Type", TYPE_CATEGORIES)
    if "Reason" in change:
        found["reasons"] = _values(change["Reason"], "OrderItemSummaryChange.Reason")
    if "Status" in exception:
        found["exception_statuses"] = _exception_statuses(exception["Status"])
    return msgspec.structs.replace(STANDARD, **found)


def _part(given: Mapping[str, Any], object_: str, fields: Sequence[str]) -> Mapping[str, Any]:
    part = given.get(object_, {})
    if not isinstance(part, Mapping) or part.keys() - set(fields):
        raise InvalidPicklists(f"{object_} has the picklists {' and '.join(fields)} and nothing else to configure")
    return part


def _statuses(given: Any) -> dict[str, str]:
    statuses = _categorised(given, "FulfillmentOrder.Status", STATUS_CATEGORIES)
    missing = [category for category in NEEDED_CATEGORIES if category not in statuses.values()]
    if missing:
        raise InvalidPicklists(f"FulfillmentOrder.Status has no value of category {missing[0]}; it needs one")
    return statuses


def _exception_statuses(given: Any) -> dict[str, str]:
    statuses = _categorised(given, "ProcessException.Status", EXCEPTION_CATEGORIES)
    for status, category in SET_BY_THE_SYSTEM.items():
        if statuses.get(status) != category:
            raise InvalidPicklists(
                f"ProcessException.Status has no '{status}' of category {category}; the system sets it itself"
            )
    return statuses


def _categorised(given: Any, where: str, categories: Sequence[str]) -> dict[str, str]:
    if not isinstance(given, Mapping):
        raise InvalidPicklists(f"{where} must be a table of values, each with its category")
    values = _values(list(given), where)
    for value in values:
        if given[value] not in categories:
            raise InvalidPicklists(
                f"{where}: the category of '{value}' is {given[value]!r}; it must be one of {', '.join(categories)}"
            )
    return {value: given[value] for value in values}


LONGEST_VALUE = 255


def _values(given: Any, where: str) -> tuple[str, ...]:
    if not isinstance(given, list) or not given or not all(isinstance(value, str) for value in given):
        raise InvalidPicklists(f"{where} must have values, each a text")
    seen: set[str] = set()
    for value in given:
        if not value.strip() or len(value) > LONGEST_VALUE:
            raise InvalidPicklists(f"{where}: {value!r} is empty or longer than {LONGEST_VALUE} characters")
        if value.lower() in seen:  # a type is found whatever its case
            raise InvalidPicklists(f"{where}: '{value}' is there twice, in upper or lower case")
        seen.add(value.lower())
    return tuple(given)
