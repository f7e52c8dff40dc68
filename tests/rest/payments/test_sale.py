"""Sales through the API."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.settlement.gateways import ConfiguredGateways, OneGateway
from orderwright.settlement.settle import settle_due
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.changing import plain
from tests.rest.conftest import Hands
from tests.rest.payments.till import Till, Untouched, books_of, moved, refused, requests_of, sound

D = Decimal


async def test_an_amount_is_taken_at_once(shop: Till, simulator: Simulator, database: Database):
    answer = await shop.made("/sales", shop.charge("50.10", comments="sale", submittedByMerchant="true"))
    made = answer["payment"]
    assert (answer["error"], answer["gatewayResponse"]["salesforceResultCode"]) == (None, "Success")
    assert (made["amount"], made["status"], made["currencyIsoCode"]) == (D("50.10"), "Processed", "GBP")
    payment = await shop.read(made["id"])
    names = ("Amount", "Balance", "Type", "PaymentAuthorizationId", "PaymentMethodId", "Comments")
    assert [payment[n] for n in names] == [D("50.10"), D("50.10"), "Sale", None, shop.card, "sale"]
    theirs = await books_of(simulator, payment["GatewayRefNumber"])
    assert (theirs.authorized, theirs.captured) == (D("50.10"), D("50.10"))
    assert (await shop.read(answer["paymentGatewayLogs"][0]["id"]))["InteractionType"] == "Sale"
    await sound(database)


async def test_without_an_account_and_without_a_currency_a_sale_is_made_in_the_installations_own(
    shop: Till, simulator: Simulator
):
    body = {"amount": "7", "paymentGatewayId": shop.gateway, "paymentMethod": {"id": shop.card}}
    answer = await shop.made("/sales", body)
    theirs = await books_of(simulator, answer["gatewayResponse"]["gatewayReferenceNumber"])
    assert (answer["payment"]["currencyIsoCode"], theirs.currency_iso_code) == ("USD", "USD")


@pytest.mark.parametrize(("currency", "amount"), [("JPY", "50"), ("KWD", "1.234")])
async def test_amounts_are_kept_at_the_scale_of_their_currency(
    shop: Till, simulator: Simulator, currency: str, amount: str
):
    payment = await shop.read(await shop.in_currency(currency).sold(amount))
    assert (str(payment["Amount"]), str(payment["Balance"])) == (amount, amount)
    assert await moved(simulator, payment["GatewayRefNumber"]) == (D(amount), 0, 0)


@pytest.mark.parametrize("fault", ["decline", "permanent_fail", "timeout_after_success", "lost_request"])
async def test_a_sale_is_made_once_or_not_at_all(
    shop: Till, simulator: Simulator, store: Store, database: Database, clock: Hands, fault: Any
):
    await simulator.tell(operation="Sale", kind=fault)
    answer = await shop.made("/sales", shop.charge(50))
    if fault == "lost_request":
        assert (answer["error"]["errorCode"], answer["payment"]) == ("Indeterminate", None)
        clock.now += dt.timedelta(minutes=3)
        assert await settle_due(store, OneGateway(simulator)) == 1
    [request] = await requests_of(database, "Sale", payment_gateway_id=shop.gateway)
    if fault in {"decline", "permanent_fail"}:
        assert (request["state"], request["made_id"], answer["payment"]) == ("Refused", None, None)
    else:
        payment = await shop.read(request["made_id"])
        assert (payment["Status"], payment["Amount"], payment["AccountId"]) == ("Processed", 50, shop.account)
        assert await moved(simulator, payment["GatewayRefNumber"]) == (50, 0, 0)
    await sound(database)


async def test_what_is_wrong_is_refused_and_writes_nothing(shop: Till, database: Database):
    cases = [
        (shop.on_card(0), "INVALID_INPUT"),
        (shop.on_card("0.001"), "NUMBER_OUTSIDE_VALID_RANGE"),
        ({**shop.on_card(), "clientContext": "x"}, "INVALID_FIELD"),
        ({**shop.on_card(), "submittedByMerchant": "maybe"}, "JSON_PARSER_ERROR"),
        ({**shop.on_card(), "paymentGroup": {"id": "9zx000000000001"}}, "INVALID_CROSS_REFERENCE_KEY"),
    ]
    for body, code in cases:
        async with Untouched(database):
            refused(await shop.call("/sales", body), code)
    plain(await shop.call("/sales", shop.charge(), version=53), 404, "NOT_FOUND")


async def test_a_gateway_without_sales_is_not_asked_for_one(
    shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch
):
    async def of(*_: Any) -> object:
        return object()

    monkeypatch.setattr(ConfiguredGateways, "of", of)
    async with Untouched(database):
        assert "authorize" in refused(await shop.call("/sales", shop.on_card()), "INVALID_OPERATION")


async def test_a_token_is_shown_to_no_other_gateway(shop: Till, database: Database, monkeypatch: pytest.MonkeyPatch):
    """A card of one provider with the gateway of another; and a provider that is not set up here at all."""
    monkeypatch.delenv("ORDERWRIGHT_GATEWAY_STRIPE_SECRET_KEY", raising=False)
    provider = await shop.api.create("PaymentGatewayProvider", DeveloperName="Stripe", MasterLabel="Stripe")
    theirs = await shop.api.create(
        "PaymentGateway", PaymentGatewayName="Other", PaymentGatewayProviderId=provider, Status="Active"
    )
    card = await shop.api.create(
        "CardPaymentMethod", GatewayToken="tok_other", PaymentGatewayId=theirs, ProcessingMode="External",
        Status="Active",
    )  # fmt: skip
    async with Untouched(database):
        refused(await shop.call("/sales", shop.charge(paymentMethod={"id": card})), "INVALID_OPERATION")
        answer = await shop.call("/sales", shop.charge(paymentGatewayId=theirs))
        assert "tok_" not in refused(answer, "INVALID_OPERATION")
