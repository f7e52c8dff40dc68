"""The proof finds each kind of difference, in the order and in its tenders."""

from decimal import Decimal

import pytest

from orderwright.demo.proof import Books, Expected, Proof, Tender, differences, tenders_in
from orderwright.demo.tenders import CARD, GIFT_CARD

EXPECTED = Expected({CARD: Decimal("119.12"), GIFT_CARD: Decimal("20.00")}, refunded=Decimal("30.00"))


def tender(authorized, captured, refunded):
    return Tender(Decimal(authorized), Decimal(captured), Decimal(refunded), orders=1)


def books(card=("119.12", "119.12", "10.00"), gift_card=("0", "20.00", "20.00"), kept="109.12", **more):
    tenders = {CARD: tender(*card), GIFT_CARD: tender(*gift_card), **more}
    return Books(Decimal("139.12"), Decimal(kept), tenders)


def test_what_agrees_has_no_difference():
    assert differences(EXPECTED, books()) == []


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (books(card=("119.12", "119.11", "10.00")), "placed is 139.12 and captured is 139.11"),
        (books(card=("119.13", "119.12", "10.00")), "to be authorized by Visa is 119.12 and authorized is 119.13"),
        (books(gift_card=("20.00", "20.00", "20.00")), "to be authorized by Gift card is 0 and authorized is 20.00"),
        (books(card=("119.12", "118.12", "10.00"), gift_card=("0", "21.00", "20.00")), "to be paid by Gift card is"),
        (books(card=("119.12", "119.12", "9.99")), "returned in the file is 30.00 and refunded is 29.99"),
        (books(card=("119.12", "119.12", "9.00"), gift_card=("0", "20.00", "21.00")), "captured from Gift card is"),
        (books(kept="109.13"), "captured − refunded is 109.12 and kept is 109.13"),
        (books(Cash=tender("0", "1.00", "0")), "to be paid by Cash is 0 and captured is 1.00"),
    ],
)
def test_a_penny_too_many_or_on_the_wrong_tender_is_a_difference(found, text):
    assert any(said.startswith(text) for said in differences(EXPECTED, found))


def test_a_tender_that_is_missing_is_a_difference():
    found = Books(Decimal("139.12"), Decimal("109.12"), {CARD: tender("139.12", "139.12", "30.00")})
    assert "to be paid by Gift card is 20.00 and captured is 0" in differences(EXPECTED, found)


def test_payment_summaries_of_one_tender_are_one_sum_and_one_order():
    summary = {"Type": "Visa", "Method": "Visa 1", "AuthorizationAmount": 5, "CapturedAmount": 4, "RefundedAmount": 1}
    found = tenders_in([summary, summary | {"Method": "Visa 2"}])
    assert found == {"Visa": tender("10", "8", "2")}


def test_the_sums_of_all_orders_are_kept_by_tender():
    proof = Proof()
    proof.add("1", EXPECTED, books())
    proof.add("2", Expected({CARD: Decimal("1.00")}), Books(Decimal(1), Decimal(1), {CARD: tender("1", "1", "0")}))
    assert (proof.orders, proof.two_tenders) == (2, 1)
    assert proof.tenders[CARD] == Tender(Decimal("120.12"), Decimal("120.12"), Decimal("10.00"), orders=2)
    assert (proof.placed, proof.captured, proof.refunded, proof.kept) == tuple(
        Decimal(x) for x in ("140.12", "140.12", "30.00", "110.12")
    )
    assert proof.differences == []
