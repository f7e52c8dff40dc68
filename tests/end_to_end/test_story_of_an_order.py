"""Whole stories, told by an unmodified client library to a real server."""

import httpx
import pytest
from simple_salesforce import Salesforce
from simple_salesforce.exceptions import SalesforceMalformedRequest, SalesforceResourceNotFound

from tests.end_to_end.conftest import Server
from tests.end_to_end.shop import SUMMARIES, Shop, change


@pytest.fixture
def shop(salesforce: Salesforce) -> Shop:
    return Shop(salesforce).open()


def test_from_a_placed_order_to_money_captured_goods_returned_and_money_refunded(shop: Shop, server: Server):
    sf = shop.sf
    # 3 mugs for 33.00 + 3.30 tax, delivery 5.00
    order = shop.place("W-1", units=3, line=33.00, tax=3.30, delivery=5.00)
    assert sf.Order.get(order)["GrandTotalAmount"] == 41.30

    summary = shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
    payment = shop.pay(summary, 41.30)
    mugs, parcel = (item["Id"] for item in shop.related("OrderSummary", summary, "OrderItemSummaries"))

    # one mug is cancelled before it is allocated, with a third of the delivery charge: 11.00 + 1.10 + 1.67
    cancel = change(mugs, 1, shippingReductionFlag=True)
    preview = shop.call(f"{SUMMARIES}/{summary}/actions/preview-cancel", cancel)
    submit = shop.call(f"{SUMMARIES}/{summary}/actions/submit-cancel", cancel)
    assert preview["changeBalances"] == submit["changeBalances"]
    assert submit["changeBalances"]["grandTotalAmount"] == 13.77

    fulfillment = shop.allocate(summary, {mugs: 2, parcel: 1})
    invoice = shop.invoice(fulfillment)
    funding = shop.call(f"{SUMMARIES}/{summary}/async-actions/ensure-funds-async", {"invoiceId": invoice})
    done = shop.finished(funding["backgroundOperationId"])
    assert (done["Status"], done["Outcome"], done["CompletedAmount"]) == ("Complete", "Succeeded", 27.53)
    assert sf.Invoice.get(invoice)["Balance"] == 0
    sf.FulfillmentOrder.update(fulfillment, {"Status": "Fulfilled"})

    # one mug comes back: 11.00 + 1.10
    back = shop.call(f"{SUMMARIES}/{summary}/actions/submit-return", change(mugs, 1))
    credit = {"changeOrderIds": [back["changeOrderId"]]}
    memo = shop.call(f"{SUMMARIES}/{summary}/actions/create-credit-memo", credit)["creditMemoId"]
    refund = shop.call(f"{SUMMARIES}/{summary}/async-actions/ensure-refunds-async", {"creditMemoId": memo})
    assert shop.finished(refund["backgroundOperationId"])["Outcome"] == "Succeeded"

    assert sf.CreditMemo.get(memo)["Balance"] == 0
    money = sf.OrderPaymentSummary.get(payment)
    assert (money["CapturedAmount"], money["RefundedAmount"], money["BalanceAmount"]) == (27.53, 12.10, 0)
    # what is kept is what the order is worth
    assert sf.OrderSummary.get(summary)["GrandTotalAmount"] == 15.43
    assert sf.OrderItemSummary.get(mugs)["Status"] == "FULFILLED"
    verified = server.run("verify")
    assert verified.returncode == 0, verified.stdout


def test_a_refusal_reaches_the_client_library_as_its_own_exception(shop: Shop):
    order = shop.place("W-2", units=2, line=20, tax=2)
    summary = shop.call(SUMMARIES, {"orderId": order})["orderSummaryId"]
    item = shop.related("OrderSummary", summary, "OrderItemSummaries")[0]["Id"]
    with pytest.raises(SalesforceMalformedRequest) as refused:
        shop.call(f"{SUMMARIES}/{summary}/actions/submit-cancel", change(item, 3))
    (error,) = refused.value.content
    assert error["errorCode"] == "INVALID_INPUT"
    assert item in error["message"]
    assert "QuantityAvailableToCancel is 2" in error["message"]
    assert error["output"]["success"] is False
    assert shop.sf.OrderItemSummary.get(item)["QuantityCanceled"] == 0
    with pytest.raises(SalesforceResourceNotFound):
        shop.sf.OrderSummary.get("1OsIWORGZrS5txY0PR")


def test_a_submit_does_what_its_preview_showed_or_says_what_is_different(shop: Shop, server: Server):
    summary, item = shop.shipped("W-3", units=3, line=10, tax=1)
    url = f"{server.url}/services/data/v67.0/{SUMMARIES}/{summary}/actions/"
    with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {server.token()}"}) as http:
        http.headers["Preview-Token"] = http.post("preview-return", json=change(item, 1)).headers["Preview-Token"]
        first = http.post("submit-return", json=change(item, 1))
        again = http.post("submit-return", json=change(item, 1))
    assert first.status_code == 201
    assert (again.status_code, again.json()[0]["errorCode"]) == (409, "PREVIEW_OUTDATED")
    assert "version" in again.json()[0]["message"]
    assert shop.sf.OrderItemSummary.get(item)["QuantityReturned"] == 1
