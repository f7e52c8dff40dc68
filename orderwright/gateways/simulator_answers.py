"""From a row of the simulator's saved answers to the GatewayResponse that is given, or the news that is sent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import asyncpg
import msgspec

from orderwright.gateways.notices import Notice
from orderwright.gateways.protocol import GatewayResponse
from orderwright.gateways.simulator_movement import Movement, Verdict, json_text

UNREACHABLE = Verdict("SystemError", "unreachable", "Nothing was sent: the gateway could not be reached")
NOT_BOOKED = Verdict("SystemError", "not_booked", "The books changed meanwhile and nothing was booked: send it again")
NO_ANSWER = Verdict("Indeterminate", "no_answer", "No answer came: whether money moved is not known")
_KEY_REUSED = Verdict("ValidationError", "idempotency_key_reused", "The idempotency key belongs to another request")
_PENDING = Verdict("Indeterminate", "pending", "The request was taken; a notification says what became of it")
_NOT_LOGGED = ("request", "response")


def reply(row: asyncpg.Record, movement: Movement) -> GatewayResponse:
    """Return the answer that is kept under the key, if it was given to the same question."""
    if row["fingerprint"] != movement.fingerprint:
        return answered(_KEY_REUSED, movement)
    return recorded(row, movement.log_text, movement.asked_at, duplicate=row["duplicate"])


def recorded(row: asyncpg.Record, request: str, now: datetime, *, duplicate: bool) -> GatewayResponse:
    """Return the answer that is kept; until it has settled, that it has not."""
    if row["settles_at"] is not None and now < row["settles_at"]:
        answer = _respond(_PENDING, request, row["amount"])
        return _written(answer, row["gateway_date"], duplicate=duplicate, pending=True)
    verdict = Verdict(row["sf_result_code"], row["gateway_result_code"], row["gateway_message"])
    known = {name: row[name] for name in ("gateway_ref_number", "expires_at")}
    return _written(_respond(verdict, request, row["amount"]), row["gateway_date"], duplicate=duplicate, **known)


def noticed(row: asyncpg.Record) -> Notice:
    """Return what is told unasked of an answer that has settled."""
    return Notice(
        notification_id=f"sim_note_{row['id']}",
        kind=row["operation"],
        idempotency_key=row["idempotency_key"],
        gateway_ref_number=row["gateway_ref_number"],
        result=row["sf_result_code"],
        gateway_result_code=row["gateway_result_code"],
        gateway_message=row["gateway_message"],
        amount=row["amount"],
        currency_iso_code=row["currency_iso_code"],
        gateway_date=row["gateway_date"],
    )


def answered(verdict: Verdict, movement: Movement) -> GatewayResponse:
    """Return an answer that is not kept."""
    return _written(silent(verdict, movement), movement.asked_at)


def silent(verdict: Verdict, movement: Movement) -> GatewayResponse:
    """Return what is made of it when no answer came."""
    return _respond(verdict, movement.log_text, movement.amount)


def not_looked_up(idempotency_key: str) -> GatewayResponse:
    """Return what is made of it when the provider could not be asked about a key."""
    return _respond(NO_ANSWER, json_text({"operation": "LookUp", "idempotency_key": idempotency_key}), Decimal(0))


def _respond(verdict: Verdict, request: str, amount: Decimal) -> GatewayResponse:
    return GatewayResponse(
        **verdict._asdict(), gateway_ref_number=None, amount=amount, gateway_date=None, request=request, response=""
    )


def _written(answer: GatewayResponse, gateway_date: datetime, **known: Any) -> GatewayResponse:
    """Return the answer as it came over the wire, at `gateway_date`: with the text that is logged of it."""
    answer = msgspec.structs.replace(answer, gateway_date=gateway_date, **known)
    fields = msgspec.structs.asdict(answer)
    text = json_text({n: v for n, v in fields.items() if n not in _NOT_LOGGED})
    return msgspec.structs.replace(answer, response=text)
