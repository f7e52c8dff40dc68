"""Cancels, returns, discounts, fee invoices and credit memos over HTTP; the numbers are worked out in `changing.py`."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from orderwright.store.database import Database
from tests.rest.calling import Caller, exact
from tests.rest.changing import SUMMARIES, Nothing, Placed, place, plain, post, refusal, version_of

MONEY = (
    "grandTotalAmount", "totalAdjDeliveryAmtWithTax", "totalAdjDistAmountWithTax", "totalAdjProductAmtWithTax",
    "totalAdjustedDeliveryAmount", "totalAdjustedDeliveryTaxAmount", "totalAdjustedProductAmount",
    "totalAdjustedProductTaxAmount", "totalAdjustmentDistributedAmount", "totalAdjustmentDistributedTaxAmount",
    "totalAmount", "totalExcessFundsAmount", "totalFeeAmount", "totalFeeTaxAmount", "totalRefundableAmount",
    "totalRequiredFundsAmount", "totalTaxAmount",
)  # fmt: skip
LATER = {
    "totalAdjDeliveryAmtWithTax": 49, "totalAdjDistAmountWithTax": 49, "totalAdjProductAmtWithTax": 49,
    "totalRequiredFundsAmount": 54, "totalFeeAmount": 57, "totalFeeTaxAmount": 57,
}  # fmt: skip
"""The properties of `changeBalances` that came after v48."""

Ask = Callable[[Placed], Any]


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


def balances(**amounts: str) -> dict[str, Decimal]:
    """A whole `changeBalances`: these amounts, and zeros."""
    assert set(amounts) <= set(MONEY)
    return dict.fromkeys(MONEY, Decimal("0.00")) | {name: Decimal(text) for name, text in amounts.items()}


MUG_AND_DELIVERY = balances(
    totalAdjustedProductAmount="9.00", totalAdjustedProductTaxAmount="1.80", totalAdjProductAmtWithTax="10.80",
    totalAdjustedDeliveryAmount="0.95", totalAdjustedDeliveryTaxAmount="0.19", totalAdjDeliveryAmtWithTax="1.14",
    # the discount of the mug comes back: what reduces the reduction is negative here
    totalAdjustmentDistributedAmount="-1.00", totalAdjustmentDistributedTaxAmount="-0.20",
    totalAdjDistAmountWithTax="-1.20",
    totalAmount="9.95", totalTaxAmount="1.99", grandTotalAmount="11.94",
)  # fmt: skip


# --- cancel -----------------------------------------------------------------------------------------------------------


async def test_a_cancel_is_previewed_and_then_done_with_the_same_numbers(placed: Placed, database: Database):
    body = placed.of("mug", delivery=True, reasonForChangeText="arrived late")
    async with Nothing(database, placed):
        seen = await placed.done("preview-cancel", body)
    assert seen == {
        "changeBalances": MUG_AND_DELIVERY, "errors": [], "orderSummaryId": placed.summary, "success": True,
    }  # fmt: skip
    done = await placed.done("submit-cancel", body)
    change_order = done.pop("changeOrderId")
    assert done == {"changeBalances": MUG_AND_DELIVERY, "errors": [], "feeChangeOrderId": None, "success": True}
    order = await placed.api.read("Order", change_order)
    assert (order["Status"], order["GrandTotalAmount"]) == ("Activated", Decimal("-11.94"))
    assert order["RelatedOrderId"] == (await placed.read())["OriginalOrderId"]


async def test_what_a_cancel_leaves(placed: Placed):
    await placed.done("submit-cancel", placed.of("mug", delivery=True, reasonForChangeText="arrived late"))
    mug, delivery, summary = await placed.item("mug"), await placed.item("delivery"), await placed.read()
    assert (mug["QuantityCanceled"], mug["Quantity"], mug["Status"]) == (1, 3, "ORDERED")
    assert (mug["TotalLineAmount"], mug["TotalPrice"], mug["TotalTaxAmount"]) == (
        Decimal("30.00"), Decimal("27.00"), Decimal("5.40"),
    )  # fmt: skip
    assert (delivery["Quantity"], delivery["TotalPrice"], delivery["TotalTaxAmount"]) == (
        1, Decimal("5.05"), Decimal("1.01"),
    )  # fmt: skip
    assert (summary["TotalAmount"], summary["GrandTotalAmount"]) == (Decimal("53.05"), Decimal("62.61"))
    changes = {c["ChangeType"]: c for c in await placed.related("OrderSummaries")}
    assert changes["Cancel"]["ReasonText"] == "arrived late"
    assert (changes["Cancel"]["IsPreFulfillment"], changes["Cancel"]["Reason"]) == (True, "Unknown")
    assert changes["DeliveryChargeAdjustment"]["OrderItemSummaryId"] == placed.items["delivery"]


async def test_cancelling_everything_in_two_steps_leaves_exactly_nothing(placed: Placed):
    await placed.done("submit-cancel", placed.of("mug", 3, delivery=True))
    rest = [placed.entry("mug", 1, delivery=True), placed.entry("towel", 3, delivery=True)]
    await placed.done("submit-cancel", {"changeItems": rest})
    summary, mug = await placed.read(), await placed.item("mug")
    assert (summary["TotalAmount"], summary["TotalTaxAmount"], summary["GrandTotalAmount"]) == (0, 0, 0)
    assert (mug["Status"], mug["TotalLineAmount"], mug["TotalAdjustmentDistAmount"]) == ("CANCELED", 0, 0)


# --- return, fee invoice, credit memo ---------------------------------------------------------------------------------


async def test_a_return_with_a_fee_makes_two_change_orders(placed: Placed):
    await placed.shipped(mug=4, delivery=1)
    body = placed.of("mug", delivery=True, changeItemFees=[placed.fee("2.00")])
    seen = await placed.done("preview-return", body)
    done = await placed.done("submit-return", body)
    # the fee is taxed as the mug is, 7.20 on 36.00; all of it can be refunded, but what the fee takes
    fees = {"totalFeeAmount": Decimal("-2.00"), "totalFeeTaxAmount": Decimal("-0.40")}
    totals = {
        "totalAmount": Decimal("7.95"), "totalTaxAmount": Decimal("1.59"), "grandTotalAmount": Decimal("9.54"),
        "totalRefundableAmount": Decimal("11.94"),
    }  # fmt: skip
    assert seen["changeBalances"] == done["changeBalances"] == MUG_AND_DELIVERY | fees | totals
    fee_order = await placed.api.read("Order", done["feeChangeOrderId"])
    assert (fee_order["TotalAmount"], fee_order["GrandTotalAmount"]) == (Decimal("2.00"), Decimal("2.40"))
    mug = await placed.item("mug")
    assert (mug["QuantityReturnInitiated"], mug["QuantityReturned"], mug["Status"]) == (1, 1, "FULFILLED")
    fee = next(i for i in await placed.related("OrderItemSummaries") if i["Type"] == "Fee")
    assert (fee["Status"], fee["TotalPrice"], fee["TotalTaxAmount"]) == ("FULFILLED", Decimal(2), Decimal("0.40"))


@pytest.mark.parametrize(
    ("kind", "amount", "price", "tax"),
    [
        ("AmountWithTax", "6.00", "5.00", "1.00"),  # the mug is 36.00 and 7.20: a sixth of the gross is tax
        ("AmountWithoutTax", "5.00", "5.00", "1.00"),
        ("Percentage", 10, "1.80", "0.36"),  # of 36.00 and 7.20, for 2 of 4 units
        ("PercentageGross", 10, "2.00", "0.40"),  # of 40.00 and 8.00, for 2 of 4 units: the discount does not count
    ],
)
async def test_each_kind_of_fee(placed: Placed, kind: str, amount: Any, price: str, tax: str):
    body = placed.of("mug", 2, changeItemFees=[placed.fee(amount, kind)])
    found = (await placed.done("preview-cancel", body))["changeBalances"]
    assert (found["totalFeeAmount"], found["totalFeeTaxAmount"]) == (-Decimal(price), -Decimal(tax))
    assert found["totalAdjustedProductAmount"] == Decimal("18.00")


async def test_a_return_is_credited_with_lines_for_charge_adjustment_and_taxes(placed: Placed):
    await placed.shipped(mug=4, towel=3, delivery=1)
    entries = [placed.entry("mug", delivery=True), placed.entry("towel")]
    back = await placed.done("submit-return", {"changeItems": entries})
    made = await placed.done("create-credit-memo", {"changeOrderIds": [back["changeOrderId"]]})
    assert (made["errors"], made["success"]) == ([], True)
    memo = await placed.api.read("CreditMemo", made["creditMemoId"])
    # the mug and its delivery 11.94, the towel 7.00 with 0.70 and 0.35
    assert (memo["Status"], memo["TotalAmountWithTax"], memo["Balance"]) == (
        "Posted", Decimal("19.99"), Decimal("19.99"),
    )  # fmt: skip
    answer = await placed.api.send("GET", f"/sobjects/CreditMemo/{made['creditMemoId']}/CreditMemoLines")
    lines = exact(answer)["records"]
    assert sorted((line["Type"], line["Name"]) for line in lines) == [
        ("Adjustment", "Delivery Charge Reduction"), ("Adjustment", "Spring"), ("Charge", "Delivery Charge"),
        ("Charge", "Order Product"), ("Charge", "Order Product"), ("Tax", "City"), ("Tax", "VAT"), ("Tax", "VAT"),
        ("Tax", "VAT"), ("Tax", "VAT"),
    ]  # fmt: skip
    assert sum(line["TaxAmount"] for line in lines if line["Type"] == "Tax") == Decimal("3.04")


async def test_a_fee_is_invoiced_once(placed: Placed, database: Database):
    done = await placed.done("submit-cancel", placed.of("mug", changeItemFees=[placed.fee("2.00")]))
    entry = {"orderSummaryId": placed.summary, "changeOrderIds": [done["feeChangeOrderId"]]}
    answer = await change_invoices(placed, entry)
    assert answer.status_code == 201
    found = exact(answer)
    (result,) = found.pop("invoices")
    assert found == {"errors": [], "success": True}
    assert (result["errors"], result["success"]) == ([], True)
    invoice = await placed.api.read("Invoice", result["invoiceId"])
    assert (invoice["TotalAmountWithTax"], invoice["Balance"]) == (Decimal("2.40"), Decimal("2.40"))
    async with Nothing(database, placed):
        (again,) = (await change_invoices(placed, entry)).json()["invoices"]
    assert again["errors"][0]["errorCode"] == "DUPLICATE_VALUE"
    assert result["invoiceId"] in again["errors"][0]["message"]


async def test_each_entry_of_fee_invoices_succeeds_or_fails_alone(placed: Placed):
    done = await placed.done("submit-cancel", placed.of("mug", changeItemFees=[placed.fee("2.00")]))
    wrong = {"orderSummaryId": placed.summary, "changeOrderIds": [done["changeOrderId"]]}
    missing = wrong | {"orderSummaryId": f"{placed.summary[:14]}{'A' if placed.summary[14] != 'A' else 'B'}"}
    right = wrong | {"changeOrderIds": [done["feeChangeOrderId"]]}
    answer = await change_invoices(placed, wrong, missing, right, right)
    assert answer.status_code == 201
    found = answer.json()
    assert found["success"] is False
    assert [[e["errorCode"] for e in entry["errors"]] for entry in found["invoices"]] == [
        ["INVALID_INPUT"], ["NOT_FOUND"], [], ["DUPLICATE_VALUE"],
    ]  # fmt: skip
    assert [entry["success"] for entry in found["invoices"]] == [False, False, True, False]
    assert [entry["invoiceId"] is None for entry in found["invoices"]] == [True, True, False, True]


async def test_a_bare_list_of_fee_invoices_is_understood(placed: Placed):
    """The manual's own example sends one, against its table of properties."""
    done = await placed.done("submit-cancel", placed.of("mug", changeItemFees=[placed.fee("2.00")]))
    entry = {"orderSummaryId": placed.summary, "changeOrderIds": [done["feeChangeOrderId"]]}
    answer = await post(placed.api, f"{SUMMARIES}/actions/create-multiple-change-invoices", [entry])
    assert (answer.status_code, answer.json()["success"]) == (201, True)


