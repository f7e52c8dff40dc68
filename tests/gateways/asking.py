"""Requests in one line, for tests that ask a gateway for money."""

import datetime as dt
from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from orderwright.gateways.card_data import Address, BankDetails, CardDetails
from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    CaptureRequest,
    GatewayResponse,
    ListedTransaction,
    Listing,
    PaymentReference,
    PostAuthorizeRequest,
    RefundRequest,
    SaleRequest,
    TokenizeRequest,
    VoidRequest,
)
from orderwright.gateways.simulator import AuthorizationTotals, CaptureTotals, Simulator

NOW = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
OPERATIONS = ["Authorize", "Capture", "Refund", "Void", "Sale", "PostAuthorize"]
CARD_NUMBER, CVV = "4242424242424242", "737"


def authorization(
    number: str | None = "elsewhere-1", whole: str = "100.00", currency: str = "USD", our_id: str = "0xc"
):
    return AuthorizationReference(
        gateway_ref_number=number, amount=Decimal(whole), currency_iso_code=currency, our_id=our_id
    )


def payment(number: str | None = "elsewhere-2", whole: str = "100.00", currency: str = "USD", our_id: str = "0aQ1"):
    return PaymentReference(gateway_ref_number=number, amount=Decimal(whole), currency_iso_code=currency, our_id=our_id)


def authorize(key: str, amount: str, currency: str = "USD", method: str = "card"):
    return AuthorizeRequest(
        idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, payment_method_token=method
    )


def sale(key: str, amount: str, currency: str = "USD", method: str = "card"):
    return SaleRequest(
        idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, payment_method_token=method
    )


def post_authorize(key: str, amount: str, currency: str = "USD", token: str | None = None):
    """Record what a payer's device made; without a token, one that it made for this request."""
    token = f"device-{key}" if token is None else token
    return PostAuthorizeRequest(
        idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, payment_method_token=token
    )


def tokenize(key: str = "t", number: str = CARD_NUMBER, **changed: Any):
    card = CardDetails(card_number=number, cvv=CVV, expiry_month=5, expiry_year=2030, card_holder_name="Carol")
    return TokenizeRequest(
        idempotency_key=key, card=replace(card, **changed), address=Address(street="Main St 1", country="US")
    )


def tokenize_bank(key: str = "t", number: str = "000123456789"):
    bank = BankDetails(account_number=number, bank_code="110000000", account_holder_name="Carol")
    return TokenizeRequest(idempotency_key=key, bank=bank)


def capture(key: str, amount: str, source: AuthorizationReference | None = None, currency: str = "USD"):
    source = source or authorization()
    return CaptureRequest(idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, authorization=source)


def refund(key: str, amount: str, source: PaymentReference | None = None, currency: str = "USD"):
    return RefundRequest(
        idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, payment=source or payment()
    )


def void(key: str, amount: str, source: AuthorizationReference | None = None, currency: str = "USD"):
    source = source or authorization()
    return VoidRequest(idempotency_key=key, amount=Decimal(amount), currency_iso_code=currency, authorization=source)


async def ask(simulator: Simulator, operation: str, key: str, amount: str, currency: str = "USD") -> GatewayResponse:
    """Ask for `amount` of an authorization or payment of 100 in `currency` that was made elsewhere."""
    if operation == "Authorize":
        return await simulator.authorize(authorize(key, amount, currency))
    if operation == "Sale":
        return await simulator.sale(sale(key, amount, currency))
    if operation == "PostAuthorize":
        return await simulator.post_authorize(post_authorize(key, amount, currency))
    if operation == "Refund":
        return await simulator.refund(refund(key, amount, payment(currency=currency), currency))
    if operation == "Void":
        return await simulator.void(void(key, amount, authorization(currency=currency), currency))
    return await simulator.capture(capture(key, amount, authorization(currency=currency), currency))


async def moved(simulator: Simulator) -> dict[str, Decimal]:
    """Return how much money the books hold. Authorize is all that is reserved, Capture all that is taken, sales too."""
    books = await simulator.books()
    here = [row for row in books.captures if row.authorization_reference is not None]
    devices = [row.authorized for row in books.authorizations if row.reference.startswith("device-")]
    return {
        "Authorize": sum((row.authorized for row in books.authorizations), Decimal(0)),
        "Capture": sum((row.captured for row in here), Decimal(0)),
        "Sale": sum((row.captured for row in here if row.reference.startswith("sim_sale_")), Decimal(0)),
        "PostAuthorize": sum(devices, Decimal(0)),
        "Refund": sum((row.refunded for row in books.captures), Decimal(0)),
        "Void": sum((row.reversed for row in books.authorizations), Decimal(0)),
    }


async def authorized_at(simulator: Simulator, reference: str) -> AuthorizationTotals:
    [found] = [row for row in (await simulator.books()).authorizations if row.reference == reference]
    return found


async def captured_at(simulator: Simulator, reference: str) -> CaptureTotals:
    [found] = [row for row in (await simulator.books()).captures if row.reference == reference]
    return found


async def listed(gateway: Listing, since: dt.datetime, until: dt.datetime) -> list[ListedTransaction]:
    return [transaction async for transaction in gateway.transactions(since, until)]


def verdict(response: GatewayResponse) -> tuple[str, str | None]:
    return response.sf_result_code, response.gateway_result_code


def codes(responses: list[Any]) -> list[str]:
    return sorted(response.sf_result_code for response in responses)
