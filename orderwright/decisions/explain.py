"""Why each number of a change is what it is: one step per item and component, from the very data that made it.

A step names the rule, what it was applied to, the fraction, the exact value and the rounded one, and where the rule
stands. Steps are made beside a change, never before it: they explain, they decide nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import msgspec

from orderwright.decisions.change_order import ChangeOrder, ItemChange
from orderwright.decisions.charge_fees import Fee, fee_amounts
from orderwright.decisions.component import Amounts, Pool, amounts_of, line_amounts, units_in
from orderwright.objects.definition import Id
from orderwright.objects.order_item_summary import OrderItemSummary

POOL_WORDS: dict[Pool, str] = {
    "pre": "unallocated units",
    "in": "units in fulfillment",
    "post": "fulfilled units",
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One number explained. Amounts: order currency, signed as the change order stores them."""

    order_item_summary_id: Id
    component: str
    """What changed: the line amount, an adjustment, a tax, a share of the delivery charge, a fee."""
    rule: str
    base: Decimal
    fraction: str
    """What part of the base: as a fraction, since its decimals may be endless."""
    exact: str
    """The value before rounding, to 20 digits when it has more."""
    rounded: Decimal
    source: str


def decimal_text(value: Fraction) -> str:
    """A fraction as a decimal number: exact when it ends, else its first 20 digits and an ellipsis."""
    digits = abs(value.numerator) * 10**20 // value.denominator
    text = f"{digits // 10**20}.{digits % 10**20:020d}".rstrip("0").rstrip(".")
    ends = digits * value.denominator == abs(value.numerator) * 10**20
    return ("-" if value < 0 else "") + text + ("" if ends else "…")


def fraction_text(part: Fraction) -> str:
    """`2/3`, or `1` for all of it."""
    return str(part.numerator) if part.denominator == 1 else f"{part.numerator}/{part.denominator}"


def step(item_id: Id, component: str, rule: str, base: Decimal, part: Fraction, rounded: Decimal, source: str) -> Step:
    """One step: `part` of `base`, and what it was rounded to."""
    return Step(
        order_item_summary_id=item_id,
        component=component,
        rule=rule,
        base=base,
        fraction=fraction_text(part),
        exact=decimal_text(Fraction(base) * part),
        rounded=rounded,
        source=source,
    )


def explain_units(changes: Sequence[ItemChange], pool: Pool) -> tuple[Step, ...]:
    """Why units that left `pool` took what they took: one step for every component of every item."""
    steps: list[Step] = []
    for change in changes:
        if change.quantity:
            steps += _of_item(change, pool)
    return tuple(steps)


def _of_item(change: ItemChange, pool: Pool) -> list[Step]:
    item, units = change.item, units_in(change.item, pool)
    part = Fraction(change.quantity) / Fraction(units)
    words = f"{-change.quantity:f} of {units:f} {POOL_WORDS[pool]} take their part"
    if -change.quantity == units:
        words += "; they are the last ones there and take all that is left"

    def explained(component: str, held: Amounts, moved: Amounts) -> Step:
        return step(item.id, component, words, held.of(pool), part, moved.total, "decisions.md N2")

    return [
        explained("line amount", line_amounts(item), change.line),
        *(explained(f"adjustment {line.name}", amounts_of(line), moved) for line, moved in change.adjustments),
        *(
            explained(
                f"tax {tax.name}" + (" of an adjustment" if tax.order_item_adjustment_line_summary_id else ""),
                amounts_of(tax),
                moved,
            )
            for tax, moved in change.taxes
        ),
    ]


def explain_delivery(
    delivery: Sequence[ItemChange], charge: Decimal, share: Fraction, reduction: Decimal
) -> tuple[Step, ...]:
    """Why delivery charges fell: the pooled charge, the changed units' share of it, and how it was divided."""
    steps: list[Step] = []
    for change in delivery:
        for added in change.added:
            item = change.item
            base, part = charge, -share
            words = (
                f"the charges of the delivery groups with changed items are {charge:f}; the changed units carry "
                f"{fraction_text(share)} of those groups' price, so {reduction:f} goes"
            )
            if item.total_price != charge:
                words += f", shared over the delivery lines by their price: this one's is {item.total_price:f}"
                base, part = reduction, -Fraction(item.total_price) / Fraction(charge)
            source = "semantics.md §8, decisions.md N5"
            steps.append(step(item.id, "delivery share", words, base, part, added.amounts.total, source))
            steps += [_tax_of(item, added.amounts.total, tax.name, amounts.total) for tax, amounts in added.taxes]
    return tuple(steps)


def _tax_of(item: OrderItemSummary, change: Decimal, name: str, tax: Decimal) -> Step:
    return step(
        item.id,
        f"tax {name} of the adjustment",
        "tax follows the price: the item's tax × change ÷ its price; all of it when the price reaches zero",
        item.total_tax_amount,
        Fraction(change) / Fraction(item.total_price) if item.total_price else Fraction(0),
        tax,
        "decisions.md N4",
    )


class Borne(msgspec.Struct, frozen=True, kw_only=True):
    """A whole discount, its price and its tax not above zero, and the units that bear this part of it."""

    units: Decimal
    of_units: Decimal
    by: str
    price: Decimal
    tax: Decimal


