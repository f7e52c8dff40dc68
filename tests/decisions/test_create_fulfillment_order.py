"""Allocation: units and their part of every amount move from the pre to the in pool, onto fulfillment order lines."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.create_fulfillment_order import (
    Allocation,
    FulfillmentGroup,
    WantedGroup,
    decide_create_fulfillment_order,
    decide_create_multiple,
)
from orderwright.decisions.create_order_summary import Wishes
from orderwright.decisions.errors import (
    InvalidCrossReference,
    InvalidInput,
    InvalidOperation,
    InvalidPicklistValue,
    QuantityUnavailable,
    Refusal,
    RequiredFieldMissing,
)
from orderwright.objects.picklists import STANDARD
from tests.builders import NOW, Books, Discount, Line, delivery, order_summary, placed_order, summarised
from tests.decisions.sums import check

LINE = Line("A", 3, "10.00", ("0.85",), (Discount("-1.00", "Header", ("-0.09",)),))


def test_a_line_takes_its_units_part_and_the_last_unit_the_rest():
    books = order_summary(LINE)
    for _ in range(3):
        books.allocate({"A": 1})
    lines = books.whole.fulfillment.lines
    # as in the cancel of single units: 3.33, 3.34, 3.33; -0.33, -0.34, -0.33; tax 0.28 - 0.03, 0.29 - 0.03, 0.28 - 0.03
    assert [str(line.total_line_amount) for line in lines] == ["3.33", "3.34", "3.33"]
    assert [str(line.total_adjustment_amount) for line in lines] == ["-0.33", "-0.34", "-0.33"]
    assert [str(line.total_tax_amount) for line in lines] == ["0.25", "0.26", "0.25"]
    assert sum(o.grand_total_amount for o in books.whole.fulfillment.orders) == books.whole.summary.grand_total_amount


def test_only_pools_change_not_totals():
    books = order_summary(LINE)
    before = books.whole
    books.allocate({"A": 2})
    item = books.item("A")
    assert (str(item.line_amount_pre_fulfillment), str(item.line_amount_in_fulfillment)) == ("3.33", "6.67")
    assert item.total_amt_with_tax == before.items[0].total_amt_with_tax
    version = before.summary.version
    assert msgspec.structs.replace(books.whole.summary, version=version) == before.summary
    assert books.whole.summary.version == version + 1
    assert (item.quantity_allocated, item.status) == (Decimal(2), "PARTIALLYALLOCATED")


def test_a_delivery_charge_that_is_listed_counts_as_an_item():
    books = order_summary(LINE, delivery("5.00", "0.40"))
    books.allocate({"A": 1, "Delivery": 1})
    order = books.whole.fulfillment.orders[0]
    assert str(order.item_count) == "2"
    assert (str(order.total_delivery_amount), str(order.total_delivery_tax_amount)) == ("5.00", "0.40")
    # 3.33 - 0.33 + 0.25 + 5.00 + 0.40
    assert str(order.grand_total_amount) == "8.65"


def test_one_fulfillment_order_per_group_and_each_takes_what_the_one_before_left():
    books = order_summary(LINE)
    decision, made = decide_create_fulfillment_order(
        books.whole, books.whole.delivery_groups[0].id, [books.group({"A": 1}), books.group({"A": 2})], "Allocated", NOW
    )
    real = books.save(decision)
    assert [real[order_id] for order_id in made] == [o.id for o in books.whole.fulfillment.orders]
    assert [str(line.total_line_amount) for line in books.whole.fulfillment.lines] == ["3.33", "6.67"]
    assert {o.status_category for o in books.whole.fulfillment.orders} == {"ACTIVATED"}
    assert books.item("A").quantity_available_to_fulfill == 0


def allocation(item_id: str, quantity: str = "1") -> Allocation:
    return Allocation(order_item_summary_id=item_id, quantity=Decimal(quantity))


def group(*lines: Allocation, type_: str = "Warehouse") -> FulfillmentGroup:
    return FulfillmentGroup(
        fulfilled_from_location_id="131000000000001", fulfillment_type=type_, order_item_summaries=lines
    )


def first_group(books: Books) -> str:
    return books.whole.delivery_groups[0].id


Groups = Callable[[Books], Sequence[FulfillmentGroup]]
REFUSALS: list[tuple[str, str, Callable[[Books], str], Groups, str, type[Refusal], list[str]]] = [
    ("an unmanaged order", "UNMANAGED", lambda b: "x", lambda b: [], "Draft", InvalidOperation, ["UNMANAGED"]),
    ("another order's delivery group", "MANAGED", lambda b: "0ag000000000099", lambda b: [], "Draft",
     InvalidCrossReference, ["0ag000000000099"]),
    ("no group at all", "MANAGED", first_group, lambda b: [], "Draft", RequiredFieldMissing, ["fulfillmentGroups"]),
    ("a status that is not of category Activated", "MANAGED", first_group, lambda b: [group()], "Draft",
     InvalidPicklistValue, ["Draft", "Allocated"]),
    ("a group without lines", "MANAGED", first_group, lambda b: [group(type_="Rocket")], "Allocated",
     RequiredFieldMissing, ["orderItemSummaries"]),
    ("a type nobody knows", "MANAGED", first_group, lambda b: [group(allocation("10u0"), type_="Rocket")], "Allocated",
     InvalidPicklistValue, ["Rocket", "Warehouse"]),
    ("an item of another order", "MANAGED", first_group, lambda b: [group(allocation("10u000000000099", "0"))],
     "Allocated", InvalidCrossReference, ["10u000000000099"]),
    ("an item of another delivery group", "MANAGED", first_group, lambda b: [group(allocation(b.item("B").id, "0"))],
     "Allocated", InvalidCrossReference, ["B"]),
    ("an item listed twice in a group", "MANAGED", first_group,
     lambda b: [group(allocation(b.item("A").id), allocation(b.item("A").id, "0"))], "Allocated",
     InvalidInput, ["listed twice"]),
    ("half a unit (N11)", "MANAGED", first_group, lambda b: [group(allocation(b.item("A").id, "1.5"))],
     "Allocated", InvalidInput, ["1.5"]),
    ("a quantity of zero (N11)", "MANAGED", first_group, lambda b: [group(allocation(b.item("A").id, "0"))],
     "Allocated", InvalidInput, ["0"]),
    ("more than QuantityAvailableToFulfill", "MANAGED", first_group,
     lambda b: [group(allocation(b.item("A").id, "4"))], "Allocated", QuantityUnavailable, ["A", "4", "at most 3"]),
    ("two groups that together ask for too much", "MANAGED", first_group,
     lambda b: [group(allocation(b.item("A").id, "2")), group(allocation(b.item("A").id, "2"))], "Allocated",
     QuantityUnavailable, ["A", "2", "at most 1"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("life", "to", "groups", "status", "refusal", "words"), [r[1:] for r in REFUSALS], ids=[r[0] for r in REFUSALS]
)
def test_refusals_in_order_of_precedence(
    life: str, to: Callable[[Books], str], groups: Groups, status: str, refusal: type[Refusal], words: list[str]
):
    placed = placed_order([LINE, Line("B", 1, "1.00", to=1)])
    books = summarised(placed, Wishes(order_life_cycle_type=life))
    named = {i.description: i.id for i in books.whole.items}
    with pytest.raises(refusal) as refused:
        decide_create_fulfillment_order(books.whole, to(books), groups(books), status, NOW)
    assert all(named.get(word, word) in refused.value.message for word in words), refused.value.message


# --- events


def test_each_new_fulfillment_order_is_told_with_no_old_status():
    books = order_summary(LINE)
    made = books.allocate({"A": 1})
    assert books.events("FOStatusChangedEvent") == [
        {
            "FulfillmentOrderId": made,
            "OrderSummaryId": books.whole.summary.id,
            "NewStatus": "Allocated",
            "NewStatusCategory": "ACTIVATED",
            "OldStatus": None,
            "OldStatusCategory": None,
        }
    ]


# --- statuses and types are configuration

OWN = msgspec.structs.replace(
    STANDARD,
    fulfillment_statuses={"Released": "ACTIVATED", "Sent": "CLOSED", "Given up": "CANCELLED"},
    fulfillment_types={"Locker": "PHYSICAL"},
)


def test_a_configured_status_and_type_are_kept_with_their_categories():
    books = order_summary(LINE)
    wanted = group(allocation(books.item("A").id), type_="LOCKER")
    decision, _ = decide_create_fulfillment_order(books.whole, first_group(books), [wanted], "Released", NOW, OWN)
    books.save(decision)
    order = books.whole.fulfillment.orders[0]
    assert (order.status, order.status_category, order.type, order.type_category) == (
        "Released", "ACTIVATED", "Locker", "PHYSICAL",
    )  # fmt: skip


@pytest.mark.parametrize(("type_", "status"), [("Warehouse", "Released"), ("Locker", "Allocated"), ("Locker", "Sent")])
def test_what_is_not_configured_is_refused(type_: str, status: str):
    books = order_summary(LINE)
    wanted = group(allocation(books.item("A").id), type_=type_)
    with pytest.raises(InvalidPicklistValue, match=r"use (Released|Locker)$"):
        decide_create_fulfillment_order(books.whole, first_group(books), [wanted], status, NOW, OWN)


# --- many groups, each made or refused alone


def wanted_group(to: str, *lines: Allocation, status: str = "Allocated", type_: str = "Warehouse") -> WantedGroup:
    return WantedGroup(delivery_group_summary_id=to, group=group(*lines, type_=type_), status=status)


def two_groups() -> Books:
    return summarised(placed_order([LINE, Line("B", 2, "4.00", to=1)]))


def test_a_refused_group_takes_nothing_and_the_others_are_made():
    books = two_groups()
    a, b = books.item("A").id, books.item("B").id
    first, second = (g.id for g in books.whole.delivery_groups)
    asked_for = [
        wanted_group(first, allocation(a, "2")),
        wanted_group(first, allocation(a, "1"), allocation(b, "1")),
        wanted_group(second, allocation(b, "2")),
        wanted_group(first, allocation(a, "2")),
        wanted_group(first, allocation(a, "1")),
    ]
    decision, outcomes = decide_create_multiple(books.whole, asked_for, NOW)
    assert [type(o.refusal) for o in outcomes] == [
        type(None), InvalidCrossReference, type(None), QuantityUnavailable, type(None),
    ]  # fmt: skip
    real = books.save(decision)
    made = [real[o.fulfillment_order_id] for o in outcomes if o.fulfillment_order_id]
    assert made == [o.id for o in books.whole.fulfillment.orders]
    assert [str(line.quantity) for line in books.whole.fulfillment.lines] == ["2", "2", "1"]
    assert [int(item.quantity_allocated) for item in books.whole.items] == [3, 2]
    assert sum(o.grand_total_amount for o in books.whole.fulfillment.orders) == books.whole.summary.grand_total_amount
    assert len(books.events("FOStatusChangedEvent")) == 3
    check(books.whole, books.original)


def test_each_item_of_a_refused_group_says_what_is_wrong_with_it():
    books = two_groups()
    a, b = books.item("A").id, books.item("B").id
    first = first_group(books)
    asked_for = wanted_group(first, allocation(a, "1"), allocation(b, "1"), allocation(a, "1"))
    _, (outcome,) = decide_create_multiple(books.whole, [asked_for], NOW)
    assert [type(r) for r in outcome.item_refusals] == [type(None), InvalidCrossReference, InvalidInput]
    assert outcome.refusal is not None
    assert outcome.refusal.message == outcome.item_refusals[1].message  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (lambda to, item: wanted_group("0ag000000000099", item), InvalidCrossReference),
        (lambda to, item: wanted_group(to, item, status="Draft"), InvalidPicklistValue),
        (lambda to, item: wanted_group(to, item, type_="Rocket"), InvalidPicklistValue),
        (lambda to, item: wanted_group(to), RequiredFieldMissing),
    ],
    ids=["another order's delivery group", "a status not Activated", "an unknown type", "no items"],
)
def test_a_group_is_refused_for_all_that_one_alone_is_refused_for(wanted: Any, refusal: type[Refusal]):
    books = order_summary(LINE)
    asked_for = wanted(first_group(books), allocation(books.item("A").id))
    decision, (outcome,) = decide_create_multiple(books.whole, [asked_for], NOW)
    assert isinstance(outcome.refusal, refusal)
    assert (decision.new, decision.changed) == ((), ())


def test_many_groups_of_an_unmanaged_order_are_refused_together():
    books = summarised(placed_order([LINE]), Wishes(order_life_cycle_type="UNMANAGED"))
    with pytest.raises(InvalidOperation, match="UNMANAGED"):
        decide_create_multiple(books.whole, [], NOW)
