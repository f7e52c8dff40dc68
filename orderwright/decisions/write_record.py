"""One record from what a caller sent: names, types, lengths, picklists and the shape of references (decisions.md S1,
W6, W7). Custom fields are read as standard ones are, and kept in the record's `custom` (S16).

Whether the referenced records exist is not known here: `links_of` names them, and the caller of this module looks.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, TypeVar

import msgspec

from orderwright.arithmetic.money import is_at_scale, round_money, scale_of
from orderwright.decisions.errors import (
    InvalidField,
    InvalidFieldForWrite,
    InvalidInput,
    NumberOutsideValidRange,
    RequiredFieldMissing,
)  # fmt: skip
from orderwright.decisions.read_value import Parse, parser_of
from orderwright.objects.custom_fields import value_of, with_defaults, with_values
from orderwright.objects.definition import Definition, Field, Id, SObject
from orderwright.objects.registry import BY_NAME

R = TypeVar("R", bound=SObject)

CREATED_BY_CALLER = frozenset({
    "Account", "Contact", "Product2", "Pricebook2", "PricebookEntry", "OrderDeliveryMethod", "Location", "SalesChannel",
    "LocationGroup", "LocationGroupAssignment",
    "Order", "OrderItem", "OrderDeliveryGroup", "OrderAdjustmentGroup", "OrderItemAdjustmentLineItem",
    "OrderItemTaxLineItem", "CardPaymentMethod", "DigitalWallet", "AlternativePaymentMethod", "PaymentGroup",
    "PaymentAuthorization", "Payment", "PaymentGateway", "PaymentGatewayProvider", "ProcessException",
    "Shipment", "ShipmentItem", "FulfillmentOrder", "FulfillmentOrderLineItem",
})  # fmt: skip
"""Objects whose records a caller may create directly; all others are made by an action."""

MONEY_RECORDS = frozenset({
    "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "PaymentLineInvoice", "Refund", "RefundLinePayment",
})  # fmt: skip
DESCRIPTIVE_OF_MONEY = frozenset({"comments", "email", "phone", "ip_address", "mac_address"})
"""All that a caller may change on a record of money; the rest is what happened."""

FOLLOWS = {"FulfillmentOrder": {"status_category": "DRAFT"}}
"""Fields that no caller gives, and without which there is no record. Which category a status has is configuration, so
this one is put right afterwards (decisions/draft_fulfillment_order.py).
"""

BOOKS = frozenset({
    "OrderSummary", "OrderItemSummary", "OrderDeliveryGroupSummary", "OrderAdjustmentGroupSummary",
    "OrderItemAdjustmentLineSummary", "OrderItemTaxLineItemSummary", "OrderPaymentSummary", "FulfillmentOrder",
    "FulfillmentOrderLineItem", "FulfillmentOrderItemAdjustment", "FulfillmentOrderItemTax", "Invoice", "InvoiceLine",
    "CreditMemo", "CreditMemoLine", "CreditMemoInvApplication", "ReturnOrder", "ReturnOrderLineItem",
    "ReturnOrderItemAdjustment", "ReturnOrderItemTax", "OrderPaymentSummaryReference",
})  # fmt: skip
"""Objects whose amounts and quantities only actions move: on these a caller changes descriptive fields (decisions.md
Q5).
"""

NUMBERS_OF_BOOKS = frozenset({"currency", "double", "percent"})
DESCRIPTIVE_NUMBERS = ("_latitude", "_longitude")
ROLES = frozenset({
    "order_summary_id", "order_id", "invoice_id", "order_payment_summary_id", "type", "reference_entity_id",
    "reference_entity_item_id", "reference_entity_item_type", "reference_entity_item_type_code",
    "group_reference_entity_item_id", "related_line_id", "tax_locale_type", "is_reship",
})  # fmt: skip
"""What ties a record of the books to its order and says how it counts: never changed by a caller."""

DOCUMENTS = frozenset({"Invoice", "CreditMemo"})
"""Objects that are posted when they are made: their status is not a caller's to change."""

BOOKINGS = frozenset({"order_payment_summary_id", "payment_authorization_id"})
"""Links of a record of money that change sums kept elsewhere: only actions make them."""

NOT_GIVEN = ("attributes", "id")


def may_create(definition: Definition, field: Field) -> bool:
    """Whether a caller can give `field` when a record is created: what describe says, and what is enforced here."""
    if definition.name not in CREATED_BY_CALLER or not field.create or not has_target(field):
        return False
    return not (definition.name in MONEY_RECORDS and field.name in BOOKINGS)


def may_update(definition: Definition, field: Field) -> bool:
    """Whether a caller can change `field` on at least some records: what describe says, and what is enforced here."""
    if "update" not in definition.about.calls or not field.update or not has_target(field):
        return False
    return field.custom is not None or not _is_kept(definition, field)


@functools.cache
def is_changeable(definition: Definition) -> bool:
    """Whether a caller can change any field of at least some records: what describe says of the object."""
    return any(may_update(definition, field) for field in definition.by_wire_name.values())


