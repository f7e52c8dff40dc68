"""Requests in one line, for tests that ask a gateway for money."""

import datetime as dt
from decimal import Decimal
from typing import Any

from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    CaptureRequest,
    GatewayResponse,
    PaymentReference,
    RefundRequest,
    VoidRequest,
)
from orderwright.gateways.simulator import AuthorizationTotals, CaptureTotals, Simulator

NOW = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
OPERATIONS = ["Authorize", "Capture", "Refund", "Void"]


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
    if operation == "Refund":
        return await simulator.refund(refund(key, amount, payment(currency=currency), currency))
    if operation == "Void":
        return await simulator.void(void(key, amount, authorization(currency=currency), currency))
    return await simulator.capture(capture(key, amount, authorization(currency=currency), currency))


async def moved(simulator: Simulator) -> dict[str, Decimal]:
    """Return how much money the books hold, by operation."""
    books = await simulator.books()
    elsewhere = [row.captured for row in books.captures if row.authorization_reference is None]
    return {
        "Authorize": sum((row.authorized for row in books.authorizations), Decimal(0)),
        "Capture": sum((row.captured for row in books.captures), Decimal(0)) - sum(elsewhere, Decimal(0)),
        "Refund": sum((row.refunded for row in books.captures), Decimal(0)),
        "Void": sum((row.reversed for row in books.authorizations), Decimal(0)),
    }


async def authorized_at(simulator: Simulator, reference: str) -> AuthorizationTotals:
    [found] = [row for row in (await simulator.books()).authorizations if row.reference == reference]
    return found


async def captured_at(simulator: Simulator, reference: str) -> CaptureTotals:
    [found] = [row for row in (await simulator.books()).captures if row.reference == reference]
    return found


def verdict(response: GatewayResponse) -> tuple[str, str | None]:
    return response.sf_result_code, response.gateway_result_code


def codes(responses: list[Any]) -> list[str]:
    return sorted(response.sf_result_code for response in responses)