async def change_invoices(placed: Placed, *entries: Any, version: int = 67) -> Any:
    body = {"invoicesFromChangeOrders": list(entries)}
    return await post(placed.api, f"{SUMMARIES}/actions/create-multiple-change-invoices", body, version)


# --- adjust -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "amount", "price", "tax"),
    [
        ("AmountWithTax", "-12.00", "10.00", "2.00"),
        ("AmountWithoutTax", -10, "10.00", "2.00"),
        ("Percentage", -10, "3.60", "0.72"),
        ("AmountTaxOnly", -2, "0.00", "2.00"),
        ("ProductOnly", -10, "10.00", "0.00"),
    ],
)
async def test_each_kind_of_discount(placed: Placed, database: Database, kind: str, amount: Any, price: str, tax: str):
    body = placed.off("mug", amount, kind)
    async with Nothing(database, placed):
        seen = await placed.done("adjust-item-preview", body)
    done = await placed.done("adjust-item-submit", body)
    gross = str(Decimal(price) + Decimal(tax))
    assert seen["changeBalances"] == done["changeBalances"] == balances(
        totalAdjustedProductAmount=price, totalAdjustedProductTaxAmount=tax, totalAdjProductAmtWithTax=gross,
        totalAmount=price, totalTaxAmount=tax, grandTotalAmount=gross,
    )  # fmt: skip
    ids = ("preFulfillmentChangeOrderId", "inFulfillmentChangeOrderId", "postFulfillmentChangeOrderId")
    assert [seen[name] for name in ids] == [None, None, None]
    assert [done[name] is None for name in ids] == [False, True, True]
    assert done["orderSummaryId"] == placed.summary
    mug = await placed.item("mug")
    assert mug["TotalPrice"] == Decimal("36.00") - Decimal(price)
    assert mug["TotalTaxAmount"] == Decimal("7.20") - Decimal(tax)
    assert mug["TotalLineAdjustmentAmount"] == -Decimal(price)


