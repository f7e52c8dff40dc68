"""How an order is paid: by card, or by a gift card as far as it goes and the rest by card.

The file names no tender, so the invoice number chooses: each order whose number ends in 0 or 5, a fifth of them. A gift
card is money taken when the order is placed, so it is a payment of type Sale; a card is authorized then, and captured
when the invoice is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from orderwright.arithmetic.money import round_money
from orderwright.demo.plan import SCALE, PlannedOrder

CARD, GIFT_CARD = "Visa", "Gift card"
GIFT_CARD_BALANCE = Decimal("20.00")
PAID_WITH_TWO = ("0", "5")

ZERO = Decimal(0)


def tenders_of(order: PlannedOrder) -> dict[str, Decimal]:
    """What each tender pays, by its name: GBP, all above zero, together the order's total."""
    gift_card = gift_card_part(order)
    return {CARD: order.total - gift_card, **({GIFT_CARD: gift_card} if gift_card else {})}


def gift_card_part(order: PlannedOrder) -> Decimal:
    """What the gift card pays: its balance, at most half of the order; zero for an order that is paid by card alone."""
    if not order.invoice_no.endswith(PAID_WITH_TWO):
        return ZERO
    # Less the larger half: of a single penny nothing, so that something is always left for the card.
    return min(GIFT_CARD_BALANCE, order.total - round_money(order.total / 2, SCALE))


def tender_of(payment_summary: Mapping[str, Any]) -> str:
    """The name of the tender behind an OrderPaymentSummary: a card's brand, or what another method is called."""
    is_card = payment_summary["Type"] != "AlternativePaymentMethod"
    return str(payment_summary["Type" if is_card else "Method"])
