"""Any order, any sequence of allowed actions: a summary is its original order plus its change orders, to the cent."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orderwright.arithmetic.money import from_minor_units, scale_of
from orderwright.decisions.adjust import ADJUSTMENT_TYPES, ALLOCATED_ITEMS, AdjustDecision, AdjustWishes, decide_adjust
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.change_items import ChangeDecision
from orderwright.decisions.charge_fees import AMOUNT_TYPES
from orderwright.decisions.component import Pool, amounts_of, line_amounts, units_in
from orderwright.decisions.create_invoice import charged
from orderwright.decisions.errors import InvalidInput, InvalidOperation
from orderwright.decisions.fulfillment_lines import part_of_order
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.decisions.spread_discount import AdjustItem
from orderwright.objects.fulfillment import FulfillmentOrder, FulfillmentOrderLineItem
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.whole import WholeOrder, WholeSummary
from tests.builders import (
    DELIVERY,
    FEE,
    NOW,
    PRODUCT,
    ZERO,
    Books,
    Discount,
    Line,
    asked,
    discounting,
    placed_order,
    summarised,
    with_fee,
)
from tests.decisions.sums import ITEM_AMOUNTS, ORDER_AMOUNTS, check

POOLS: tuple[Pool, ...] = ("pre", "in", "post")
SHARING: dict[str, tuple[Pool, ...]] = {"Disallowed": ("pre", "post"), "InFulfillment": POOLS, "PreFulfillment": POOLS}

# An order of thirty items is many draws; that such an example is large says nothing about the code.
LARGE = [HealthCheck.data_too_large, HealthCheck.too_slow]


def text(units: int, scale: int) -> str:
    return str(from_minor_units(units, scale))


@st.composite
def lines(draw: st.DrawFn, scale: int, groups: int) -> Line:
    free = draw(st.integers(0, 5)) == 0
    amount = 0 if free else draw(st.integers(1, 30_000))
    quantity = draw(st.integers(1, 5))
    discounts = []
    for group in draw(st.lists(st.sampled_from(["Header", "SplitLine", None]), max_size=2)):
        off = draw(st.integers(0, amount // 2))
        tax = draw(st.lists(st.integers(0, off // 5), max_size=2))
        discounts.append(Discount(text(-off, scale), group, tuple(text(-t, scale) for t in tax)))
    taxes = draw(st.lists(st.integers(0, amount // 4), max_size=3))
    return Line(
        f"item {draw(st.integers(0, 10**9))}",
        quantity,
        text(amount, scale),
        tuple(text(t, scale) for t in taxes),
        tuple(discounts),
        to=draw(st.integers(0, groups - 1)),
    )


@st.composite
def orders(draw: st.DrawFn) -> WholeOrder:
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    scale, groups = scale_of(currency), draw(st.integers(1, 5))
    count = draw(st.sampled_from([1, 1, 2, 2, 3, 4, 6, 30]))
    made = draw(st.lists(lines(scale, groups), min_size=count, max_size=count, unique_by=lambda line: line.name))
    for to in range(groups):
        for number in range(draw(st.integers(0, 2))):
            charge = draw(st.one_of(st.just(0), st.integers(1, 2_000)))
            tax = draw(st.lists(st.integers(0, charge // 4), max_size=2))
            taxes = tuple(text(t, scale) for t in tax)
            made.append(Line(f"Delivery {to}.{number}", 1, text(charge, scale), taxes, to=to, type=DELIVERY))
    return placed_order(made, currency)


def some_units(draw: Any, items: Iterable[OrderItemSummary], pool: Pool) -> dict[str, int]:
    """Some of what lies in `pool`, by item name."""
    found = {item.description or "": int(units_in(item, pool)) for item in items}
    chosen = draw(st.lists(st.sampled_from(sorted(found)), unique=True, min_size=1, max_size=4)) if found else []
    return {name: draw(st.integers(1, found[name])) for name in chosen}


def with_units(books: Books, pool: Pool, type_: str | None = None, to: int | None = None) -> list[OrderItemSummary]:
    group = None if to is None else books.whole.delivery_groups[to].id
    return [
        item
        for item in books.whole.items
        if units_in(item, pool) > 0
        and type_ in (None, item.type)
        and group in (None, item.order_delivery_group_summary_id)
    ]


def check_explanation(made: ChangeDecision | AdjustDecision, scale: int) -> None:
    """The explained numbers are all there is, and each is its exact value rounded, or says why it is not."""
    explained = sum((step.rounded for step in made.steps), ZERO)
    assert explained == -made.balances.grand_total_amount
    for step in made.steps:
        off = abs(Fraction(step.base) * Fraction(step.fraction) - Fraction(step.rounded)) * 10**scale
        # a share may be the one that gets the cent left over, so it is less than one away
        assert off < 1 or "take the rest" in step.rule, step


class Player:
    """Plays allowed actions, drawn by hypothesis, on the books of one order."""

    def __init__(self, draw: Any, books: Books, *, invoices: bool = True) -> None:
        self.draw = draw
        self.books = books
        self.open: list[str] = []
        self.invoices = invoices
        self.scale = scale_of(books.currency)

    def step(self) -> None:
        possible = [self.allocate, self.cancel] if with_units(self.books, "pre") else []
        possible += [self.fulfil, self.cancel_order, self.work_on] if self.open else []
        possible += [self.cancel_item] if self.held() else []
        possible += [self.take_back] if with_units(self.books, "post", PRODUCT) else []
        possible += [self.adjust] if self.to_adjust() else []
        possible += [self.invoice] if self.invoices and self.to_invoice() else []
        possible += [self.credit] if self.to_credit() else []
        possible += [self.charge] if self.to_charge() else []
        if possible:
            self.draw(st.sampled_from(possible))()
            check(self.books.whole, self.books.original)

    def some(self, choices: Sequence[str]) -> list[str]:
        return self.draw(st.lists(st.sampled_from(choices), min_size=1, max_size=3, unique=True))  # type: ignore[no-any-return]

    def allocate(self) -> None:
        to = self.draw(st.integers(0, len(self.books.whole.delivery_groups) - 1))
        units = some_units(self.draw, with_units(self.books, "pre", to=to), "pre")
        if units:
            self.open.append(self.books.allocate(units, to))

    def fulfil(self) -> None:
        self.settle("Fulfilled")

    def cancel_order(self) -> None:
        self.settle("Cancelled")

    def work_on(self) -> None:
        self.books.move(self.draw(st.sampled_from(self.open)), "Assigned")

    def held(self) -> list[FulfillmentOrderLineItem]:
        """Lines that still hold units, on fulfillment orders that are open."""
        lines = self.books.whole.fulfillment.lines
        return [line for line in lines if line.fulfillment_order_id in self.open and line.quantity]

    def cancel_item(self) -> None:
        """Give units back, line by line; what leaves the fulfillment order is what the pre pool gets."""
        made = self.draw(st.sampled_from(sorted({line.fulfillment_order_id for line in self.held()})))
        lines = [line for line in self.held() if line.fulfillment_order_id == made]
        chosen = self.draw(st.lists(st.sampled_from(lines), min_size=1, max_size=3, unique_by=lambda li: li.id))
        names = {item.id: item.description or "" for item in self.books.whole.items}
        units = {names[li.order_item_summary_id or ""]: self.draw(st.integers(1, int(li.quantity))) for li in chosen}
        before, worth = self.order_of(made), self.books.whole.summary.grand_total_amount
        pre = self.in_pre()
        self.books.give_back(made, units)
        left = self.order_of(made)
        assert before.item_count - left.item_count == sum(units.values())
        assert before.grand_total_amount - left.grand_total_amount == self.in_pre() - pre
        assert self.books.whole.summary.grand_total_amount == worth

    def order_of(self, made: str) -> FulfillmentOrder:
        return next(o for o in self.books.whole.fulfillment.orders if o.id == made)

    def in_pre(self) -> Decimal:
        """All that unallocated units are worth, with tax."""
        whole = self.books.whole
        amounts = [*map(line_amounts, whole.items), *map(amounts_of, whole.adjustments), *map(amounts_of, whole.taxes)]
        return sum((a.pre for a in amounts), ZERO)

    def settle(self, status: str) -> None:
        chosen = self.draw(st.sampled_from(self.open))
        self.open.remove(chosen)
        self.books.move(chosen, status)

    # --- units

    def cancel(self) -> None:
        self.change("pre")

    def take_back(self) -> None:
        self.change("post")

    def change(self, pool: Pool) -> None:
        units = some_units(self.draw, with_units(self.books, pool, PRODUCT), pool)
        items = [asked(self.books.item(n), count, shipping=self.draw(st.booleans())) for n, count in units.items()]
        if items:
            if self.draw(st.integers(0, 2)) == 0:
                kind, amount = self.draw(st.sampled_from(AMOUNT_TYPES)), self.draw(st.integers(1, 2_000))
                items[0] = with_fee(items[0], kind, text(amount, self.scale))
            decide = decide_cancel if pool == "pre" else decide_simple_return
            assert decide(self.books.whole, items, NOW) == decide(self.books.whole, items, NOW)
            made = self.books.change(decide, *items)
            assert (made.fee_change_order_id is not None) == bool(items[0].fees)
            check_explanation(made, self.scale)

    # --- discounts

    def to_adjust(self) -> list[OrderItemSummary]:
        """Goods and delivery charges that still have units."""
        return [i for i in self.books.whole.items if i.type != FEE and any(units_in(i, pool) for pool in POOLS)]

    def adjust(self) -> None:
        item = self.draw(st.sampled_from(self.to_adjust()))
        allocated = self.draw(st.sampled_from(ALLOCATED_ITEMS))
        adjustment = discounting(item, self.draw(st.sampled_from(ADJUSTMENT_TYPES)), "-1")
        price, tax = self.left(item, SHARING[allocated])
        amount = self.amount_for(adjustment.adjustment_type, price, tax)
        adjustment = msgspec.structs.replace(adjustment, amount=amount)
        individual = self.draw(st.booleans())
        if not self.is_allowed(adjustment, item, allocated, price, tax):
            with pytest.raises((InvalidInput, InvalidOperation)):
                self.books.adjust(adjustment, allocated=allocated, individual=individual)
            return
        preview = self.preview(adjustment, allocated, individual=individual)
        made = self.books.adjust(adjustment, allocated=allocated, individual=individual)
        assert (made.balances, made.lines) == (preview.balances, preview.lines)
        check_explanation(made, self.scale)
        assert made.balances.grand_total_amount == item.total_amt_with_tax - self.books.item(
            item.description or ""
        ).total_amt_with_tax  # fmt: skip
        if adjustment.adjustment_type == "AmountWithTax":
            assert made.balances.grand_total_amount == -amount
        elif adjustment.adjustment_type == "AmountTaxOnly":
            assert (made.balances.total_amount, made.balances.total_tax_amount) == (ZERO, -amount)
        elif adjustment.adjustment_type != "Percentage":
            assert made.balances.total_amount == -amount
        left = self.left(self.books.item(item.description or ""), SHARING[allocated])
        assert min(left) >= min(ZERO, price, tax), "a discount makes nothing negative"

    def preview(self, adjustment: AdjustItem, allocated: str, *, individual: bool) -> AdjustDecision:
        wishes = AdjustWishes(
            items=(adjustment,),
            allocated_items_change_order_type=allocated,
            individual_line_item_tax_adjustments=individual,
        )
        return decide_adjust(self.books.whole, wishes, NOW)

    def left(self, item: OrderItemSummary, pools: Iterable[Pool]) -> tuple[Decimal, Decimal]:
        """Price and tax of the units in `pools`; a pool below zero counts as zero."""
        whole = self.books.whole
        price = sum(
            (amounts_of(a) for a in whole.adjustments if a.order_item_summary_id == item.id), line_amounts(item)
        )
        taxes = [amounts_of(t) for t in whole.taxes if t.order_item_summary_id == item.id]
        return (
            sum((max(price.of(pool), ZERO) for pool in pools), ZERO),
            sum((max(sum((t.of(pool) for t in taxes), ZERO), ZERO) for pool in pools), ZERO),
        )

    def amount_for(self, kind: str, price: Decimal, tax: Decimal) -> Decimal:
        """Any amount, often just what there is, at times a cent more."""
        if kind == "Percentage":
            return -Decimal(self.draw(st.one_of(st.just(10_000), st.integers(1, 11_000)))).scaleb(-2)
        most = {"AmountWithTax": price + tax, "AmountTaxOnly": tax}.get(kind, price)
        units = int(most.scaleb(self.scale))
        return -from_minor_units(
            max(1, self.draw(st.one_of(st.integers(1, units + 1), st.just(units), st.just(units + 1)))), self.scale
        )

    def is_allowed(
        self, asked_for: AdjustItem, item: OrderItemSummary, allocated: str, price: Decimal, tax: Decimal
    ) -> bool:
        """What decisions.md N6 says of it: a discount fits what the units that share it still cost."""
        if not any(units_in(item, pool) for pool in SHARING[allocated]):
            return False
        kind = asked_for.adjustment_type
        if kind == "AmountWithTax":
            return -asked_for.amount <= price + tax and (item.total_tax_amount >= 0 or -asked_for.amount <= price)
        if kind == "Percentage":
            part = Fraction(-asked_for.amount) / 100
            half = Fraction(1, 2 * 10**self.scale)
            falls, tax_falls = part * Fraction(item.total_price), part * abs(Fraction(item.total_tax_amount))
            return (falls >= half or tax_falls >= half) and falls < Fraction(price) + half
        return -asked_for.amount <= {"AmountTaxOnly": tax}.get(kind, price)

    # --- documents

    def to_invoice(self) -> list[str]:
        part = self.books.whole.fulfillment
        return [
            o.id
            for o in part.orders
            if o.status != "Cancelled" and o.invoice_id is None and charged(part_of_order(part, o.id), self.scale).lines
        ]

    def to_credit(self) -> list[str]:
        orders = self.books.whole.change_orders
        return [o.id for o in orders if o.change_class == "creditable" and o.credit_memo_id is None]

    def to_charge(self) -> list[str]:
        orders = self.books.whole.change_orders
        return [o.id for o in orders if o.change_class == "fee" and o.invoice_id is None and o.grand_total_amount > 0]

    def invoice(self) -> None:
        self.books.invoice(self.draw(st.sampled_from(self.to_invoice())))

    def credit(self) -> None:
        chosen = self.some(self.to_credit())
        self.books.credit(*chosen)
        worth = sum((self.books.change_order(i).grand_total_amount for i in chosen), ZERO)
        assert self.books.whole.credit_memos[-1].total_amount_with_tax == -worth

    def charge(self) -> None:
        chosen = self.some(self.to_charge())
        self.books.charge(*chosen)
        worth = sum((self.books.change_order(i).grand_total_amount for i in chosen), ZERO)
        assert self.books.whole.funds.invoices[-1].total_amount_with_tax == worth


@settings(max_examples=40, suppress_health_check=LARGE)
@given(st.data(), orders())
def test_a_summary_is_its_order_plus_its_change_orders_after_every_step(data: st.DataObject, order: WholeOrder):
    player = Player(data.draw, summarised(order))
    check(player.books.whole, player.books.original)
    for _ in range(data.draw(st.integers(1, 10))):
        player.step()


def bring_everything_back(books: Books, open_orders: Sequence[str]) -> None:
    """Fulfil what is allocated; return all of it and cancel the rest, with the delivery charges."""
    for fulfillment_order_id in open_orders:
        books.move(fulfillment_order_id)
    for pool, decide in (("post", decide_simple_return), ("pre", decide_cancel)):
        items = with_units(books, pool, PRODUCT)  # type: ignore[arg-type]
        if items:
            everything = [asked(item, int(units_in(item, pool)), shipping=True) for item in items]  # type: ignore[arg-type]
            books.change(decide, *everything)
        check(books.whole, books.original)


@settings(max_examples=30, suppress_health_check=LARGE)
@given(st.data(), orders())
def test_bringing_everything_back_in_any_steps_ends_at_exactly_zero(data: st.DataObject, order: WholeOrder):
    player = Player(data.draw, summarised(order))
    for _ in range(data.draw(st.integers(0, 6))):
        player.step()
    books = player.books
    # Charges of several groups are pooled (N5): one that is brought back in two actions can keep part of its charge.
    groups = {item.order_delivery_group_summary_id for item in books.whole.items if is_pending(item)}
    pending = groups if len(books.whole.delivery_groups) == 1 else set()
    bring_everything_back(books, player.open)
    for item in books.whole.items:
        if item.type == PRODUCT or (item.type == DELIVERY and item.order_delivery_group_summary_id in pending):
            zeros = {
                n: getattr(item, n) for n in ITEM_AMOUNTS if n.startswith(("total_price", "total_tax", "total_amt"))
            }
            assert not any(zeros.values()), (item.description, zeros)
        if item.type == PRODUCT:
            assert item.quantity == 0
            assert item.total_line_amount == 0
    assert books.whole.summary.total_adj_product_amt_with_tax == 0


def is_pending(item: OrderItemSummary) -> bool:
    """Whether units of the item are left to bring back: only then can its group's delivery charge still fall."""
    return item.type == PRODUCT and item.quantity > 0


