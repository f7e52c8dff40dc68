"""What a review found: a body that speaks of another record than its URL, and ids in every message whole."""

from collections.abc import Mapping

import pytest

from tests.rest.calling import Caller
from tests.rest.changing import SUMMARIES, Placed, place, post


@pytest.fixture
async def placed(api: Caller) -> Placed:
    return await place(api)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"attributes": {"type": "Order"}}, "INVALID_FIELD"),
        ({"attributes": {"type": None}}, "INVALID_FIELD"),
        ({"attributes": 5}, "JSON_PARSER_ERROR"),
    ],
)
async def test_a_body_about_another_object_is_refused(api: Caller, said: dict[str, object], code: str):
    account = await api.create("Account", Name="Ada")
    for method, path in (("POST", "/sobjects/Account"), ("PATCH", f"/sobjects/Account/{account}")):
        answer = await api.send(method, path, {"Name": "Grace", **said})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)
    assert (await api.read("Account", account))["Name"] == "Ada"


async def test_a_change_that_names_another_id_is_refused(api: Caller):
    account, other = await api.create("Account", Name="Ada"), await api.create("Account", Name="Grace")
    for name, value in (("Id", other), ("id", "x"), ("ID", None)):
        answer = await api.send("PATCH", f"/sobjects/Account/{account}", {name: value, "Name": "Lost"})
        assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_FIELD")
        assert account in answer.json()[0]["message"]
    assert [(await api.read("Account", i))["Name"] for i in (account, other)] == ["Ada", "Grace"]


async def test_a_change_may_repeat_its_own_id_and_object(api: Caller):
    account = await api.create("Account", Name="Ada")
    body = {"attributes": {"type": "account"}, "Id": account[:15], "Name": "Grace"}
    assert (await api.send("PATCH", f"/sobjects/Account/{account}", body)).status_code == 204
    assert (await api.read("Account", account))["Name"] == "Grace"


async def test_a_refused_record_of_a_collection_is_named_with_18_characters(api: Caller):
    account = await api.create("Account", Name="Ada")
    record = {"attributes": {"type": "Order"}, "id": account, "Description": "x"}
    (result,) = (await api.send("PATCH", "/composite/sobjects", {"records": [record]})).json()
    assert result["errors"][0]["statusCode"] == "INVALID_ID_FIELD"
    assert account in result["errors"][0]["message"]


async def refused(placed: Placed, object_: str, record: str, change: Mapping[str, object], code: str) -> None:
    answer = await placed.api.send("PATCH", f"/sobjects/{object_}/{record}", change)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code), answer.text


async def test_an_invoice_cannot_be_taken_from_its_order(placed: Placed):
    """Else what it holds of a payment would be forgotten, and could pay another invoice."""
    fulfillment = await placed.shipped(mug=1)
    invoice = (await placed.api.read("FulfillmentOrder", fulfillment))["InvoiceId"]
    before = await placed.api.read("Invoice", invoice)
    for change in ({"ReferenceEntityId": None}, {"TaxLocaleType": "Gross"}, {"Status": "Draft"}):
        await refused(placed, "Invoice", invoice, change, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert await placed.api.read("Invoice", invoice) == before


async def test_a_posted_credit_memo_stays_posted_and_with_its_order(placed: Placed):
    await placed.shipped(mug=1)
    back = await placed.done("submit-return", placed.of("mug"))
    made = await placed.done("create-credit-memo", {"changeOrderIds": [back["changeOrderId"]]})
    for change in ({"ReferenceEntityId": None}, {"Status": "Voided"}):
        await refused(placed, "CreditMemo", made["creditMemoId"], change, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert (await placed.api.read("CreditMemo", made["creditMemoId"]))["Status"] == "Posted"


async def test_a_fulfillment_order_that_holds_units_becomes_no_draft_and_no_reshipment(placed: Placed):
    fulfillment = await placed.allocated(mug=2)
    await refused(placed, "FulfillmentOrder", fulfillment, {"Status": "Draft"}, "INVALID_STATUS")
    await refused(placed, "FulfillmentOrder", fulfillment, {"IsReship": True}, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert (await placed.api.read("FulfillmentOrder", fulfillment))["StatusCategory"] != "DRAFT"


async def test_payments_that_an_order_refuses_stay_where_they_are(placed: Placed):
    """One payment in another currency: the request is refused, and the good one is still there for another order."""
    card = await placed.api.create("CardPaymentMethod", ProcessingMode="External", Status="Active")
    about = {"ProcessingMode": "External", "Status": "Processed", "Type": "Capture", "PaymentMethodId": card}
    good = await placed.api.create("Payment", Amount=5, CurrencyIsoCode="GBP", **about)
    bad = await placed.api.create("Payment", Amount=5, CurrencyIsoCode="EUR", **about)
    path = "/commerce/order-management/order-payment-summaries"
    answer = await post(placed.api, path, {"orderSummaryId": placed.summary, "paymentIds": [good, bad]})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_INPUT")
    assert (await placed.api.read("Payment", good))["Amount"] == 5
    other = await place(placed.api)
    taken = await post(placed.api, path, {"orderSummaryId": other.summary, "paymentIds": [good]})
    assert taken.status_code == 201, taken.text


@pytest.mark.parametrize(
    ("action", "change", "name"),
    [
        ("submit-cancel", {"changeItemFees": [{"description": "x" * 256}]}, "description"),
        ("submit-cancel", {"changeItemFees": [{"amount": "0.001"}]}, "amount"),
    ],
)
async def test_a_fee_is_kept_as_it_is_given_or_refused(
    placed: Placed, action: str, change: dict[str, list[dict[str, object]]], name: str
):
    fee = placed.fee(1) | change["changeItemFees"][0]
    answer = await placed.act(action, placed.of("mug", changeItemFees=[fee]))
    assert answer.status_code == 400
    assert name in answer.json()[0]["message"]
    assert (await placed.item("mug"))["QuantityCanceled"] == 0


async def test_a_long_name_is_refused(placed: Placed):
    order = await placed.api.draft()
    answer = await post(placed.api, SUMMARIES, {"orderId": order, "name": "x" * 256})
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "STRING_TOO_LONG")


async def test_a_version_is_written_in_one_way(placed: Placed):
    answer = await placed.api.http.get("/services/data/v067.0/sobjects")
    assert answer.status_code == 404