@pytest.mark.parametrize(
    ("allocated", "grand_totals"),
    [
        # 1 mug unallocated, 1 in fulfillment, 2 fulfilled; 4.00 off with 0.80 tax
        ("Disallowed", {"pre": "-1.60", "in": None, "post": "-3.20"}),
        ("PreFulfillment", {"pre": "-2.40", "in": None, "post": "-2.40"}),
        ("InFulfillment", {"pre": "-1.20", "in": "-1.20", "post": "-2.40"}),
    ],
)
async def test_change_orders_of_a_discount_by_group(placed: Placed, allocated: str, grand_totals: dict[str, str]):
    """Disallowed shares over 1 + 2 units, so 1.33 and 2.67, with 0.27 and 0.53 of the tax; the others over all 4."""
    await placed.shipped(mug=2)
    await placed.allocated(mug=1)
    done = await placed.done("adjust-item-submit", placed.off("mug", -4, allocatedItemsChangeOrderType=allocated))
    found = {}
    for group in ("pre", "in", "post"):
        change_order = done[f"{group}FulfillmentChangeOrderId"]
        order = await placed.api.read("Order", change_order) if change_order else {"GrandTotalAmount": None}
        found[group] = order["GrandTotalAmount"]
    assert found == {group: total and Decimal(total) for group, total in grand_totals.items()}
    assert done["changeBalances"]["grandTotalAmount"] == Decimal("4.80")
    # the fulfilled part is owed back through a credit memo, the rest was never captured
    assert done["changeBalances"]["totalRefundableAmount"] == -Decimal(grand_totals["post"])
    await placed.done("create-credit-memo", {"changeOrderIds": [done["postFulfillmentChangeOrderId"]]})


