"""The simulator's tokens. It keeps no card: a token follows from the idempotency key, and stands for nothing."""

from __future__ import annotations

import hashlib
from datetime import datetime

from orderwright.gateways.card_data import BankDetails, CardDetails
from orderwright.gateways.protocol import TokenizeRequest, TokenizeResponse
from orderwright.gateways.simulator_movement import Verdict, json_text

# Numbers that card companies and providers give out for tests, and what the simulator says to them.
_REFUSED = {
    "4000000000000002": Verdict("Decline", "card_declined", "The card was declined"),
    "4000000000009995": Verdict("Decline", "insufficient_funds", "The card has insufficient funds"),
    "4000000000009987": Verdict("PermanentFail", "lost_card", "The card is reported lost"),
    "4000000000009979": Verdict("PermanentFail", "stolen_card", "The card is reported stolen"),
    "4000000000000069": Verdict("PermanentFail", "expired_card", "The card has expired"),
    "4000000000000127": Verdict("ValidationError", "incorrect_cvv", "The security code is wrong"),
}
_APPROVED = Verdict("Success", "approved", "Approved")


def tokenized(request: TokenizeRequest, now: datetime) -> TokenizeResponse:
    """Return a token for any card whose number, date and code could be real, and for any bank account."""
    verdict = _judged(request, now)
    token = None
    if verdict.sf_result_code == "Success":
        token = "sim_tok_" + hashlib.sha256(request.idempotency_key.encode()).hexdigest()[:24]
    return TokenizeResponse(
        **verdict._asdict(),
        gateway_token=token,
        gateway_date=now,
        request=request.log_text,
        response=json_text({**verdict._asdict(), "gateway_date": now}),
    )


def passes_luhn(digits: str) -> bool:
    """Whether the last digit is the one that the others call for. Source: ISO/IEC 7812-1, annex B (documented)."""
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _judged(request: TokenizeRequest, now: datetime) -> Verdict:
    if not request.idempotency_key:
        return Verdict("ValidationError", "field_missing", "An idempotency key is needed")
    if request.card is not None and request.bank is None:
        return _unusable_card(request.card, now) or _REFUSED.get(request.card.digits, _APPROVED)
    if request.bank is not None and request.card is None:
        return _unusable_account(request.bank) or _APPROVED
    return Verdict("ValidationError", "field_missing", "Either a card or a bank account is needed")


def _unusable_card(card: CardDetails, now: datetime) -> Verdict | None:
    digits = card.digits
    if not (digits.isascii() and digits.isdigit() and 12 <= len(digits) <= 19 and passes_luhn(digits)):
        return Verdict("ValidationError", "incorrect_number", "The card number is wrong")
    if not (1 <= card.expiry_month <= 12 and 2000 <= card.expiry_year <= 2999):
        return Verdict("ValidationError", "invalid_expiry", "The expiry date is none")
    if (card.expiry_year, card.expiry_month) < (now.year, now.month):
        return Verdict("ValidationError", "expired_card", "The card has expired")
    if card.cvv is not None and not (card.cvv.isascii() and card.cvv.isdigit() and len(card.cvv) in {3, 4}):
        return Verdict("ValidationError", "invalid_cvv", "The security code is none")
    return None


def _unusable_account(bank: BankDetails) -> Verdict | None:
    if not (bank.account_number.strip() and bank.bank_code.strip()):
        return Verdict("ValidationError", "field_missing", "An account number and a bank code are needed")
    return None