@settings(max_examples=30, suppress_health_check=LARGE)
@given(st.data(), orders())
def test_what_is_invoiced_and_what_the_order_keeps_do_not_differ(data: st.DataObject, order: WholeOrder):
    """Everything is fulfilled and invoiced, whatever happened before: invoices less credit memos are its worth."""
    player = Player(data.draw, summarised(order), invoices=False)
    for _ in range(data.draw(st.integers(0, 6))):
        player.step()
    books = player.books
    for fulfillment_order_id in player.open:
        books.move(fulfillment_order_id)
    for to in range(len(books.whole.delivery_groups)):
        units = {i.description or "": int(units_in(i, "pre")) for i in with_units(books, "pre", to=to)}
        if units:
            books.fulfil(units, to)
    for fulfillment_order in books.whole.fulfillment.orders:
        if fulfillment_order.status == "Fulfilled" and fulfillment_order.item_count:
            books.invoice(fulfillment_order.id)
    if player.to_credit():
        books.credit(*player.to_credit())
    if player.to_charge():
        books.charge(*player.to_charge())
    invoiced = sum((i.total_amount_with_tax for i in books.whole.funds.invoices), ZERO)
    credited = sum((m.total_amount_with_tax for m in books.whole.credit_memos), ZERO)
    excess = after_invoices(books)
    assert invoiced - credited - excess == books.whole.summary.grand_total_amount