@pytest.mark.parametrize(("individual", "names"), [(False, ["VAT"]), (True, ["City", "VAT"])])
async def test_taxes_of_a_discount_in_one_line_or_in_one_per_tax(placed: Placed, individual: bool, names: list[str]):
    """10 % of the towels: 2.10 with 0.315 tax, rounded once to 0.32 whichever way it is written down."""
    body = placed.off("towel", -10, "Percentage", individualLineItemTaxAdjustments=individual)
    done = await placed.done("adjust-item-submit", body)
    assert done["changeBalances"]["totalAdjustedProductTaxAmount"] == Decimal("0.32")
    lines = await tax_lines(placed, done)
    assert sorted(line["Name"] for line in lines) == names
    assert sum(line["Amount"] for line in lines) == Decimal("-0.32")


async def tax_lines(placed: Placed, done: Any) -> list[Any]:
    """The tax lines of a discount's change order."""
    change_order = done["preFulfillmentChangeOrderId"]
    (item,) = exact(await placed.api.send("GET", f"/sobjects/Order/{change_order}/OrderItems"))["records"]
    answer = await placed.api.send("GET", f"/sobjects/OrderItem/{item['Id']}/OrderItemTaxLineItems")
    return list(exact(answer)["records"])


@pytest.mark.parametrize("alias", ["appeasementType", "adjustmentType"])
@pytest.mark.parametrize("action", ["preview-adjust", "adjust-item-preview"])
async def test_names_that_the_manual_used_before(placed: Placed, alias: str, action: str):
    entry = {"orderItemSummaryId": placed.items["mug"], alias: "AmountWithoutTax", "amount": "-10", "reason": "Unknown"}
    found = await placed.done(action, {"adjustItems": [entry]})
    assert found["changeBalances"]["grandTotalAmount"] == Decimal("12.00")


