"""Authorizations that lapse: what is warned of, what is asked for in their place, and that the money counts once."""

import datetime as dt
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from orderwright.decisions.decision import Decision
from orderwright.decisions.expire_authorization import EXPIRING, REPLACES, renewals, warned
from orderwright.decisions.plan_funds import FundsWishes
from orderwright.decisions.start_operation import decide_start_ensure_funds
from orderwright.objects.background_operation import BackgroundOperation, GatewayRequest
from orderwright.objects.payment import PaymentAuthorization
from tests.builders import LATER, NOW, Books, Line, order_summary

D = Decimal
ORDER = "1Os000000000001"


def authorization(**fields: Any) -> PaymentAuthorization:
    about: dict[str, Any] = {
        "id": "0Xc000000000001", "amount": D(100), "currency_iso_code": "USD", "processing_mode": "Salesforce",
        "status": "Processed", "expiration_date": LATER, **fields,
    }  # fmt: skip
    return PaymentAuthorization(**about)


def test_the_warning_says_what_can_be_lost_and_when():
    before = authorization(total_payment_capture_amount=D(20), pending_reversal_amount=D(5), open_reversal_amount=D(10))
    after, event = warned(before, ORDER, NOW)
    assert after == msgspec.structs.replace(before, expiry_warned_at=NOW)
    assert event is not None
    assert (event.name, event.order_summary_id) == (EXPIRING, ORDER)
    told = event.payload
    assert (told["Balance"], told["CurrencyIsoCode"], told["IsExpired"]) == ("65", "USD", False)
    assert told["ExpirationDate"] == LATER.isoformat()


@pytest.mark.parametrize(
    "fields",
    [
        {"total_payment_capture_amount": D(100)},
        {"total_auth_reversal_amount": D(60), "open_reversal_amount": D(40)},
        {"total_auth_reversal_amount": D(150)},
        {"expiration_date": None},
    ],
)
def test_where_nothing_can_be_lost_nobody_is_told_and_nobody_asks_again(fields: dict[str, Any]):
    after, event = warned(authorization(**fields), None, NOW)
    assert (after.expiry_warned_at, event) == (NOW, None)


@pytest.mark.parametrize(("at", "expired"), [(LATER - dt.timedelta(milliseconds=1), False), (LATER, True)])
def test_the_moment_itself_is_too_late(at: dt.datetime, expired: bool):
    _, event = warned(authorization(), None, at)
    assert event is not None
    assert event.payload["IsExpired"] is expired


def expired(*amounts: str, price: str = "100") -> tuple[Books, BackgroundOperation]:
    """An invoice over `price`, an operation that is to fund it, and authorizations that have lapsed."""
    books = order_summary(Line("A", 1, price))
    for amount in amounts:
        books.authorize(amount, expiration_date=NOW, payment_method_id="03O000000000001", account_id="001000000000001")
    wishes = FundsWishes(invoice_id=books.invoice(books.fulfil({"A": 1})))
    decision, operation = decide_start_ensure_funds(books.loaded, wishes, NOW)
    return books, books.operation(books.save(decision)[operation.id])


def asked(books: Books, operation: BackgroundOperation, lacking: str, **more: Any) -> list[Decimal]:
    able = more.get("able", [a.id for a in books.whole.funds.authorizations])
    return [r.amount for r in renewals(books.loaded, operation, D(lacking), able, more.get("now", NOW))]


ASKED = {
    "no more than is lacking": (("100",), "30", ["30"]),
    "no more than the old one had left": (("100",), "130", ["100"]),
    "the oldest first, until it is enough": (("40", "50", "60"), "70", ["40", "30"]),
    "nothing where nothing is lacking": (("100",), "0", []),
    "nothing where there is too much": (("100",), "-5", []),
}


@pytest.mark.parametrize(("amounts", "lacking", "expected"), ASKED.values(), ids=ASKED)
def test_new_authorizations_cover_what_is_lacking(amounts: tuple[str, ...], lacking: str, expected: list[str]):
    assert asked(*expired(*amounts), lacking) == [D(amount) for amount in expected]


def test_only_what_can_be_made_anew_is_asked_for():
    books, operation = expired("40", "50")
    second = books.whole.funds.authorizations[1].id
    assert asked(books, operation, "100", able=[second]) == [50]
    assert asked(books, operation, "100", able=[]) == []


def test_what_has_not_lapsed_is_not_replaced():
    assert asked(*expired("40"), "40", now=NOW - dt.timedelta(seconds=1)) == []


def test_what_is_being_made_anew_covers_its_part_and_is_not_asked_for_twice():
    books, operation = expired("40", "50")
    able = [a.id for a in books.whole.funds.authorizations]
    [first] = renewals(books.loaded, operation, D(30), able, NOW)
    books.save(Decision(new=(first,)))
    assert asked(books, operation, "30") == []
    assert asked(books, operation, "45") == [15]


def test_the_request_says_whose_place_it_takes():
    books, operation = expired("40")
    [old] = books.whole.funds.authorizations
    [request] = renewals(books.loaded, operation, D(30), [old.id], NOW)
    assert (request.kind, request.order_payment_summary_id) == ("Authorization", old.order_payment_summary_id)
    assert (request.payment_method_id, request.background_operation_id) == ("03O000000000001", operation.id)
    assert (request.details[REPLACES], request.details["account_id"]) == (old.id, "001000000000001")


@pytest.mark.parametrize("code", ["Success", "Decline"])
def test_a_new_authorization_takes_its_amount_off_the_old_one_so_that_money_counts_once(code: str):
    books, operation = expired("40")
    [old] = books.whole.funds.authorizations
    [request] = renewals(books.loaded, operation, D(30), [old.id], NOW)
    books.save(Decision(new=(request,)))
    [open_request] = books.requests()
    books.answer(open_request, code, expires_at=LATER)
    summary = books.whole.payment_summaries[0]
    assert summary.available_to_capture_amount == 40
    if code == "Decline":
        assert [a.id for a in books.whole.funds.authorizations] == [old.id]
        return
    old, new = books.whole.funds.authorizations
    assert (old.balance, new.balance, new.expiration_date) == (D(10), D(30), LATER)
    assert (new.order_payment_summary_id, new.account_id) == (summary.id, "001000000000001")
    [reversal] = books.whole.funds.adjustments
    assert (reversal.payment_authorization_id, reversal.amount, reversal.status) == (old.id, D(30), "Processed")
    assert (summary.authorization_amount, summary.authorization_reversal_amount) == (D(70), D(30))


def test_a_request_that_replaces_nothing_leaves_the_others_alone():
    books, operation = expired("40")
    [old] = books.whole.funds.authorizations
    request = GatewayRequest(
        id="9gR000000000077", kind="Authorization", amount=D(30), currency_iso_code="USD",
        order_summary_id=books.whole.summary.id, order_payment_summary_id=old.order_payment_summary_id,
        background_operation_id=operation.id,
    )  # fmt: skip
    books.save(Decision(new=(request,)))
    books.answer(request, "Success")
    assert books.whole.funds.adjustments == ()
    assert [a.balance for a in books.whole.funds.authorizations] == [40, 30]
