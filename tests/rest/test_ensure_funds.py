"""Funds and refunds asked for over HTTP: several at once, and what a preview shows, which the job then does."""

from decimal import Decimal
from typing import Any

import pytest

from orderwright.objects.identity import to_15
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import Caller, exact
from tests.rest.changing import SUMMARIES, Nothing, plain, post, refusal
from tests.rest.funding import Funded, funded, run, simulated

MULTIPLE = f"{SUMMARIES}/async-actions/multiple-ensure-funds-async"
FUNDS, REFUNDS = "ensure-funds-async", "ensure-refunds-async"


@pytest.fixture
async def paying(api: Caller) -> Funded:
    return await funded(api)


def entry(of: Funded, **more: Any) -> dict[str, Any]:
    return {"orderSummaryId": of.placed.summary, "invoiceId": of.invoice, **more}


# Several invoices at once


async def test_each_entry_is_queued_as_an_operation_of_its_own(api: Caller, paying: Funded, database: Database):
    other = await funded(api)
    answer = await post(api, MULTIPLE, {"asyncInputs": [entry(paying), entry(other)]})
    assert answer.status_code == 201
    body = answer.json()
    assert (body["success"], body["errors"]) == (True, [])
    assert [set(output) for output in body["asyncOutputs"]] == [{"backgroundOperationId", "errors", "success"}] * 2
    for output, of in zip(body["asyncOutputs"], (paying, other), strict=True):
        assert (output["success"], output["errors"]) == (True, [])
        operation = await of.read(output["backgroundOperationId"])
        assert (operation["OrderSummaryId"], operation["ReferenceEntityId"]) == (of.placed.summary, of.invoice)
        assert (operation["Type"], operation["Status"]) == ("EnsureFunds", "New")
    rows = await database.main.fetch(
        "SELECT shard FROM background_operation WHERE id = ANY ($1)",
        [to_15(output["backgroundOperationId"]) for output in body["asyncOutputs"]],
    )
    shards = "SELECT shard FROM order_summary WHERE id = ANY ($1)"
    orders = await database.main.fetch(shards, [to_15(of.placed.summary) for of in (paying, other)])
    assert sorted(row["shard"] for row in rows) == sorted(row["shard"] for row in orders)


async def test_an_entry_that_is_wrong_fails_alone_and_in_its_place(api: Caller, paying: Funded):
    other = await funded(api)
    nowhere = "1Os000000000001"
    wrong = [
        {"orderSummaryId": other.placed.summary, "invoiceId": paying.invoice},
        {"orderSummaryId": nowhere, "invoiceId": paying.invoice},
        entry(other, sequences=[{"orderPaymentSummaryId": other.summaries[0], "amount": "1.001"}]),
    ]
    answer = await post(api, MULTIPLE, {"asyncInputs": [*wrong, entry(paying)]})
    assert answer.status_code == 201
    body = answer.json()
    assert body["success"] is False
    codes = [[error["errorCode"] for error in output["errors"]] for output in body["asyncOutputs"]]
    assert codes == [["INVALID_CROSS_REFERENCE_KEY"], ["NOT_FOUND"], ["INVALID_INPUT"], []]
    assert [bool(output["backgroundOperationId"]) for output in body["asyncOutputs"]] == [False, False, False, True]
    assert await other.placed.related("BackgroundOperations") == []


async def test_without_entries_it_is_refused(api: Caller):
    refusal(await post(api, MULTIPLE, {"asyncInputs": []}), 400, "REQUIRED_FIELD_MISSING")


@pytest.mark.parametrize(
    ("version", "more", "status"),
    [
        (55, {}, 404),
        (56, {}, 201),
        (58, {"isConsiderReservedBalanceAmount": True}, 400),
        (59, {"isConsiderReservedBalanceAmount": True}, 201),
        (59, {"isReservedBalanceAmountConsidered": True}, 201),
        (59, {"isAllowPartial": True}, 400),
        (60, {"isAllowPartial": True, "sequences": []}, 201),
        (67, {"invoices": []}, 400),
    ],
)
async def test_properties_appear_with_their_version(
    api: Caller, paying: Funded, version: int, more: dict[str, Any], status: int
):
    answer = await post(api, MULTIPLE, {"asyncInputs": [entry(paying, **more)]}, version)
    assert answer.status_code == status, answer.text


async def test_a_repeated_request_queues_nothing_twice(api: Caller, paying: Funded):
    body = {"asyncInputs": [entry(paying), entry(paying)]}
    first = await post(api, MULTIPLE, body, headers={"Idempotency-Key": "many"})
    again = await post(api, MULTIPLE, body, headers={"Idempotency-Key": "many"})
    assert first.json() == again.json()
    assert len(await paying.placed.related("BackgroundOperations")) == 2


# Previews


async def preview(of: Funded, what: str, body: Any) -> Any:
    return await of.placed.done(f"preview-{what.removesuffix('-async')}", body)