# --- by version -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", [48, 49, 53, 54, 56, 57, 67])
async def test_the_balances_have_what_their_version_knows(placed: Placed, version: int):
    known = {name for name in MONEY if LATER.get(name, 48) <= version}
    body = placed.of("mug", 1, delivery=True)
    seen = await placed.done("preview-cancel", body, version=version)
    assert set(seen) == {"changeBalances", "errors", "orderSummaryId", "success"}
    assert seen["changeBalances"] == {name: MUG_AND_DELIVERY[name] for name in known}
    done = await placed.done("submit-cancel", body, version=version)
    fee = {"feeChangeOrderId"} if version >= 57 else set()
    assert set(done) == {"changeBalances", "changeOrderId", "errors", "success"} | fee


@pytest.mark.parametrize("version", [49, 54, 55, 67])
async def test_a_discounts_answer_has_what_its_version_knows(placed: Placed, version: int):
    found = await placed.done("adjust-item-submit", placed.off("mug", -1), version=version)
    held = {"inFulfillmentChangeOrderId"} if version >= 55 else set()
    assert set(found) == held | {
        "changeBalances", "errors", "orderSummaryId", "postFulfillmentChangeOrderId", "preFulfillmentChangeOrderId",
        "success",
    }  # fmt: skip
    assert set(found["changeBalances"]) == {name for name in MONEY if LATER.get(name, 48) <= version}


YOUNG: tuple[tuple[str, str, int, Ask], ...] = (
    ("changeItemFees", "preview-cancel", 57, lambda p: p.of("mug", changeItemFees=[p.fee(2)])),
    ("changeItemFees", "submit-return", 57, lambda p: p.of("mug", changeItemFees=[p.fee(2)])),
    ("reasonForChangeText", "submit-cancel", 59, lambda p: p.of("mug", reasonForChangeText="late")),
    (
        "allocatedItemsChangeOrderType", "adjust-item-submit", 55,
        lambda p: p.off("mug", -1, allocatedItemsChangeOrderType="InFulfillment"),
    ),
    (
        "individualLineItemTaxAdjustments", "adjust-item-preview", 59,
        lambda p: p.off("mug", -1, individualLineItemTaxAdjustments=True),
    ),
)  # fmt: skip


