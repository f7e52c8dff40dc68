"""How the money of an order is recorded: what its tenders gave at checkout, and a payment summary for each."""

from __future__ import annotations

from typing import Any

from orderwright.demo.client import Part
from orderwright.demo.journal import Facts
from orderwright.demo.plan import CURRENCY
from orderwright.demo.steps import Case, made_or_named
from orderwright.demo.tenders import CARD, GIFT_CARD, tenders_of

PAYMENT_SUMMARIES = "commerce/order-management/order-payment-summaries"
CARD_REFERENCE, GIFT_CARD_REFERENCE = "authorization", "sale"
"""Of which step the idempotency key is the provider's number for the money; the same words name its facts."""


async def authorize(case: Case) -> Facts:
    """What the shop's checkout got: an authorization of a card, and money of a gift card for orders paid with two
    tenders. Without an order summary they move nothing.
    """
    parts = [
        Part("POST", "sobjects/CardPaymentMethod", "card", card(case)),
        Part("POST", "sobjects/PaymentAuthorization", "authorization", authorization(case)),
    ]
    if GIFT_CARD in tenders_of(case.planned):
        parts += [
            Part("POST", "sobjects/AlternativePaymentMethod", "gift_card", gift_card(case)),
            Part("POST", "sobjects/Payment", "sale", sale(case)),
        ]
    answers = await case.desk.client.composite(parts, case.key("authorize"))
    made = {part.name: answer["id"] for part, answer in zip(parts, answers, strict=True)}
    return {name: made[name] for name in ("authorization", "sale") if name in made}


def card(case: Case) -> dict[str, Any]:
    """The buyer's card; its last digits are those of the order."""
    number = case.planned.invoice_no[-4:]
    return method(case) | {
        "CardCategory": "CreditCard",
        "CardType": CARD,
        "CardLastFour": int(number) if number.isdigit() else 0,
    }


def gift_card(case: Case) -> dict[str, Any]:
    """A gift card is an alternative payment method; payment summaries call it by its nickname."""
    return method(case) | {"NickName": GIFT_CARD}


def method(case: Case) -> dict[str, Any]:
    """What all payment methods of the buyer say."""
    return {
        "AccountId": case.desk.shop.account_of(case.planned),
        "PaymentGatewayId": case.desk.shop.id_of("gateway"),
        "ProcessingMode": "External",
        "Status": "Active",
    }


def authorization(case: Case) -> dict[str, Any]:
    """The money that the card will give."""
    return paid(case, CARD, CARD_REFERENCE) | {"PaymentMethodId": "@{card.id}"}


def sale(case: Case) -> dict[str, Any]:
    """The money that the gift card gave: taken at once."""
    return paid(case, GIFT_CARD, GIFT_CARD_REFERENCE) | {"PaymentMethodId": "@{gift_card.id}", "Type": "Sale"}


def paid(case: Case, tender: str, reference: str) -> dict[str, Any]:
    """What a tender gives, as the provider said; found again by our reference."""
    return {
        "AccountId": case.desk.shop.account_of(case.planned),
        "PaymentGatewayId": case.desk.shop.id_of("gateway"),
        "Amount": tenders_of(case.planned)[tender],
        "CurrencyIsoCode": CURRENCY,
        "ProcessingMode": "External",
        "Status": "Processed",
        "GatewayRefNumber": case.key(reference),
    }


async def find_tenders(case: Case) -> Facts | None:
    """What has our references, if it was recorded: all of it or nothing, as it was sent in one transaction."""
    found = await find_paid(case, "PaymentAuthorizations", CARD_REFERENCE)
    if found is None or GIFT_CARD not in tenders_of(case.planned):
        return found
    sold = await find_paid(case, "Payments", GIFT_CARD_REFERENCE)
    return None if sold is None else found | sold


async def find_paid(case: Case, relationship: str, reference: str) -> Facts | None:
    """The id of the buyer's record with this reference, under the same name."""
    path = f"sobjects/Account/{case.desk.shop.account_of(case.planned)}/{relationship}"
    for found in await case.desk.client.children(path, "Id,GatewayRefNumber"):
        if found["GatewayRefNumber"] == case.key(reference):
            return {reference: found["Id"]}
    return None


async def pay(case: Case) -> Facts:
    """A payment summary for each tender: the money belongs to the order now."""
    facts = {"payment_summary": await put_under(case, "payment summary", paymentAuthorizationId=case["authorization"])}
    if GIFT_CARD in tenders_of(case.planned):
        facts["gift_card_summary"] = await put_under(case, "gift card summary", paymentIds=[case["sale"]])
    return facts


async def put_under(case: Case, step: str, **money: Any) -> str:
    """The id of the payment summary that puts `money` under the order summary."""
    wish = {"orderSummaryId": case["summary"], **money}
    making = case.desk.client.post(PAYMENT_SUMMARIES, wish, case.key(step))
    return await made_or_named(making, "orderPaymentSummaryId", "0bM")