def explain_adjustment(change: ItemChange, asked: str, borne: Borne, tax_rule: str, scale: int) -> tuple[Step, ...]:
    """Why a discount is what it is in one group of units: the whole discount and its tax, and the group's part."""
    part = Fraction(borne.units) / Fraction(borne.of_units)
    bearers = f"{borne.units:f} of {borne.of_units:f} sharing units bear it: {borne.by}"

    def explained(component: str, words: str, base: Decimal, of: Fraction, rounded: Decimal, source: str) -> Step:
        if abs(Fraction(base) * of - Fraction(rounded)) >= Fraction(1, 10**scale):
            words += "; no units give more than they still bear, the others take the rest"
        return step(change.item.id, component, words, base, of, rounded, source)

    steps: list[Step] = []
    for added in change.added:
        words = f"{asked} changes the price by {borne.price:f}; {bearers}"
        steps.append(
            explained(
                "price adjustment", words, borne.price, part, added.amounts.total, "semantics.md §11, decisions.md N6"
            )
        )
        weights = [abs(tax.amount) for tax, _ in added.taxes]
        for (tax, amounts), of_taxes in zip(added.taxes, _parts(weights), strict=True):
            words = f"{asked} changes the tax by {borne.tax:f} ({tax_rule}); {bearers}"
            if len(weights) > 1:
                words += f"; of that, {tax.name} takes its part"
            steps.append(
                explained(
                    f"tax {tax.name} of the adjustment",
                    words,
                    borne.tax,
                    part * of_taxes,
                    amounts.total,
                    "decisions.md N3, N4, N6",
                )
            )
    return tuple(steps)


def _parts(weights: Sequence[Decimal]) -> list[Fraction]:
    """Each weight as a part of all of them; equal parts when all are zero."""
    total = sum((Fraction(weight) for weight in weights), Fraction(0))
    return [Fraction(weight) / total if total else Fraction(1, len(weights)) for weight in weights]


def explain_fee(fee: Fee, item: OrderItemSummary, scale: int) -> tuple[Step, Step]:
    """Why a fee and its tax are what they are."""
    price, tax = fee_amounts(fee, item, scale)
    of_price, of_tax = _fee_price(fee, item), _fee_tax(fee, price, item)
    name, source = f"fee {fee.description}", "semantics.md §10"
    return (
        step(item.id, name, f"{fee.amount_type}: {of_price.words}", of_price.base, of_price.part, price, source),
        step(item.id, f"tax of {name}", f"{fee.amount_type}: {of_tax.words}", of_tax.base, of_tax.part, tax, source),
    )


class _Share(msgspec.Struct, frozen=True):
    base: Decimal
    part: Fraction
    words: str


def _fee_price(fee: Fee, item: OrderItemSummary) -> _Share:
    units = Fraction(fee.quantity) / Fraction(item.quantity)
    part = Fraction(fee.amount) / 100 * units
    if fee.amount_type == "Percentage":
        return _Share(item.total_price, part, f"{fee.amount:f} % of the price of {fee.quantity:f} units")
    if fee.amount_type == "PercentageGross":
        words = f"{fee.amount:f} % of the line amount of {fee.quantity:f} units, discounts left out"
        return _Share(item.total_line_amount, part, words)
    if fee.amount_type == "AmountWithTax" and item.total_price > 0 and item.total_amt_with_tax > 0:
        part = Fraction(item.total_price) / Fraction(item.total_amt_with_tax)
        return _Share(fee.amount, part, "the amount without the tax it contains, at the item's own ratio")
    return _Share(fee.amount, Fraction(1), "the amount as it was given")


def _fee_tax(fee: Fee, price: Decimal, item: OrderItemSummary) -> _Share:
    part = Fraction(fee.amount) / 100 * Fraction(fee.quantity) / Fraction(item.quantity)
    if fee.amount_type == "Percentage":
        return _Share(item.total_tax_amount, part, f"{fee.amount:f} % of the tax of {fee.quantity:f} units")
    if fee.amount_type == "PercentageGross":
        words = f"{fee.amount:f} % of the line tax of {fee.quantity:f} units, that of discounts left out"
        return _Share(item.total_line_tax_amount, part, words)
    if not item.total_price:
        return _Share(item.total_tax_amount, Fraction(0), "an item without a price gives no ratio for a tax")
    if fee.amount_type == "AmountWithTax":
        if item.total_price < 0 or item.total_amt_with_tax <= 0:
            return _Share(item.total_tax_amount, Fraction(0), "an item worth nothing with its tax gives no ratio")
        part = Fraction(fee.amount) / Fraction(item.total_amt_with_tax)
        return _Share(item.total_tax_amount, part, "the item's tax × amount ÷ its price with tax")
    part = Fraction(price) / Fraction(item.total_price)
    return _Share(item.total_tax_amount, part, "the item's tax × fee ÷ its price")


def explained(made: Sequence[ChangeOrder], steps: Sequence[Sequence[Step]]) -> list[ChangeOrder]:
    """The change orders, each carrying its own of `steps`, so that they can be read again later."""
    return [_carrying(order, own) for order, own in zip(made, steps, strict=True)]


def _carrying(made: ChangeOrder, steps: Sequence[Step]) -> ChangeOrder:
    order = msgspec.structs.replace(made.whole.order, explanation=[msgspec.to_builtins(step) for step in steps])
    return msgspec.structs.replace(made, whole=msgspec.structs.replace(made.whole, order=order))
