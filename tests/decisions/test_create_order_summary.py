"""An OrderSummary from an Order: every record, every amount; refusals in the order in which they are looked for."""

from typing import Any

import msgspec
import pytest

from orderwright.decisions.create_order_summary import Wishes, decide_create_order_summary
from orderwright.decisions.errors import DuplicateValue, InvalidStatus, Refusal, RequiredFieldMissing
from orderwright.objects.catalog import Product2
from orderwright.objects.order_item_summary import OrderItemSummary
from orderwright.objects.whole import WholeOrder
from tests.builders import NOW, Discount, Line, delivery, placed_order, summarised

SHIRT = "01t000000000001"


def order(**head: Any) -> WholeOrder:
    return placed_order(
        [
            Line("A", 2, "40.00", ("4.00", "1.00"), (Discount("-4.00", "Header", ("-0.40",)),), product_id=SHIRT),
            Line("B", 1, "10.00", (), (Discount("-1.00", "SplitLine"), Discount("-0.50"))),
            delivery("5.00", "0.50"),
        ],
        **head,
    )


def test_each_record_of_the_order_gets_its_summary_delivery_charges_included():
    placed = order()
    whole = summarised(placed).whole
    assert [i.original_order_item_id for i in whole.items] == [i.id for i in placed.items]
    assert [a.original_order_item_adjustment_line_item_id for a in whole.adjustments] == [
        a.id for a in placed.adjustments
    ]
    assert [t.original_order_item_tax_line_item_id for t in whole.taxes] == [t.id for t in placed.taxes]
    assert [g.original_order_delivery_group_id for g in whole.delivery_groups] == [g.id for g in placed.delivery_groups]
    assert [g.original_order_adj_group_id for g in whole.adjustment_groups] == [g.id for g in placed.adjustment_groups]
    assert whole.summary.original_order_id == placed.order.id


def test_amounts_are_the_orders_and_lie_on_unallocated_units():
    whole = summarised(order()).whole
    # products 40 - 4 + 10 - 1 - 0.50 = 44.50; delivery 5; tax 4 + 1 - 0.40 + 0.50 = 5.10
    assert str(whole.summary.total_adjusted_product_amount) == "44.50"
    assert str(whole.summary.total_adjusted_delivery_amount) == "5.00"
    assert str(whole.summary.total_tax_amount) == "5.10"
    assert str(whole.summary.grand_total_amount) == "54.60"
    assert all(i.line_amount_pre_fulfillment == i.total_line_amount for i in whole.items)
    assert all(i.quantity_available_to_cancel == i.quantity_ordered for i in whole.items)
    assert {i.status for i in whole.items} == {"ORDERED"}


def test_only_header_adjustments_are_distributed():
    whole = summarised(order()).whole
    a, b, _ = whole.items
    # A: 40 - 4 (Header). B: 10 - 1 (SplitLine) - 0.50 (no group), both line-level: AdjustedLineAmount has them (N7)
    assert (str(a.adjusted_line_amount), str(a.total_price)) == ("40.00", "36.00")
    assert (str(b.adjusted_line_amount), str(b.total_price)) == ("8.50", "8.50")
    assert str(whole.summary.total_product_adj_dist_amount) == "-4.00"
    assert str(whole.summary.total_product_adj_dist_tax_amount) == "-0.40"


def test_what_the_caller_chooses():
    wishes = Wishes(
        name="N-1",
        status="Approved",
        order_life_cycle_type="UNMANAGED",
        business_model="B2B",
        source_process="OrderOnBehalf",
        external_reference_identifier="ext",
    )
    summary = summarised(order(), wishes).whole.summary
    assert (summary.order_number, summary.status, summary.order_life_cycle_type) == ("N-1", "Approved", "UNMANAGED")
    assert (summary.business_model, summary.source_process) == ("B2B", "OrderOnBehalf")
    assert summary.external_reference_identifier == "ext"


def test_what_the_caller_does_not_choose():
    summary = summarised(order()).whole.summary
    assert (summary.order_number, summary.status, summary.order_life_cycle_type) == ("00000100", "Created", "MANAGED")
    assert (summary.source_process, summary.tax_locale_type, summary.ordered_date) == ("Standard", "Net", None)
    assert summary.version == 1


def test_ordered_date_is_copied():
    assert summarised(order(ordered_date=NOW)).whole.summary.ordered_date == NOW


def test_names_and_codes_come_from_the_product():
    product = Product2(id=SHIRT, name="Shirt", product_code="S-1", stock_keeping_unit="SKU")
    decision, _ = decide_create_order_summary(order(), {SHIRT: product}, Wishes())
    items = {r.description: r for r in decision.new if isinstance(r, OrderItemSummary)}
    assert (items["A"].name, items["A"].product_code, items["A"].stock_keeping_unit) == ("Shirt", "S-1", "SKU")
    assert items["B"].name == "B"


def broken(**changes: Any) -> WholeOrder:
    """An order with every fault that `changes` does not mend."""
    faults: dict[str, Any] = {"order_summary_id": "1Os000000000001", "items": (), "delivery_groups": ()}
    return msgspec.structs.replace(order(status="Draft", related_order_id="801000000000009"), **faults | changes)


def original(whole: WholeOrder, status: str) -> WholeOrder:
    head = msgspec.structs.replace(whole.order, related_order_id=None, status=status, status_code=status)
    return msgspec.structs.replace(whole, order=head)


GROUPLESS = tuple(msgspec.structs.replace(i, order_delivery_group_id=None) for i in order().items)
IN_ORDER: list[tuple[str, WholeOrder, type[Refusal], str]] = [
    ("a second summary", broken(), DuplicateValue, "1Os000000000001"),
    ("a change order", broken(order_summary_id=None), InvalidStatus, "change order"),
    ("not activated", original(broken(order_summary_id=None), "Draft"), InvalidStatus, "Draft"),
    ("no order item", original(broken(order_summary_id=None), "Activated"), RequiredFieldMissing, "no order items"),
    ("no delivery group", original(broken(order_summary_id=None, items=GROUPLESS), "Activated"), RequiredFieldMissing,
     "no order delivery group"),
    ("an item outside every delivery group",
     original(broken(order_summary_id=None, items=GROUPLESS, delivery_groups=order().delivery_groups), "Activated"),
     RequiredFieldMissing, GROUPLESS[0].id),
]  # fmt: skip


@pytest.mark.parametrize(("whole", "refusal", "words"), [r[1:] for r in IN_ORDER], ids=[r[0] for r in IN_ORDER])
def test_refusals_in_order_of_precedence(whole: WholeOrder, refusal: type[Refusal], words: str):
    with pytest.raises(refusal, match=words):
        decide_create_order_summary(whole, {}, Wishes())