def after_invoices(books: Books) -> Decimal:
    """What cancels took off a delivery charge that a fulfillment order held already: it comes back as excess funds."""
    pre: Any = {line.id: line for line in books.whole.adjustments if line.name == "Delivery Charge Reduction"}
    lines = {line.order_item_adjust_line_summary_id for line in books.whole.fulfillment.adjustments}
    late = [line for line in pre.values() if line.id not in lines]
    changes = {i.id: i for i in books.whole.changes.items}
    orders = {o.id: o for o in books.whole.change_orders}
    added = {a.id: a for a in books.whole.changes.adjustments}
    total = ZERO
    for line in late:
        made = added[line.original_order_item_adjustment_line_item_id]
        if orders[changes[made.order_item_id].order_id].change_class == "excess":
            total -= made.total_amt_with_tax
    return total


@settings(max_examples=40, suppress_health_check=LARGE)
@given(st.data(), orders())
def test_the_order_of_partial_changes_leaves_the_same_within_their_roundings(data: st.DataObject, order: WholeOrder):
    """Each step rounds each component once, by half a cent at most; so two orders of k steps are k cents apart (N2).

    When all is gone, nothing is left of either and both gave back the same.
    """
    decide = data.draw(st.sampled_from([decide_cancel, decide_simple_return]))
    first = summarised(order)
    if decide is decide_simple_return:
        for to in range(len(first.whole.delivery_groups)):
            units = {i.description or "": int(units_in(i, "pre")) for i in with_units(first, "pre", PRODUCT, to)}
            if units:
                first.fulfil(units, to)
    other = Books(first.original, first.whole)
    other.new_id.made = first.new_id.made
    parts = [
        (item.description or "", count)
        for item in first.whole.items
        if item.type == PRODUCT
        for count in data.draw(st.lists(st.integers(1, 2), max_size=int(item.quantity) // 2))
    ]
    for name, count in parts:
        first.change(decide, asked(first.item(name), count))
    for name, count in data.draw(st.permutations(parts)):
        other.change(decide, asked(other.item(name), count))
    unit = from_minor_units(1, scale_of(first.currency))
    for left, right in zip(first.whole.items, other.whole.items, strict=True):
        steps = sum(1 for name, _ in parts if name == left.description)
        components = zip(components_of(first.whole, left), components_of(other.whole, right), strict=True)
        assert all(abs(ours - theirs) <= steps * unit for ours, theirs in components)
        assert (left.quantity, left.status) == (right.quantity, right.status)
    for books in (first, other):
        rest = [asked(i, int(i.quantity)) for i in books.whole.items if i.type == PRODUCT and i.quantity]
        if rest:
            books.change(decide, *rest)
    assert first.whole.summary.total_adj_product_amt_with_tax == 0
    assert [getattr(first.whole.summary, n) for n in ORDER_AMOUNTS] == [
        getattr(other.whole.summary, n) for n in ORDER_AMOUNTS
    ]
    given_back = [sum((o.grand_total_amount for o in b.whole.change_orders), ZERO) for b in (first, other)]
    assert given_back[0] == given_back[1]


def components_of(whole: WholeSummary, item: OrderItemSummary) -> list[Decimal]:
    """What is rounded by itself: the line amount, each adjustment, each tax line."""
    adjustments = [a.amount for a in whole.adjustments if a.order_item_summary_id == item.id]
    taxes = [t.amount for t in whole.taxes if t.order_item_summary_id == item.id]
    return [item.total_line_amount, *adjustments, *taxes]


def test_the_fields_compared_are_those_of_the_manual():
    assert {"grand_total_amount", "total_amount", "total_tax_amount", "total_product_adj_dist_amount"} <= set(
        ORDER_AMOUNTS
    )
    assert {"total_price", "total_tax_amount", "total_adjustment_dist_amount"} <= set(ITEM_AMOUNTS)


def test_check_sees_a_cent_that_is_missing():
    books = summarised(placed_order([Line("A", 2, "10.01")]))
    item = msgspec.structs.replace(books.whole.items[0], line_amount_pre_fulfillment=Decimal("10.00"))
    books.put(item)
    with pytest.raises(AssertionError):
        check(books.whole, books.original)
