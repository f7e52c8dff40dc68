"""One record from what a caller sent: names, types, lengths, picklists and the shape of references (decisions.md S1,
W6, W7).

Whether the referenced records exist is not known here: `links_of` names them, and the caller of this module looks.
"""

from __future__ import annotations

import difflib
import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

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
from orderwright.objects.definition import Definition, Field, Id, SObject, to_wire_name

R = TypeVar("R", bound=SObject)

CREATED_BY_CALLER = frozenset({
    "Account", "Contact", "Product2", "Pricebook2", "PricebookEntry", "OrderDeliveryMethod", "Location", "SalesChannel",
    "LocationGroup", "LocationGroupAssignment",
    "Order", "OrderItem", "OrderDeliveryGroup", "OrderAdjustmentGroup", "OrderItemAdjustmentLineItem",
    "OrderItemTaxLineItem", "CardPaymentMethod", "DigitalWallet", "AlternativePaymentMethod", "PaymentGroup",
    "PaymentAuthorization", "Payment", "PaymentGateway", "PaymentGatewayProvider", "ProcessException",
})  # fmt: skip
"""Objects whose records a caller may create directly; all others are made by an action."""

MONEY_RECORDS = frozenset({
    "Payment", "PaymentAuthorization", "PaymentAuthAdjustment", "PaymentLineInvoice", "Refund", "RefundLinePayment",
})  # fmt: skip
DESCRIPTIVE_OF_MONEY = frozenset({"comments", "email", "phone", "ip_address", "mac_address"})
"""All that a caller may change on a record of money; the rest is what happened."""

BOOKS = frozenset({
    "OrderSummary", "OrderItemSummary", "OrderDeliveryGroupSummary", "OrderAdjustmentGroupSummary",
    "OrderItemAdjustmentLineSummary", "OrderItemTaxLineItemSummary", "OrderPaymentSummary", "FulfillmentOrder",
    "FulfillmentOrderLineItem", "FulfillmentOrderItemAdjustment", "FulfillmentOrderItemTax", "Invoice", "InvoiceLine",
    "CreditMemo", "CreditMemoLine", "CreditMemoInvApplication",
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

NOT_GIVEN = ("attributes", "id")


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
    }
    derive = DERIVED.get(definition.name)
    if derive is not None:
        values = derive(values)
    if definition.name in WITH_CURRENCY and "currency_iso_code" not in values:
        values["currency_iso_code"] = default_currency
    _refuse_missing(definition, values)
    if definition.name in MONEY_RECORDS:
        _settle_amount(values)
    return definition.record(id=record_id, **values)


def decide_changed_record(definition: Definition, before: R, given: Mapping[str, Any], version: int) -> R:
    """Return `before` with the changes that `given` (Salesforce names, JSON values) asks for.

    Raises what `decide_new_record` raises, and InvalidFieldForWrite for what only actions may change, and for a
    currency that differs from the record's.
    Source: decisions.md#Q5, #S11 (inferred).
    """
    values = _values(definition, given, version, creating=False)
    for name, value in values.items():
        _refuse_null(definition.stored[name], value)
        if value != getattr(before, name):
            _refuse_change(definition.name, definition.stored[name], before)
    if definition.name in SCALED_AMOUNT and values.get("amount") is not None:
        _settle_amount(values, getattr(before, "currency_iso_code", None))
    derive = DERIVED.get(definition.name)
    if derive is not None:
        known = {name: getattr(before, name) for name in ("first_name", "last_name")}
        values |= {name: v for name, v in derive(known | values).items() if name not in known and name == "name"}
    return msgspec.structs.replace(before, **values)


def links_of(record: SObject, definition: Definition) -> Iterator[tuple[Field, Id]]:
    """The references that `record` holds, with their fields."""
    for field in _links(definition):
        value = getattr(record, field.name)
        if value is not None:
            yield field, value


@functools.cache
def _links(definition: Definition) -> tuple[Field, ...]:
    return tuple(f for f in definition.stored.values() if f.type == "reference" and (f.create or f.update))


def at_scale(value: Any, currency: str, field: str) -> Any:
    """`value` with exactly the decimals of `currency`. Raises NumberOutsideValidRange when it has finer ones."""
    scale = scale_of(currency)
    if not is_at_scale(value, scale):
        raise NumberOutsideValidRange(
            f"{field} is {value}, and amounts in {currency} have at most {scale} decimals; send it rounded", field
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
        if found is None or found[0].since > version:
            raise _unknown(definition, wire_name, version)
        field, parse = found
        if not (field.create if creating else field.update):
            raise _not_writable(definition, field, creating=creating)
        if field.name in values:
            raise InvalidInput(f"{field.wire_name} is given twice; send it once", field.wire_name)
        values[field.name] = None if raw is None or raw == "" else parse(raw)
    return values


@functools.cache
def _inputs(definition: Definition) -> Mapping[str, tuple[Field, Parse]]:
    return {name: (field, parser_of(field)) for name, field in definition.by_wire_name.items()}


def _unknown(definition: Definition, wire_name: str, version: int) -> InvalidField:
    names = {
        lower: f.wire_name
        for lower, f in definition.by_wire_name.items()
        if f.since <= version and (f.create or f.update)
    }
    close = difflib.get_close_matches(wire_name.lower(), names, n=1)
    hint = f"did you mean '{names[close[0]]}'?" if close else f"see the describe of {definition.name} for its fields"
    return InvalidField(f"no such field '{wire_name}' on {definition.name} in version {version}.0; {hint}", wire_name)


def _not_writable(definition: Definition, field: Field, *, creating: bool) -> InvalidFieldForWrite:
    when = "on create" if creating else "on update"
    why = "it is computed" if field.rule or field.rollup else "it is kept by the system, or set only once"
    return InvalidFieldForWrite(
        f"{definition.name}.{field.wire_name} cannot be set {when}: {why}; leave it out", field.wire_name
    )


def _refuse_missing(definition: Definition, values: Mapping[str, Any]) -> None:
    missing = [name for name in _needed(definition) if name not in values]
    if missing:
        names = [to_wire_name(name) for name in missing]
        raise RequiredFieldMissing(f"{definition.name} needs {', '.join(names)}; send a value for each", *names)


@functools.cache
def _needed(definition: Definition) -> tuple[str, ...]:
    return tuple(f.name for f in definition.stored.values() if not f.nillable and not f.has_default and f.name != "id")


def _refuse_null(field: Field, value: object) -> None:
    if value is None and not field.nillable:
        raise RequiredFieldMissing(
            f"{field.wire_name} cannot be emptied; send a value, or leave it out", field.wire_name
        )


def _refuse_change(object_: str, field: Field, before: SObject) -> None:
    if field.name == "currency_iso_code":
        raise InvalidFieldForWrite(
            f"CurrencyIsoCode of {before.id} never changes; make a new record in the other currency", "CurrencyIsoCode"
        )
    if object_ in MONEY_RECORDS and not _is_open(before) and field.name not in DESCRIPTIVE_OF_MONEY:
        allowed = ", ".join(sorted(to_wire_name(name) for name in DESCRIPTIVE_OF_MONEY))
        raise InvalidFieldForWrite(
            f"{object_} {before.id} records what happened; {field.wire_name} cannot be changed now, only {allowed}",
            field.wire_name,
        )
    if object_ in BOOKS and (_is_of_the_books(field) or (object_ in DOCUMENTS and field.name == "status")):
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
        raise InvalidInput(f"Amount is {values['amount']}; send an amount above zero", "Amount")


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
