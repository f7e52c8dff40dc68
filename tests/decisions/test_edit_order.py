"""A draft order's parts and totals, its activation, and what is refused."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions import errors
from orderwright.decisions.decision import Decision
from orderwright.decisions.edit_order import (
    decide_saved_order,
    priced_item,
    refuse_other_parent,
    with_changed,
    with_records,
)  # fmt: skip
from orderwright.decisions.edit_order_head import activated, edited_order
from orderwright.decisions.roll_up import roll_up_order
from orderwright.objects.definition import SObject
from orderwright.objects.order import (
    Order,
    OrderAdjustmentGroup,
    OrderDeliveryGroup,
    OrderItem,
    OrderItemAdjustmentLineItem,
    OrderItemTaxLineItem,
)  # fmt: skip
from orderwright.objects.whole import WholeOrder

NOW = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
DAY = dt.date(2026, 3, 1)
ORDER = Order(id="801000000000001", effective_date=DAY, status="Draft", currency_iso_code="GBP")
EMPTY = WholeOrder(order=ORDER)
GROUP = OrderAdjustmentGroup(id="0az1", name="Spring", order_id=ORDER.id, type="Header")


def item(record_id: str = "8021", **about: Any) -> OrderItem:
    known: dict[str, Any] = {"order_id": ORDER.id, "quantity": Decimal(2), "total_line_amount": Decimal(20)}
    return OrderItem(id=record_id, **(known | about))


def adjustment(record_id: str = "3qZ1", **about: Any) -> OrderItemAdjustmentLineItem:
    known: dict[str, Any] = {"name": "Off", "order_item_id": "8021", "amount": Decimal(-1)}
    return OrderItemAdjustmentLineItem(id=record_id, **(known | about))


def tax(record_id: str = "0au1", **about: Any) -> OrderItemTaxLineItem:
    known: dict[str, Any] = {
        "name": "VAT",
        "order_item_id": "8021",
        "amount": Decimal(4),
        "type": "Actual",
        "tax_effective_date": DAY,
    }
    return OrderItemTaxLineItem(id=record_id, **(known | about))


def added(whole: WholeOrder, records: Sequence[SObject]) -> Decision:
    """The three steps, as a request takes them."""
    return decide_saved_order(whole, roll_up_order(with_records(whole, records)))


def edited(whole: WholeOrder, record: SObject) -> Decision:
    return decide_saved_order(whole, roll_up_order(with_changed(whole, record)))


def after(decision: Decision, record_id: str) -> Any:
    """The record as the decision leaves it."""
    known = {record.id: record for record in decision.new} | {c.after.id: c.after for c in decision.changed}
    return known[record_id]


def placed() -> WholeOrder:
    """An order of one item with tax, and a header adjustment with its tax, totals true."""
    records = (item(), GROUP, adjustment(order_adjustment_group_id="0az1"), tax())
    decision = added(EMPTY, [*records, tax("0au2", order_item_adjustment_line_item_id="3qZ1", amount=Decimal("-0.2"))])
    by_type: dict[type, list[Any]] = {}
    for record in decision.new:
        by_type.setdefault(type(record), []).append(record)
    return WholeOrder(
        order=after(decision, ORDER.id),
        items=tuple(by_type[OrderItem]),
        adjustment_groups=tuple(by_type[OrderAdjustmentGroup]),
        adjustments=tuple(by_type[OrderItemAdjustmentLineItem]),
        taxes=tuple(by_type[OrderItemTaxLineItem]),
    )


def test_totals_are_computed_from_the_bottom_up():
    whole = placed()
    assert (whole.order.total_amount, whole.order.total_tax_amount) == (Decimal("19.00"), Decimal("3.80"))
    assert whole.order.grand_total_amount == Decimal("22.80")
    assert whole.order.total_product_adj_dist_amount == -1
    assert whole.adjustment_groups[0].grand_total_amount == Decimal("-1.20")
    assert whole.items[0].total_line_tax_amount == 4
    assert (whole.adjustments[0].order_id, whole.adjustments[0].currency_iso_code) == (ORDER.id, "GBP")


def test_parents_and_children_may_come_in_any_order():
    records = (tax(), adjustment(order_adjustment_group_id="0az1"), item(), GROUP)
    assert after(added(EMPTY, records), ORDER.id).total_amount == 19


@pytest.mark.parametrize(
    ("about", "amount"),
    [
        ({"total_line_amount": None, "unit_price": Decimal("1.115"), "quantity": Decimal(3)}, "3.35"),
        ({"total_line_amount": Decimal(7), "unit_price": Decimal("1.115")}, "7.00"),
        ({"total_line_amount": Decimal(0)}, "0.00"),
    ],
)
def test_the_line_amount_is_given_or_quantity_times_unit_price_rounded_once(about: dict[str, Any], amount: str):
    done = after(added(EMPTY, [item(**about)]), "8021")
    assert str(done.rounded_line_amount) == amount
    assert done.unit_price == about.get("unit_price")


@pytest.mark.parametrize(
    ("record", "refusal"),
    [
        (item(quantity=Decimal(0)), errors.InvalidInput),
        (item(quantity=Decimal("1.5")), errors.InvalidInput),
        (item(total_line_amount=Decimal("1.005")), errors.NumberOutsideValidRange),
        (item(total_line_amount=Decimal(-1)), errors.InvalidInput),
        (item(total_line_amount=None), errors.RequiredFieldMissing),
        (item(total_line_amount=None, unit_price=Decimal(10) ** 15, quantity=Decimal(100)),
         errors.NumberOutsideValidRange),
        (item(order_delivery_group_id="2Dg9"), errors.InvalidCrossReference),
        (adjustment(), errors.InvalidCrossReference),
        (tax(), errors.InvalidCrossReference),
    ],
)  # fmt: skip
def test_a_part_that_does_not_fit_is_refused(record: Any, refusal: type[errors.Refusal]):
    with pytest.raises(refusal):
        added(EMPTY, [record])


def test_a_tax_names_the_item_its_adjustment_belongs_to():
    wrong = tax("0au9", order_item_id="8022", order_item_adjustment_line_item_id="3qZ1")
    with pytest.raises(errors.InvalidCrossReference):
        added(placed(), [item("8022"), wrong])


def test_totals_stay_below_the_money_limit():
    huge = Decimal(9 * 10**15)
    with pytest.raises(errors.NumberOutsideValidRange):
        added(EMPTY, [item(total_line_amount=huge), item("8022", total_line_amount=huge)])


def test_only_what_differs_is_saved():
    whole = placed()
    decision = edited(whole, msgspec.structs.replace(whole.taxes[0], amount=Decimal(5)))
    assert not decision.new
    assert {change.after.id for change in decision.changed} == {ORDER.id, "8021", "0au1"}
    assert decide_saved_order(whole, whole) == Decision()


def test_a_group_that_becomes_splitline_moves_its_adjustments_to_the_lines():
    whole = placed()
    group = msgspec.structs.replace(whole.adjustment_groups[0], type="SplitLine")
    changed = after(edited(whole, group), "8021")
    assert (changed.total_adjustment_dist_amount, changed.total_line_adjustment_amount) == (0, -1)
    assert changed.total_price == whole.items[0].total_price


def test_activation_needs_an_item_and_sets_who_and_when():
    with pytest.raises(errors.InvalidStatus):
        edited_order(EMPTY, msgspec.structs.replace(ORDER, status="Activated"), NOW, "005000000000001")
    whole = placed()
    order = edited_order(whole, msgspec.structs.replace(whole.order, status="Activated"), NOW, "005000000000001").order
    assert (order.status, order.status_code) == ("Activated", "Activated")
    assert (order.activated_date, order.activated_by_id) == (NOW, "005000000000001")


def test_an_activated_order_and_a_change_order_take_no_parts():
    whole = placed()
    done = msgspec.structs.replace(whole, order=activated(whole, whole.order, NOW, "005000000000001"))
    change = msgspec.structs.replace(whole, order=msgspec.structs.replace(ORDER, related_order_id="801000000000009"))
    for frozen in (done, change):
        with pytest.raises(errors.CannotUpdate):
            added(frozen, [item("8022")])
        with pytest.raises(errors.CannotUpdate):
            edited(frozen, whole.items[0])


@pytest.mark.parametrize(
    ("field", "value", "refused"),
    [
        ("description", "Gate", False),
        ("shipping_city", "York", False),
        ("account_id", "001000000000001", True),
        ("effective_date", dt.date(2026, 4, 1), True),
        ("status", "Draft", True),
        ("status_code", "Superseded", True),
        ("tax_locale_type", "Gross", True),
    ],
)
def test_an_activated_order_takes_descriptive_fields(field: str, value: Any, refused: bool):
    whole = placed()
    whole = msgspec.structs.replace(whole, order=activated(whole, whole.order, NOW, "005000000000001"))
    wanted = msgspec.structs.replace(whole.order, **{field: value})
    if refused:
        with pytest.raises(errors.CannotUpdate):
            edited_order(whole, wanted, NOW, "005000000000001")
    else:
        assert edited_order(whole, wanted, NOW, "005000000000001").order == wanted


@pytest.mark.parametrize(
    ("product", "book", "currency", "refusal"),
    [
        (None, None, "GBP", None),
        ("01t1", None, "GBP", None),
        (None, "01s1", None, None),
        ("01t9", None, "GBP", errors.InvalidCrossReference),
        (None, "01s9", "GBP", errors.InvalidCrossReference),
        (None, None, "EUR", errors.InvalidInput),
    ],
)
def test_the_price_book_entry_must_fit_the_order(product, book, currency, refusal):
    order = msgspec.structs.replace(ORDER, pricebook2_id=book)
    line = item(product2_id=product, pricebook_entry_id="01u1")
    if refusal is None:
        assert priced_item(line, "01t1", "01s1", currency, order).product2_id == "01t1"
    else:
        with pytest.raises(refusal):
            priced_item(line, "01t1", "01s1", currency, order)


def test_the_full_name_of_a_delivery_group_follows_its_parts():
    group = OrderDeliveryGroup(
        id="2Dg1", order_id=ORDER.id, deliver_to_full_first_name="Ada", deliver_to_full_last_name="L"
    )
    assert after(added(EMPTY, [group]), "2Dg1").deliver_to_full_name == "Ada L"


def test_a_part_never_moves_to_another_item():
    with pytest.raises(errors.InvalidFieldForWrite):
        refuse_other_parent(tax(), tax(order_item_id="8022"))