def has_target(field: Field) -> bool:
    """Whether there can be a value at all: false for a reference to objects that are not kept here."""
    return field.type != "reference" or any(name in BY_NAME for name in field.to)


def _is_kept(definition: Definition, field: Field) -> bool:
    """What no caller changes, whatever state the record is in; what leads to its shard never does (S4)."""
    object_ = definition.name
    if field.name in ("currency_iso_code", definition.about.root):
        return True
    if object_ in MONEY_RECORDS:
        # what no caller makes is never a draft
        return field.name in BOOKINGS or not (object_ in CREATED_BY_CALLER or field.name in DESCRIPTIVE_OF_MONEY)
    return object_ in BOOKS and (_is_of_the_books(field) or (object_ in DOCUMENTS and field.name == "status"))


def decide_new_record(
    definition: Definition, given: Mapping[str, Any], record_id: Id, version: int, default_currency: str
) -> SObject:
    """Return the record that `given` (Salesforce names, JSON values) describes.

    Decimals are kept as they came, amounts of payments at their currency's scale. Raises, in this order: InvalidField
    for an unknown name, InvalidFieldForWrite, the refusals of a wrong value, RequiredFieldMissing with all names.
    Source: decisions.md#W6, #W7, #S1 (inferred); field properties of data-model.yaml (documented).
    """
    values = {
        name: value for name, value in _values(definition, given, version, creating=True).items() if value is not None
    } | FOLLOWS.get(definition.name, {})
    derive = DERIVED.get(definition.name)
    if derive is not None:
        values = derive(values)
    if definition.name in WITH_CURRENCY and "currency_iso_code" not in values:
        values["currency_iso_code"] = default_currency
    given_customs = _taken(definition, values)
    custom = with_defaults(definition, with_values({}, definition.customs, given_customs))
    _refuse_missing(definition, {**values, **custom})
    if definition.name in MONEY_RECORDS:
        _settle_amount(values)
    return definition.record(id=record_id, custom=custom, **values)


def _taken(definition: Definition, values: dict[str, Any]) -> dict[str, Any]:
    """The values of custom fields, by name, taken out of `values`."""
    return {name: values.pop(name) for name in definition.customs if name in values}


def decide_changed_record(definition: Definition, before: R, given: Mapping[str, Any], version: int) -> R:
    """Return `before` with the changes that `given` (Salesforce names, JSON values) asks for.

    Raises what `decide_new_record` raises, and InvalidFieldForWrite for what only actions may change, and for a
    currency that differs from the record's.
    Source: decisions.md#Q5, #S11 (inferred).
    """
    values = _values(definition, given, version, creating=False)
    for name, value in values.items():
        field = definition.field(name)
        _refuse_null(field, value)
        if value != value_of(before, field):
            _refuse_change(definition, field, before)
    customs = _taken(definition, values)
    if definition.name in SCALED_AMOUNT and values.get("amount") is not None:
        _settle_amount(values, getattr(before, "currency_iso_code", None))
    derive = DERIVED.get(definition.name)
    if derive is not None:
        known = {name: getattr(before, name) for name in ("first_name", "last_name")}
        values |= {name: v for name, v in derive(known | values).items() if name not in known and name == "name"}
    if customs:
        values["custom"] = with_values(before.custom, definition.customs, customs)
    return msgspec.structs.replace(before, **values)


def links_of(record: SObject, definition: Definition) -> Iterator[tuple[Field, Id]]:
    """The references that `record` holds, with their fields."""
    for field in _links(definition):
        value = value_of(record, field)
        if value is not None:
            yield field, value


@functools.cache
def _links(definition: Definition) -> tuple[Field, ...]:
    fields = (*definition.stored.values(), *definition.customs.values())
    return tuple(f for f in fields if f.type == "reference" and (f.create or f.update))


def at_scale(value: Any, currency: str, field: str) -> Any:
    """`value` with exactly the decimals of `currency`. Raises NumberOutsideValidRange when it has finer ones."""
    scale = scale_of(currency)
    if not is_at_scale(value, scale):
        raise NumberOutsideValidRange(
            f"{field} is {value:f}, and amounts in {currency} have at most {scale} decimals; send it rounded", field
        )
    return round_money(value, scale)


def _values(definition: Definition, given: Mapping[str, Any], version: int, *, creating: bool) -> dict[str, Any]:
    known = _inputs(definition)
    values: dict[str, Any] = {}
    for wire_name, raw in given.items():
        lower = wire_name.lower()
        if lower in NOT_GIVEN and (lower == "attributes" or not creating):
            continue
        found = known.get(lower)
        if found is None or found.field.since > version:
            raise _unknown(definition, wire_name, version)
        field = found.field
        if not (found.on_create if creating else found.on_update):
            raise _not_writable(definition, field, creating=creating)
        if field.name in values:
            raise InvalidInput(f"{field.wire_name} is given twice; send it once", field.wire_name)
        values[field.name] = None if raw is None or raw == "" else found.parse(raw)
    return values