async def test_a_preview_says_who_would_pay_how_much_and_why_and_stores_nothing(paying: Funded, database: Database):
    async with Nothing(database, paying.placed):
        shown = await preview(paying, FUNDS, {"invoiceId": paying.invoice})
    assert all(part.pop("why") for part in shown["funds"])
    assert shown == {
        "currencyIsoCode": "GBP", "errors": [], "success": True,
        "invoiceId": paying.invoice, "orderSummaryId": paying.placed.summary,
        "neededAmount": Decimal("28.80"), "plannedAmount": Decimal("28.80"), "openAmount": Decimal("0.00"),
        "funds": [
            {"action": "Capture", "amount": Decimal("20.00"), "orderPaymentSummaryId": paying.summaries[0],
             "paymentAuthorizationId": paying.authorizations[0], "paymentId": None},
            {"action": "Capture", "amount": Decimal("8.80"), "orderPaymentSummaryId": paying.summaries[1],
             "paymentAuthorizationId": paying.authorizations[1], "paymentId": None},
        ],
    }  # fmt: skip


async def test_a_preview_says_what_stays_open(paying: Funded):
    wanted = [{"orderPaymentSummaryId": paying.summaries[1], "amount": 7}]
    body = {"invoiceId": paying.invoice, "isAllowPartial": True, "sequences": wanted}
    shown = await preview(paying, FUNDS, body)
    amounts = {name: str(shown[name]) for name in ("neededAmount", "plannedAmount", "openAmount")}
    assert amounts == {"neededAmount": "28.80", "plannedAmount": "7.00", "openAmount": "21.80"}
    assert [(f["orderPaymentSummaryId"], str(f["amount"])) for f in shown["funds"]] == [(paying.summaries[1], "7.00")]


async def paid(of: Funded, database: Database) -> list[tuple[str, Decimal]]:
    """What was captured, by payment summary, in order."""
    rows = await database.main.fetch(
        "SELECT order_payment_summary_id AS summary, amount FROM payment WHERE order_payment_summary_id = ANY ($1) "
        "ORDER BY id", [to_15(summary) for summary in of.summaries],
    )  # fmt: skip
    return [(row["summary"], row["amount"]) for row in rows]


@pytest.mark.parametrize("amount", [None, "5.00", "0"])
async def test_the_job_does_what_the_preview_shows(
    paying: Funded, database: Database, store: Store, amount: str | None
):
    body: dict[str, Any] = {"invoiceId": paying.invoice}
    if amount is not None:
        body["sequences"] = [{"orderPaymentSummaryId": paying.summaries[1], "amount": amount}]
    shown = await preview(paying, FUNDS, body)
    async with simulated(store) as gateway:
        operation = await paying.queued(FUNDS, body)
        await run(store, gateway, operation)
    planned = [(to_15(part["orderPaymentSummaryId"]), part["amount"]) for part in shown["funds"]]
    assert sorted(await paid(paying, database)) == sorted(planned)
    assert (await paying.read(operation))["CompletedAmount"] == shown["plannedAmount"]
    again = await preview(paying, FUNDS, body)
    assert (again["neededAmount"], again["funds"]) == (Decimal("0.00"), [])


async def test_money_that_was_captured_before_is_shown_as_applied(paying: Funded, store: Store):
    async with simulated(store) as gateway:
        await run(store, gateway, await paying.queued(FUNDS, {"invoiceId": paying.invoice}))
    payment = await paying.placed.api.create(
        "Payment", Amount="40", CurrencyIsoCode="GBP", ProcessingMode="External", Status="Processed", Type="Sale"
    )
    made = await post(
        paying.placed.api,
        "/commerce/order-management/order-payment-summaries",
        {"orderSummaryId": paying.placed.summary, "paymentIds": [payment]},
    )
    await paying.placed.shipped(towel=1)
    invoice = (await paying.placed.related("Invoices"))[-1]["Id"]
    shown = await preview(paying, FUNDS, {"invoiceId": invoice})
    assert [(f["action"], f["paymentId"], f["paymentAuthorizationId"]) for f in shown["funds"]] == [
        ("Apply", payment, None)
    ]
    assert shown["funds"][0]["orderPaymentSummaryId"] == made.json()["orderPaymentSummaryId"]


async def returned(of: Funded, store: Store) -> str:
    """The invoice funded, one mug returned: its credit memo, over 10.80."""
    async with simulated(store) as gateway:
        await run(store, gateway, await of.queued(FUNDS, {"invoiceId": of.invoice}))
    change = await of.placed.done("submit-return", of.placed.of("mug"))
    memo = await of.placed.done("create-credit-memo", {"changeOrderIds": [change["changeOrderId"]]})
    return str(memo["creditMemoId"])


