"""Money for tests: a card authorized by the simulator, under an order."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from orderwright.connect_api import representations as documented
from orderwright.connect_api.connection import Connection
from orderwright.pytest_plugin.orders import Summary

CARD = documented.CardPaymentMethodRequest(
    card_number="4111111111111111", card_type="Visa", card_category="CreditCard", card_holder_name="Ada Lovelace",
    expiry_month=12, expiry_year=2099,
)  # fmt: skip


@dataclass(frozen=True)
class Till:
    """The simulator, as records know it."""

    payment_gateway_id: str


@dataclass(frozen=True)
class Paid:
    """An authorization under an order."""

    order_payment_summary_id: str
    payment_authorization_id: str
    payment_gateway_id: str
    amount: Decimal


def open_till(salesforce: Connection) -> Till:
    """Make the records that name the simulator."""
    provider = salesforce.create(
        "PaymentGatewayProvider",
        {"DeveloperName": "Simulator", "MasterLabel": "Simulator", "IdempotencySupported": "Yes"},
    )
    gateway = {"PaymentGatewayName": "Simulator", "PaymentGatewayProviderId": provider, "Status": "Active"}
    return Till(salesforce.create("PaymentGateway", gateway))


def authorize(salesforce: Connection, till: Till, summary: Summary, amount: Decimal | None) -> Paid:
    """Authorize an amount (None: the grand total) and put it under the order. Raises RuntimeError when declined."""
    if amount is None:
        amount = Decimal(salesforce.read("OrderSummary", summary.id, "GrandTotalAmount")["GrandTotalAmount"])
    asked = documented.AuthorizationRequest(
        account_id=summary.order.account_id,
        amount=amount,
        currency_iso_code=summary.order.currency,
        payment_gateway_id=till.payment_gateway_id,
        payment_method=documented.AuthApiPaymentMethodRequest(card_payment_method=CARD),
    )
    authorized = salesforce.Payments.authorize(asked).payment_authorization
    if authorized is None:
        raise RuntimeError(f"the simulator did not authorize {amount} {summary.order.currency}")
    put = documented.CreateOrderPaymentSummaryInputRepresentation(
        order_summary_id=summary.id, payment_authorization_id=authorized.id
    )
    made = salesforce.OrderPaymentSummary.create_order_payment_summary(put)
    return Paid(made.order_payment_summary_id or "", authorized.id, till.payment_gateway_id, amount)