class _Input(NamedTuple):
    """One field as it is read, with what is asked of every value worked out once."""

    field: Field
    parse: Parse
    on_create: bool
    on_update: bool
    """That nothing changes is accepted of most fields; what does change, `_refuse_change` looks at."""


@functools.cache
def _inputs(definition: Definition) -> Mapping[str, _Input]:
    return {
        name: _Input(f, parser_of(f), may_create(definition, f), f.update and has_target(f))
        for name, f in definition.by_wire_name.items()
    }


def _unknown(definition: Definition, wire_name: str, version: int) -> InvalidField:
    names = {
        lower: f.wire_name
        for lower, f in definition.by_wire_name.items()
        if f.since <= version and (may_create(definition, f) or may_update(definition, f))
    }
    close = difflib.get_close_matches(wire_name.lower(), names, n=1)
    hint = f"did you mean '{names[close[0]]}'?" if close else f"see the describe of {definition.name} for its fields"
    return InvalidField(f"no such field '{wire_name}' on {definition.name} in version {version}.0; {hint}", wire_name)


def _not_writable(definition: Definition, field: Field, *, creating: bool) -> InvalidFieldForWrite:
    when = "on create" if creating else "on update"
    why = _why_not(field)
    return InvalidFieldForWrite(
        f"{definition.name}.{field.wire_name} cannot be set {when}: {why}; leave it out", field.wire_name
    )


def _why_not(field: Field) -> str:
    if field.rule or field.rollup:
        return "it is computed"
    if not has_target(field):
        return "the objects that it refers to are not kept here"
    if field.name in BOOKINGS:
        return "its sums would be wrong; use order-payment-summaries"
    return "it is kept by the system, or set only once"


def _refuse_missing(definition: Definition, values: Mapping[str, Any]) -> None:
    missing = [name for name in _needed(definition) if name not in values]
    if missing:
        names = [definition.field(name).wire_name for name in missing]
        raise RequiredFieldMissing(f"{definition.name} needs {', '.join(names)}; send a value for each", *names)


@functools.cache
def _needed(definition: Definition) -> tuple[str, ...]:
    fields = (*definition.stored.values(), *definition.customs.values())
    return tuple(f.name for f in fields if not f.nillable and not f.has_default and f.name != "id")


def _refuse_null(field: Field, value: object) -> None:
    if value is None and not field.nillable:
        raise RequiredFieldMissing(
            f"{field.wire_name} cannot be emptied; send a value, or leave it out", field.wire_name
        )


def _refuse_change(definition: Definition, field: Field, before: SObject) -> None:
    object_ = definition.name
    if field.custom is not None:
        return
    if field.name == "currency_iso_code":
        raise InvalidFieldForWrite(
            f"CurrencyIsoCode of {before.id} never changes; make a new record in the other currency", "CurrencyIsoCode"
        )
    is_open = _is_open(before) and may_update(definition, field)
    if object_ in MONEY_RECORDS and not is_open and field.name not in DESCRIPTIVE_OF_MONEY:
        allowed = ", ".join(sorted(f.wire_name for f in definition.stored.values() if f.name in DESCRIPTIVE_OF_MONEY))
        raise InvalidFieldForWrite(
            f"{object_} {before.id} records what happened; {field.wire_name} cannot be changed now, only {allowed}",
            field.wire_name,
        )
    if not may_update(definition, field):
        raise InvalidFieldForWrite(
            f"{object_}.{field.wire_name} is moved by order management actions only; use the action for it",
            field.wire_name,
        )


def _is_of_the_books(field: Field) -> bool:
    is_number = field.type in NUMBERS_OF_BOOKS and not field.name.endswith(DESCRIPTIVE_NUMBERS)
    return is_number or field.name in ROLES


def _is_open(record: SObject) -> bool:
    """A draft that no payment summary counts yet."""
    return getattr(record, "status", None) == "Draft" and getattr(record, "order_payment_summary_id", None) is None


def _settle_amount(values: dict[str, Any], currency: str | None = None) -> None:
    code = values.get("currency_iso_code") or currency
    if code is None:
        return
    values["amount"] = at_scale(values["amount"], code, "Amount")
    if values["amount"] <= 0:
        raise InvalidInput(f"Amount is {values['amount']:f}; send an amount above zero", "Amount")


def _contact_name(values: Mapping[str, Any]) -> dict[str, Any]:
    parts = [values[name] for name in ("first_name", "last_name") if values.get(name)]
    return {**values, "name": " ".join(parts)} if values.get("last_name") else dict(values)


def _account_name(values: Mapping[str, Any]) -> dict[str, Any]:
    """A person account is one that comes with a LastName instead of a Name (data-model.yaml, documented)."""
    if "name" in values or not values.get("last_name"):
        return dict(values)
    return {**_contact_name(values), "is_person_account": True}


DERIVED: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "Contact": _contact_name,
    "Account": _account_name,
}
WITH_CURRENCY = frozenset({"Order", "PricebookEntry", "Payment", "PaymentAuthorization", "PaymentGroup"})
SCALED_AMOUNT = frozenset({"Payment", "PaymentAuthorization"})
