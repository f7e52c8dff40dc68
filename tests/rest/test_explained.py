"""`?explain=true`: each number with its rule, its base, its part, the exact value and the rounded one; all adds up."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.rest.calling import Caller, exact
from tests.rest.changing import Placed, place

Ask = Callable[[Placed], Any]
EXPLAIN = "?explain=true"
PARTS = {"orderItemSummaryId", "component", "rule", "base", "fraction", "exact", "rounded", "source"}


@pytest.fixture
async def placed(api: Caller) -> Placed:
    """An order with a mug unallocated, one in fulfillment and two fulfilled, and towels unallocated."""
    found = await place(api)
    await found.shipped(mug=2)
    await found.allocated(mug=1)
    return found


def both(placed: Placed) -> dict[str, Any]:
    return {"changeItems": [placed.entry("mug", delivery=True), placed.entry("towel", 2, delivery=True)]}


CHANGES: tuple[tuple[str, str, str, Ask], ...] = (
    ("cancel", "preview-cancel", "submit-cancel", both),
    ("cancel of all there is", "preview-cancel", "submit-cancel", lambda p: p.of("towel", 3, delivery=True)),
    (
        "cancel with fees", "preview-cancel", "submit-cancel",
        lambda p: p.of("towel", 2, changeItemFees=[p.fee(1), p.fee(10, "Percentage"), p.fee(5, "PercentageGross")]),
    ),
    ("return", "preview-return", "submit-return", lambda p: p.of("mug", delivery=True)),
    (
        "return with a fee", "preview-return", "submit-return",
        lambda p: p.of("mug", changeItemFees=[p.fee("3.33", "AmountWithTax")]),
    ),
    *(
        (
            f"{kind} {allocated}", "adjust-item-preview", "adjust-item-submit",
            lambda p, kind=kind, allocated=allocated: p.off(
                "mug", -5, kind, allocatedItemsChangeOrderType=allocated, individualLineItemTaxAdjustments=True
            ),
        )
        for kind, allocated in (
            ("AmountWithTax", "InFulfillment"), ("AmountWithoutTax", "Disallowed"), ("Percentage", "PreFulfillment"),
            ("AmountTaxOnly", "InFulfillment"), ("ProductOnly", "Disallowed"),
        )
    ),
    (
        "discount with several taxes", "adjust-item-preview", "adjust-item-submit",
        lambda p: p.off("towel", -10, "Percentage", individualLineItemTaxAdjustments=True),
    ),
)  # fmt: skip
each_change = pytest.mark.parametrize(("what", "preview", "submit", "ask"), CHANGES, ids=[row[0] for row in CHANGES])


@each_change
async def test_the_explained_parts_add_up_to_the_balances(
    placed: Placed, what: str, preview: str, submit: str, ask: Ask
):
    """With the sign turned round: the steps have that of the change order."""
    seen = await placed.done(preview, ask(placed), query=EXPLAIN)
    found = seen["changeBalances"]
    steps = seen["explanation"]
    delivery = [s for s in steps if s["orderItemSummaryId"] == placed.items["delivery"]]
    goods = [s for s in steps if s not in delivery and not of_fee(s)]
    fees = [s for s in steps if of_fee(s)]
    assert total(goods, taxes=False) == -found["totalAdjustedProductAmount"]
    assert total(goods, taxes=True) == -found["totalAdjustedProductTaxAmount"]
    assert total(delivery, taxes=False) == -found["totalAdjustedDeliveryAmount"]
    assert total(delivery, taxes=True) == -found["totalAdjustedDeliveryTaxAmount"]
    assert total(fees, taxes=False) == -found["totalFeeAmount"]
    assert total(fees, taxes=True) == -found["totalFeeTaxAmount"]
    distributed = [s for s in goods if s["component"] == "adjustment Spring"]
    assert total(distributed, taxes=False) == -found["totalAdjustmentDistributedAmount"]


def of_fee(step: Any) -> bool:
    return str(step["component"]).startswith(("fee ", "tax of fee "))


def total(steps: Iterable[Any], *, taxes: bool) -> Decimal:
    found = (s["rounded"] for s in steps if s["component"].startswith("tax ") is taxes)
    return sum(found, Decimal("0.00"))


@each_change
async def test_each_step_is_complete_and_its_exact_value_is_base_times_part(
    placed: Placed, what: str, preview: str, submit: str, ask: Ask
):
    steps = (await placed.done(preview, ask(placed), query=EXPLAIN))["explanation"]
    assert steps
    for step in steps:
        assert set(step) == PARTS
        assert step["rule"]
        assert "decisions.md" in step["source"] or "semantics.md" in step["source"]
        product = Fraction(step["base"]) * Fraction(step["fraction"])
        # the text ends in an ellipsis where the decimals do not end
        assert abs(Fraction(step["exact"].removesuffix("…")) - product) < Fraction(1, 10**20)
        assert step["exact"].endswith("…") or Fraction(step["exact"]) == product
        # one largest-remainder share may be off by one minor unit, nothing by more
        assert abs(product - Fraction(step["rounded"])) < Fraction(1, 100)


@each_change
async def test_preview_and_submit_explain_the_same(placed: Placed, what: str, preview: str, submit: str, ask: Ask):
    seen = await placed.done(preview, ask(placed), query=EXPLAIN)
    done = await placed.done(submit, ask(placed), query=EXPLAIN)
    assert done["explanation"] == seen["explanation"]
    assert "previewToken" in seen
    assert "previewToken" not in done


async def test_the_steps_of_a_cancelled_mug(placed: Placed):
    """Numbers by hand: what the unallocated mug holds of the amounts at the top of `changing.py`."""
    steps = (await placed.done("preview-cancel", placed.of("mug", delivery=True), query=EXPLAIN))["explanation"]
    found = {s["component"]: (s["base"], s["fraction"], s["exact"], s["rounded"]) for s in steps}
    mug = {
        "line amount": "10.00", "adjustment Spring": "-1.00", "tax VAT": "2.00", "tax VAT of an adjustment": "-0.20",
    }  # fmt: skip
    for component, held in mug.items():
        base, fraction, _, rounded = found[component]
        assert (base, fraction, rounded) == (Decimal(held), "-1", -Decimal(held))
    assert found["delivery share"] == (Decimal("6.00"), "-3/19", "-0.94736842105263157894…", Decimal("-0.95"))
    assert found["tax VAT of the adjustment"] == (Decimal("1.20"), "-19/120", "-0.19", Decimal("-0.19"))
    assert len(steps) == 6


@pytest.mark.parametrize("query", ["", "?explain=false", "?explain=", "?explain=1", "?explains=true"])
async def test_nothing_is_explained_that_nobody_asked_for(placed: Placed, query: str):
    for action in ("preview-cancel", "submit-cancel"):
        found = await placed.done(action, placed.of("towel"), query=query)
        assert not {"explanation", "previewToken"} & set(found)


async def test_a_refused_request_has_nothing_to_explain(placed: Placed):
    answer = await placed.act("preview-cancel", placed.of("towel", 9), query=EXPLAIN)
    assert answer.status_code == 400
    assert not {"explanation", "previewToken"} & set(exact(answer)[0]["output"])
