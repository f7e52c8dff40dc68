"""Any order, any sequence of allowed actions: a summary is its original order plus its change orders, to the cent."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orderwright.arithmetic.money import from_minor_units, scale_of
from orderwright.decisions.cancel import decide_cancel
from orderwright.decisions.component import Pool, units_in
from orderwright.decisions.simple_return import decide_simple_return
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.whole import WholeOrder
from tests.builders import DELIVERY, NOW, PRODUCT, ZERO, Books, Discount, Line, asked, placed_order, summarised
from tests.decisions.sums import ITEM_AMOUNTS, ORDER_AMOUNTS, check


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
    scale, groups = scale_of(currency), draw(st.integers(1, 3))
    made = draw(st.lists(lines(scale, groups), min_size=1, max_size=12, unique_by=lambda line: line.name))
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


class Player:
    """Plays allowed actions, drawn by hypothesis, on the books of one order."""

    def __init__(self, draw: Any, books: Books) -> None:
        self.draw = draw
        self.books = books
        self.open: list[str] = []

    def step(self) -> None:
        possible = [self.allocate, self.cancel] if with_units(self.books, "pre") else []
        possible += [self.fulfil, self.give_back] if self.open else []
        possible += [self.take_back] if with_units(self.books, "post", PRODUCT) else []
        if possible:
            self.draw(st.sampled_from(possible))()
            check(self.books.whole, self.books.original)

    def allocate(self) -> None:
        to = self.draw(st.integers(0, len(self.books.whole.delivery_groups) - 1))
        units = some_units(self.draw, with_units(self.books, "pre", to=to), "pre")
        if units:
            self.open.append(self.books.allocate(units, to))

    def fulfil(self) -> None:
        self.settle("Fulfilled")

    def give_back(self) -> None:
        self.settle("Cancelled")

    def settle(self, status: str) -> None:
        chosen = self.draw(st.sampled_from(self.open))
        self.open.remove(chosen)
        self.books.move(chosen, status)

    def cancel(self) -> None:
        self.change("pre")

    def take_back(self) -> None:
        self.change("post")

    def change(self, pool: Pool) -> None:
        units = some_units(self.draw, with_units(self.books, pool, PRODUCT), pool)
        items = [asked(self.books.item(n), count, shipping=self.draw(st.booleans())) for n, count in units.items()]
        if items:
            decide = decide_cancel if pool == "pre" else decide_simple_return
            assert decide(self.books.whole, items, NOW) == decide(self.books.whole, items, NOW)
            self.books.change(decide, *items)


@settings(max_examples=40)
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


@settings(max_examples=30)
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
        if item.type == PRODUCT or item.order_delivery_group_summary_id in pending:
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


@settings(max_examples=30)
@given(st.data(), orders())
def test_what_is_invoiced_and_what_the_order_keeps_do_not_differ(data: st.DataObject, order: WholeOrder):
    """Everything is fulfilled and invoiced, whatever happened before: invoices less credit memos are its worth."""
    player = Player(data.draw, summarised(order))
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
        if fulfillment_order.status == "Fulfilled":
            books.invoice(fulfillment_order.id)
    credit = [o.id for o in books.whole.change_orders if o.change_class == "creditable"]
    if credit:
        books.credit(*credit)
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
