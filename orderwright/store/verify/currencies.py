"""Currencies: one per order, and no amount with a digit that its currency does not have (decisions.md N1, S10, S11)."""

from __future__ import annotations

import msgspec
from iso4217 import Currency

from orderwright.arithmetic.money import UnknownCurrency, scale_of
from orderwright.objects.definition import Definition
from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check

UNROUNDED = frozenset({"unit_price", "gross_unit_price", "list_price", "reference_price"})
"""Prices of one unit may be finer than the currency: they are informative (semantics.md §2.11, documented)."""


class Head(msgspec.Struct, frozen=True):
    """Where a record's currency comes from: the object that its field `by` names."""

    by: str
    object: str


HEADS = {
    "Invoice": Head("reference_entity_id", "OrderSummary"),
    "CreditMemo": Head("reference_entity_id", "OrderSummary"),
    "Payment": Head("order_payment_summary_id", "OrderPaymentSummary"),
    "PaymentAuthorization": Head("order_payment_summary_id", "OrderPaymentSummary"),
    "PaymentAuthAdjustment": Head("payment_authorization_id", "PaymentAuthorization"),
    "Order": Head("order_summary_id", "OrderSummary"),
}
"""Links that a definition's root does not tell: it has none, or one to several objects."""


def head_of(definition: Definition) -> Head | None:
    """What gives records of this object their currency; None for those that stand for themselves."""
    if definition.name in HEADS:
        return HEADS[definition.name]
    root = definition.about.root
    return Head(root, definition.stored[root].to[0]) if root else None


def currency_checks() -> list[Check]:
    """Known currencies, one currency from head to lines, and amounts at its scale."""
    checks = []
    for definition in BY_NAME.values():
        head = head_of(definition)
        has_currency = "currency_iso_code" in definition.stored
        if has_currency:
            checks.append(_known(definition))
        if has_currency and head and "currency_iso_code" in BY_NAME[head.object].stored:
            checks.append(_inherited(definition, head))
        if rounded_fields(definition) and (has_currency or head):
            checks.append(_at_scale(definition, head))
    return checks


def scales() -> str:
    """All currencies that have a minor unit, as rows of code and decimals."""
    rows = []
    for currency in Currency:
        try:
            rows.append(f"('{currency.code}', {scale_of(currency.code)})")
        except UnknownCurrency:
            continue
    return f"(VALUES {', '.join(rows)}) AS scale (code, decimals)"


def _known(definition: Definition) -> Check:
    return Check(
        rule="currency-known",
        object=definition.name,
        says="its currency is one of ISO 4217 that has a minor unit",
        source="decisions.md#N1 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, 'currency_iso_code' AS field, 'an ISO 4217 code' AS expected,
               t.currency_iso_code AS actual
        FROM "{definition.table}" t
        WHERE NOT t.is_deleted AND t.currency_iso_code IS NOT NULL
          AND t.currency_iso_code NOT IN (SELECT code FROM {scales()})""",
    )


def _inherited(definition: Definition, head: Head) -> Check:
    return Check(
        rule="currency-one",
        object=definition.name,
        says=f"its currency is that of its {head.object}",
        source="decisions.md#S11 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, 'currency_iso_code' AS field, h.currency_iso_code AS expected,
               t.currency_iso_code AS actual
        FROM "{definition.table}" t
        JOIN "{BY_NAME[head.object].table}" h ON h.shard = t.shard AND h.id = t.{head.by}
        WHERE NOT t.is_deleted AND t.currency_iso_code IS NOT NULL
          AND t.currency_iso_code IS DISTINCT FROM h.currency_iso_code""",
    )


def rounded_fields(definition: Definition) -> list[str]:
    """The stored amounts of an object that are never finer than its currency."""
    return [name for name, field in definition.stored.items() if field.type == "currency" and name not in UNROUNDED]


def _at_scale(definition: Definition, head: Head | None) -> Check:
    own = "currency_iso_code" in definition.stored
    source = f'FROM "{definition.table}" t'
    if head is not None and "currency_iso_code" in BY_NAME[head.object].stored:
        source += f' LEFT JOIN "{BY_NAME[head.object].table}" h ON h.shard = t.shard AND h.id = t.{head.by}'
        currency = "coalesce(t.currency_iso_code, h.currency_iso_code)" if own else "h.currency_iso_code"
    else:
        currency = "t.currency_iso_code"
    names = rounded_fields(definition)
    values = ", ".join(f"('{name}', t.{name})" for name in names)
    return Check(
        rule="scale",
        object=definition.name,
        says="an amount has no digit beyond its currency's minor unit",
        source="decisions.md#N1, #S10 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, v.field, round(v.amount, scale.decimals) AS expected, v.amount AS actual
        {source} JOIN {scales()} ON scale.code = {currency}
        CROSS JOIN LATERAL (VALUES {values}) AS v (field, amount)
        WHERE NOT t.is_deleted AND v.amount <> round(v.amount, scale.decimals)""",
    )
