"""The definitions, compared with the reference they were written from, where that is at hand.

The reference is not part of the project. ORDERWRIGHT_REFERENCE names its folder; else it is looked for beside the
project. What differs on purpose stands below, with the reason.
"""

import os
from pathlib import Path

import pytest
import yaml

from orderwright.objects.registry import BY_NAME

FOLDER = Path(
    os.environ.get("ORDERWRIGHT_REFERENCE") or Path(__file__).resolve().parents[2].parent / "shared" / "reference"
)
FILE = FOLDER / "data-model.yaml"
LAST_PRIORITY = 3
EARLY = {
    "ProcessException", "ReturnOrder", "ReturnOrderLineItem", "ReturnOrderItemAdjustment", "ReturnOrderItemTax",
    "Shipment", "ShipmentItem", "OrderSummaryRelationship", "OrderPaymentSummaryReference", "PendingOrderSummary",
}  # fmt: skip
"""Objects of a later priority that are there already."""

NOT_GIVEN = {
    ("FulfillmentOrderLineItem", "TypeCode"): "follows from Type, so a caller cannot give it",
    ("OrderSummary", "EffectiveDate"): "copied from the order, which always has one",
    ("FulfillmentOrder", "DeliveryMethodId"): "copied from the delivery group, which may have none",
    ("FulfillmentOrder", "FulfilledToName"): "copied from the delivery group, which may have none",
    ("PaymentLineInvoice", "HasBeenUnapplied"): "a new line has not been: No by default",
    ("RefundLinePayment", "HasBeenUnapplied"): "a new line has not been: No by default",
    ("PaymentGateway", "MerchantCredentialId"): "named credentials belong to the platform, not to orders",
}
"""Fields which the reference wants from the caller on create, and we do not."""

STORED = {
    ("OrderItemSummary", "GrossUnitPrice"): "informative (semantics.md §2.11): copied from the order item",
    (
        "OrderPaymentSummary",
        "ReservedBalanceTotalAmount",
    ): "its references may lie in other shards, and no action makes any yet: always 0",
    ("FulfillmentOrderLineItem", "GrossUnitPrice"): "informative: copied from the item summary",
    ("FulfillmentOrderLineItem", "Quantity"): "counted down by cancel-item; OriginalQuantity stays beside it",
    ("FulfillmentOrderLineItem", "TotalLineAmount"): "the part of the pool it took (decisions.md N2), not a product",
    ("OrderItem", "RoundedLineAmount"): "needs the currency's scale, which no formula over one row knows",
    ("Invoice", "DaysInvoiceOpen"): "depends on today: no stored value or formula can hold it",
    ("Invoice", "DaysInvoiceOverdue"): "depends on today",
    ("InvoiceLine", "InvoiceStatus"): "a copy of its invoice's",
    ("CreditMemoLine", "Status"): "a copy of its credit memo's",
    ("Payment", "TotalRefundUnapplied"): "refunds are never taken back here: always 0",
    ("Refund", "TotalUnapplied"): "refunds are never taken back here: always 0",
    ("PaymentLineInvoice", "AppliedDate"): "a default, not a formula",
    ("PaymentLineInvoice", "PaymentBalance"): "what it was when the line was made",
    ("RefundLinePayment", "PaymentBalance"): "what it was when the line was made",
    ("RefundLinePayment", "RefundBalance"): "what it was when the line was made",
    ("ShipmentItem", "ExpectedDeliveryDate"): "a copy of its shipment's",
    ("ShipmentItem", "TrackingNumber"): "a copy of its shipment's",
    ("ShipmentItem", "TrackingUrl"): "a copy of its shipment's",
}
"""Fields which the reference computes, and we store without a roll-up."""


def objects():
    if not FILE.is_file():
        return {}
    found = yaml.safe_load(FILE.read_text(encoding="utf-8"))["objects"]
    return {name: about for name, about in found.items() if about["priority"] <= LAST_PRIORITY or name in EARLY}


OBJECTS = objects()

pytestmark = pytest.mark.skipif(
    not OBJECTS, reason="the reference data model is not at hand: set ORDERWRIGHT_REFERENCE"
)


def pairs():
    """Each field of the reference with ours; a compound address stands in `ABOUT.addresses`."""
    return [
        (name, wire_name, about, BY_NAME[name].by_wire_name.get(wire_name.lower()))
        for name, described in OBJECTS.items()
        for wire_name, about in described["fields"].items()
        if about["type"] != "address"
    ]


def differing(theirs, ours):
    return [
        f"{name}.{wire_name}: {ours(field)!r}, in the reference {theirs(about)!r}"
        for name, wire_name, about, field in pairs()
        if theirs(about) != ours(field)
    ]


def test_every_object_is_defined():
    assert set(OBJECTS) - set(BY_NAME) == set()


def test_objects_are_described_alike():
    for name, about in OBJECTS.items():
        ours = BY_NAME[name].about
        assert (about["key_prefix"] or ours.key_prefix, about["name_field"]) == (ours.key_prefix, ours.name_field), name
        assert ours.has_owner == bool(about["has_owner"]), name


def test_every_field_is_defined_and_spelt_alike():
    wrong = [f"{name}.{wire_name}" for name, wire_name, _, f in pairs() if f is None or f.wire_name != wire_name]
    assert wrong == []


def test_compound_addresses_are_declared():
    addresses = {
        (name, wire_name.removesuffix("Address"))
        for name, described in OBJECTS.items()
        for wire_name, about in described["fields"].items()
        if about["type"] == "address"
    }
    assert addresses == {(name, prefix) for name in OBJECTS for prefix in BY_NAME[name].about.addresses}


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (lambda about: about["type"], lambda field: field.type),
        (lambda about: about.get("length"), lambda field: field.length),
        (lambda about: about.get("scale"), lambda field: field.scale),
        (lambda about: tuple(map(str, about.get("values", ()))), lambda field: field.values),
        (lambda about: tuple(about.get("to", ())), lambda field: field.to),
        (lambda about: bool(about["update"]), lambda field: field.update),
        (lambda about: bool(about.get("idlookup")), lambda field: field.idlookup),
        (lambda about: bool(about.get("unmanaged_edit")), lambda field: field.unmanaged_edit),
        # Fields older than our first version have been there from the start.
        (lambda about: max(48, int(about.get("since") or 48)), lambda field: field.since),
    ],
    ids=["type", "length", "scale", "values", "references", "update", "idlookup", "unmanaged_edit", "since"],
)
def test_fields_agree_on(theirs, ours):
    assert differing(theirs, ours) == []


def test_listed_values_are_restricted_alike():
    wrong = [
        f"{name}.{wire_name}"
        for name, wire_name, about, field in pairs()
        if about.get("values") and bool(about.get("restricted")) != field.restricted
    ]
    assert wrong == []


def test_callers_may_give_what_the_reference_lets_them_give():
    found = {(name, wire_name) for name, wire_name, about, field in pairs() if bool(about["create"]) != field.create}
    assert found <= NOT_GIVEN.keys()
    assert all(not BY_NAME[name].by_wire_name[wire_name.lower()].create for name, wire_name in found)


def test_callers_must_give_what_the_reference_wants_and_every_deviation_is_real():
    found = {
        (name, wire_name) for name, wire_name, about, field in pairs() if bool(about.get("required")) != field.required
    }
    assert found == NOT_GIVEN.keys()


def test_computed_fields_are_formulas_or_roll_ups_and_every_deviation_is_real():
    found = {
        (name, wire_name)
        for name, wire_name, about, field in pairs()
        if about.get("calc") and field.rule is None and field.rollup is None
    }
    assert found == STORED.keys()