async def test_a_preview_of_refunds_is_what_the_job_does(paying: Funded, database: Database, store: Store):
    memo = await returned(paying, store)
    async with Nothing(database, paying.placed):
        shown = await preview(paying, REFUNDS, {"creditMemoId": memo})
    assert {name: str(shown[name]) for name in ("neededAmount", "plannedAmount", "openAmount")} == {
        "neededAmount": "10.80", "plannedAmount": "10.80", "openAmount": "0.00",
    }  # fmt: skip
    (part,) = shown["refunds"]
    assert (shown["creditMemoId"], part["creditMemoId"], shown["fees"]) == (memo, memo, [])
    assert (part["orderPaymentSummaryId"], part["why"]) == (paying.summaries[0], "smallest that covers it")
    async with simulated(store) as gateway:
        await run(store, gateway, await paying.queued(REFUNDS, {"creditMemoId": memo}))
    rows = await database.main.fetch(
        "SELECT l.payment_id, r.amount FROM refund r JOIN refund_line_payment l ON l.shard = r.shard AND "
        "l.refund_id = r.id WHERE r.credit_memo_id = $1", to_15(memo),
    )  # fmt: skip
    assert [(r["payment_id"], r["amount"]) for r in rows] == [(to_15(part["paymentId"]), part["amount"])]


async def test_a_preview_shows_fees_that_are_paid_before_anything_goes_back(paying: Funded, store: Store):
    async with simulated(store) as gateway:
        await run(store, gateway, await paying.queued(FUNDS, {"invoiceId": paying.invoice}))
    placed = paying.placed
    change = await placed.done("submit-return", placed.of("mug", changeItemFees=[placed.fee("3.00")]))
    memo = (await placed.done("create-credit-memo", {"changeOrderIds": [change["changeOrderId"]]}))["creditMemoId"]
    charged = {"orderSummaryId": placed.summary, "changeOrderIds": [change["feeChangeOrderId"]]}
    made = await post(
        placed.api, f"{SUMMARIES}/actions/create-multiple-change-invoices", {"invoicesFromChangeOrders": [charged]}
    )
    fee = made.json()["invoices"][0]["invoiceId"]
    shown = await preview(paying, REFUNDS, {"creditMemoId": memo, "invoicesToPay": [{"invoiceId": fee}]})
    (paid_fee,) = shown["fees"]
    assert (paid_fee["invoiceId"], paid_fee["creditMemoId"], paid_fee["paymentId"]) == (fee, memo, None)
    assert paid_fee["amount"] + shown["neededAmount"] == Decimal("10.80")
    assert sum(part["amount"] for part in shown["refunds"]) == shown["neededAmount"] == shown["plannedAmount"]


@pytest.mark.parametrize(
    ("what", "body", "code"),
    [
        (FUNDS, {"sequences": [{"orderPaymentSummaryId": "0bM000000000001", "amount": 1}]},
         "INVALID_CROSS_REFERENCE_KEY"),
        (FUNDS, {"sequences": "twice"}, "INVALID_INPUT"),
        (FUNDS, {"sequences": "fine"}, "INVALID_INPUT"),
        (REFUNDS, {}, "REQUIRED_FIELD_MISSING"),
        (REFUNDS, {"excessFundsAmount": 0}, "INVALID_INPUT"),
        (REFUNDS, {"excessFundsAmount": "0.001"}, "INVALID_INPUT"),
        (REFUNDS, {"creditMemoId": "50g000000000001"}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)  # fmt: skip
async def test_a_preview_refuses_what_the_request_would_be_refused_for(
    paying: Funded, what: str, body: dict[str, Any], code: str
):
    named = {"twice": [{"orderPaymentSummaryId": paying.summaries[0], "amount": 1}] * 2,
             "fine": [{"orderPaymentSummaryId": paying.summaries[0], "amount": "0.001"}]}  # fmt: skip
    body = {name: named[value] if isinstance(value, str) and value in named else value for name, value in body.items()}
    if what == FUNDS:
        body["invoiceId"] = paying.invoice
    said = refusal(await paying.placed.act(f"preview-{what.removesuffix('-async')}", body), 400, code)
    assert said == refusal(await paying.ask(what, body), 400, code)


async def test_a_preview_refuses_what_the_job_would_be_refused_for(paying: Funded, store: Store):
    """The request is taken, as documented: too little money is found out in the job, or in the preview."""
    said = refusal(
        await paying.placed.act("preview-ensure-refunds", {"excessFundsAmount": 5}), 400, "INSUFFICIENT_FUNDS"
    )
    operation = await paying.queued(REFUNDS, {"excessFundsAmount": 5})
    async with simulated(store) as gateway:
        await run(store, gateway, operation)
    assert (await paying.read(operation))["OutcomeMessage"] == said


async def test_an_order_that_does_not_exist_has_no_preview(paying: Funded, api: Caller):
    path = f"{SUMMARIES}/1Os000000000001/actions/preview-ensure-funds"
    plain(await post(api, path, {"invoiceId": paying.invoice}), 404, "NOT_FOUND")


@pytest.mark.parametrize("path", ["preview-ensure-funds", "preview-ensure-refunds"])
async def test_extensions_say_that_they_are_ours(api: Caller, path: str):
    paths = exact(await api.http.get("/openapi.json"))["paths"]
    (found,) = [methods["post"] for name, methods in paths.items() if name.endswith(f"/{path}")]
    assert found["summary"].endswith("(extension)")
    assert found["description"].startswith("Extension:")