@pytest.mark.parametrize(("name", "action", "since", "ask"), YOUNG, ids=lambda v: str(v) if isinstance(v, str) else "")
async def test_a_property_is_refused_below_its_first_version(
    placed: Placed, database: Database, name: str, action: str, since: int, ask: Ask
):
    if action == "submit-return":
        await placed.shipped(mug=1)
    async with Nothing(database, placed):
        answer = await placed.act(action, ask(placed), version=since - 1)
        assert f"unknown property '{name}' in version {since - 1}.0" in plain(answer, 400, "INVALID_FIELD")
    await placed.done(action, ask(placed), version=since)


@pytest.mark.parametrize("kind", ["AmountTaxOnly", "ProductOnly"])
async def test_a_kind_of_discount_is_refused_below_its_first_version(placed: Placed, database: Database, kind: str):
    async with Nothing(database, placed):
        answer = await placed.act("adjust-item-submit", placed.off("mug", -1, kind), version=64)
        message = refusal(answer, 400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
    assert kind in message
    assert "65.0" in message
    await placed.done("adjust-item-submit", placed.off("mug", -1, kind), version=65)


async def test_resources_exist_since_their_first_version(placed: Placed):
    plain(await placed.act("adjust-item-preview", placed.off("mug", -1), version=48), 404, "NOT_FOUND")
    plain(await placed.act("adjust-item-submit", placed.off("mug", -1), version=48), 404, "NOT_FOUND")
    plain(await change_invoices(placed, version=55), 404, "NOT_FOUND")


# --- refusals ---------------------------------------------------------------------------------------------------------


async def test_a_cancel_above_what_is_available_says_item_asked_available_and_why(placed: Placed, database: Database):
    await placed.allocated(mug=3)
    async with Nothing(database, placed):
        for action in ("preview-cancel", "submit-cancel"):
            message = refusal(await placed.act(action, placed.of("mug", 2)), 400, "INVALID_INPUT")
            assert message == (
                f"quantity 2 of order item summary {placed.items['mug']} is not available: QuantityAvailableToCancel "
                "is 1 (ordered, less canceled and allocated units; give allocated units back with cancel-item on their "
                "fulfillment order first); ask for at most 1"
            )


async def test_a_return_above_what_is_available_says_item_asked_available_and_why(placed: Placed, database: Database):
    await placed.shipped(mug=3)
    await placed.done("submit-return", placed.of("mug", 1))
    async with Nothing(database, placed):
        for action in ("preview-return", "submit-return"):
            message = refusal(await placed.act(action, placed.of("mug", 3)), 400, "INVALID_INPUT")
            assert message == (
                f"quantity 3 of order item summary {placed.items['mug']} is not available: QuantityAvailableToReturn "
                "is 2 (fulfilled units, less those returned or under return); ask for at most 2"
            )


REFUSED: tuple[tuple[str, str, Ask, str, tuple[str, ...]], ...] = (
    ("no item", "cancel", lambda _: {"changeItems": []}, "REQUIRED_FIELD_MISSING", ("changeItems",)),
    ("delivery charge", "cancel", lambda p: p.of("delivery"), "INVALID_INPUT", ("{delivery}", "Delivery Charge")),
    (
        "listed twice", "cancel", lambda p: {"changeItems": [p.entry("mug"), p.entry("mug")]},
        "INVALID_INPUT", ("{mug}", "listed twice"),
    ),
    ("zero", "cancel", lambda p: p.of("mug", 0), "INVALID_INPUT", ("{mug}", "0")),
    ("below zero", "return", lambda p: p.of("mug", -1), "INVALID_INPUT", ("{mug}", "-1")),
    ("half a unit", "cancel", lambda p: p.of("mug", "0.5"), "INVALID_INPUT", ("{mug}", "0.5")),
    (
        "the second item", "cancel", lambda p: {"changeItems": [p.entry("mug"), p.entry("towel", 4)]},
        "INVALID_INPUT", ("quantity 4", "{towel}", "is 3"),
    ),
    (
        "unknown reason", "cancel", lambda p: p.of("mug", reason="Wrong Colour"),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Wrong Colour", "Unknown"),
    ),
    (
        "long reason text", "cancel", lambda p: p.of("mug", reasonForChangeText="x" * 256),
        "INVALID_INPUT", ("reasonForChangeText", "256", "255"),
    ),
    (
        "a fee of nothing", "cancel", lambda p: p.of("mug", changeItemFees=[p.fee(0)]),
        "INVALID_INPUT", ("fee amount 0", "above zero"),
    ),
    (
        "an unknown kind of fee", "cancel", lambda p: p.of("mug", changeItemFees=[p.fee(1, "Flat")]),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Flat", "PercentageGross"),
    ),
    (
        "a fee product that is not there", "cancel",
        lambda p: p.of("mug", changeItemFees=[p.fee(1) | {"product2Id": "01t000000000001"}]),
        "INVALID_CROSS_REFERENCE_KEY", ("01t000000000001AAA", "does not exist"),
    ),
    ("no discount", "adjust", lambda _: {"adjustItems": []}, "REQUIRED_FIELD_MISSING", ("adjustItems",)),
    ("a discount of nothing", "adjust", lambda p: p.off("mug", 0), "INVALID_INPUT", ("amount 0", "{mug}")),
    ("a surcharge", "adjust", lambda p: p.off("mug", 45), "INVALID_INPUT", ("amount 45", "{mug}", "negative")),
    (
        "more than the price", "adjust", lambda p: p.off("mug", "-36.01"),
        "INVALID_INPUT", ("36.01", "{mug}", "36.00 left"),
    ),
    (
        "more tax than there is", "adjust", lambda p: p.off("mug", "-7.21", "AmountTaxOnly"),
        "INVALID_INPUT", ("7.21", "tax", "{mug}", "7.20 left"),
    ),
    ("half a penny", "adjust", lambda p: p.off("mug", "-0.005"), "INVALID_INPUT", ("-0.005", "GBP")),
    (
        "a discount listed twice", "adjust",
        lambda p: {"adjustItems": [*p.off("mug", -1)["adjustItems"], *p.off("mug", -1)["adjustItems"]]},
        "INVALID_INPUT", ("{mug}", "listed twice"),
    ),
    (
        "an unknown kind of discount", "adjust", lambda p: p.off("mug", -1, "Rebate"),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Rebate", "AmountWithTax"),
    ),
    (
        "an unknown way with allocated units", "adjust",
        lambda p: p.off("mug", -1, allocatedItemsChangeOrderType="Allowed"),
        "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", ("Allowed", "PreFulfillment"),
    ),
)  # fmt: skip
PREVIEWS = {"cancel": "preview-cancel", "return": "preview-return", "adjust": "adjust-item-preview"}
SUBMITS = {"cancel": "submit-cancel", "return": "submit-return", "adjust": "adjust-item-submit"}


@pytest.mark.parametrize(("what", "verb", "ask", "code", "words"), REFUSED, ids=[row[0] for row in REFUSED])
async def test_a_refusal_says_why_and_writes_nothing(
    placed: Placed, database: Database, what: str, verb: str, ask: Ask, code: str, words: tuple[str, ...]
):
    async with Nothing(database, placed):
        for action in (PREVIEWS[verb], SUBMITS[verb]):
            message = refusal(await placed.act(action, ask(placed)), 400, code)
            for word in words:
                assert word.format(**placed.items) in message


@pytest.mark.parametrize("verb", ["cancel", "return", "adjust"])
async def test_an_item_of_another_order_is_refused(placed: Placed, database: Database, verb: str):
    other = await place(placed.api)
    body = other.off("mug", -1) if verb == "adjust" else other.of("mug")
    async with Nothing(database, placed), Nothing(database, other):
        for action in (PREVIEWS[verb], SUBMITS[verb]):
            message = refusal(await placed.act(action, body), 400, "INVALID_CROSS_REFERENCE_KEY")
            assert other.items["mug"] in message
            assert placed.summary in message


async def test_an_item_wholly_in_fulfillment_is_not_discounted_unless_asked(placed: Placed, database: Database):
    await placed.allocated(mug=4)
    async with Nothing(database, placed):
        message = refusal(await placed.act("adjust-item-submit", placed.off("mug", -1)), 400, "INVALID_OPERATION")
    assert placed.items["mug"] in message
    assert "allocatedItemsChangeOrderType" in message


async def test_what_may_be_credited_once_and_what_never(placed: Placed, database: Database):
    cancelled = await placed.done("submit-cancel", placed.of("towel", changeItemFees=[placed.fee("2.00")]))
    await placed.shipped(mug=4)
    back = (await placed.done("submit-return", placed.of("mug")))["changeOrderId"]
    memo = (await placed.done("create-credit-memo", {"changeOrderIds": [back]}))["creditMemoId"]
    original = (await placed.read())["OriginalOrderId"]
    async with Nothing(database, placed):
        for ids, status, code, words in (
            ([], 400, "REQUIRED_FIELD_MISSING", ("changeOrderIds",)),
            ([back], 409, "DUPLICATE_VALUE", (back, memo)),
            ([back, back], 400, "INVALID_INPUT", ("twice",)),
            ([cancelled["changeOrderId"]], 400, "INVALID_INPUT", (cancelled["changeOrderId"], "excess")),
            ([cancelled["feeChangeOrderId"]], 400, "INVALID_INPUT", (cancelled["feeChangeOrderId"], "fee")),
            ([original], 400, "INVALID_CROSS_REFERENCE_KEY", (original, placed.summary)),
        ):
            message = refusal(await placed.act("create-credit-memo", {"changeOrderIds": ids}), status, code)
            for word in words:
                assert word in message


async def test_an_order_that_another_system_manages_is_left_alone(placed: Placed, api: Caller, database: Database):
    order = await api.draft()
    group = await api.create("OrderDeliveryGroup", OrderId=order)
    await api.create("OrderItem", OrderId=order, OrderDeliveryGroupId=group, Quantity=2, TotalLineAmount=20)
    await api.send("PATCH", f"/sobjects/Order/{order}", {"Status": "Activated"})
    made = await post(api, SUMMARIES, {"orderId": order, "orderLifeCycleType": "UNMANAGED"})
    theirs = Placed(api, made.json()["orderSummaryId"], "", {}, "", "")
    (item,) = await theirs.related("OrderItemSummaries")
    theirs = Placed(api, theirs.summary, "", {"mug": item["Id"]}, placed.fee_product, "")
    async with Nothing(database, placed):
        for action, body in (
            ("preview-cancel", theirs.of("mug")), ("submit-cancel", theirs.of("mug")),
            ("submit-return", theirs.of("mug")), ("adjust-item-submit", theirs.off("mug", -1)),
            ("create-credit-memo", {"changeOrderIds": [order]}),
        ):  # fmt: skip
            assert "UNMANAGED" in refusal(await theirs.act(action, body), 400, "INVALID_OPERATION")


async def test_every_change_raises_the_version_once(placed: Placed, database: Database):
    await placed.shipped(mug=3)
    body = placed.of("mug", changeItemFees=[placed.fee(1)])
    for action, sent in (
        ("submit-cancel", body), ("submit-return", body), ("adjust-item-submit", placed.off("towel", -1)),
    ):  # fmt: skip
        before = await version_of(database, placed)
        await placed.done(action, sent)
        assert await version_of(database, placed) == before + 1
