"""The life of one order, told through simple-salesforce and through jsforce, leaves the same records."""

import json

import pytest
from simple_salesforce import Salesforce

from tests.clients.connecting import connected, session_over
from tests.clients.jsforce_program import install, run_program
from tests.clients.live import Live
from tests.clients.records import Records, records_of
from tests.end_to_end.shop import SUMMARIES, Shop, change

NUMBER = "STORY-1"


def told_by_simple_salesforce(sf: Salesforce) -> str:
    """The account of an order that was placed, paid, cut, shipped, and of which a part came back."""
    shop = Shop(sf).open()
    order = shop.place(NUMBER, units=3, line=33.00, tax=3.30, delivery=5.00)
    summary = shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
    shop.pay(summary, 41.30)
    mugs, parcel = (item["Id"] for item in shop.related("OrderSummary", summary, "OrderItemSummaries"))
    cancel = change(mugs, 1, shippingReductionFlag=True)
    preview = shop.call(f"{SUMMARIES}/{summary}/actions/preview-cancel", cancel)
    submit = shop.call(f"{SUMMARIES}/{summary}/actions/submit-cancel", cancel)
    assert preview["changeBalances"] == submit["changeBalances"]
    fulfillment = shop.allocate(summary, {mugs: 2, parcel: 1})
    invoice = shop.invoice(fulfillment)
    funding = shop.call(f"{SUMMARIES}/{summary}/async-actions/ensure-funds-async", {"invoiceId": invoice})
    assert shop.finished(funding["backgroundOperationId"])["Outcome"] == "Succeeded"
    sf.FulfillmentOrder.update(fulfillment, {"Status": "Fulfilled"})
    back = shop.call(f"{SUMMARIES}/{summary}/actions/submit-return", change(mugs, 1))
    credit = {"changeOrderIds": [back["changeOrderId"]]}
    memo = shop.call(f"{SUMMARIES}/{summary}/actions/create-credit-memo", credit)["creditMemoId"]
    refund = shop.call(f"{SUMMARIES}/{summary}/async-actions/ensure-refunds-async", {"creditMemoId": memo})
    assert shop.finished(refund["backgroundOperationId"])["Outcome"] == "Succeeded"
    return shop.ids["account"]


def told_by_jsforce(live: Live, scheme: str) -> str:
    install()
    done = run_program("story.mjs", live, scheme, number=NUMBER)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["account"])


@pytest.fixture(scope="module")
def told(live: Live) -> dict[tuple[str, str], Records]:
    """What each library left behind over each listener, as SOQL shows it."""
    accounts = {}
    for scheme in ("http", "https"):
        with session_over(live, scheme) as session:
            accounts["simple-salesforce", scheme] = told_by_simple_salesforce(
                connected(live, scheme, session, version="67.0")
            )
        accounts["jsforce", scheme] = told_by_jsforce(live, scheme)
    with session_over(live, "https") as session:
        sf = connected(live, "https", session, version="67.0")
        return {who: records_of(sf, account) for who, account in accounts.items()}


@pytest.mark.parametrize(
    "who", [("jsforce", "http"), ("simple-salesforce", "https"), ("jsforce", "https")], ids=" over ".join
)
def test_each_library_leaves_the_records_that_the_other_leaves(
    told: dict[tuple[str, str], Records], who: tuple[str, str]
):
    assert told[who] == told["simple-salesforce", "http"]


def test_the_records_tell_the_story(told: dict[tuple[str, str], Records]):
    left = told["simple-salesforce", "http"]
    counts = {object_: len(records) for object_, records in left.items()}
    wanted = {
        "Account": 1, "OrderSummary": 1, "OrderItemSummary": 2, "FulfillmentOrder": 1, "FulfillmentOrderLineItem": 2,
        "Invoice": 1, "CreditMemo": 1, "OrderPaymentSummary": 1, "PaymentAuthorization": 1, "Payment": 1, "Refund": 1,
        "Order": 3,  # the original, the cancel, the return
    }  # fmt: skip
    assert {object_: counts.get(object_) for object_ in wanted} == wanted
    (money,), (summary,) = left["OrderPaymentSummary"], left["OrderSummary"]
    assert (money["CapturedAmount"], money["RefundedAmount"], money["BalanceAmount"]) == (27.53, 12.10, 0)
    assert summary["GrandTotalAmount"] == 15.43
    assert left["Invoice"][0]["Balance"] == left["CreditMemo"][0]["Balance"] == 0


def test_what_is_stored_after_all_stories_adds_up(told: dict[tuple[str, str], Records], live: Live):
    assert told
    with session_over(live, "https") as session:
        connected(live, "https", session).Account.upsert("Shop_Number__c/last", {"Name": "Last"})
    verified = live.verified()
    assert verified.returncode == 0, verified.stdout
