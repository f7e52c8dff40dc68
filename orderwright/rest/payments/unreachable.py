"""A gateway that was not reached: nothing happened, so the call did not succeed and may be sent again as it is."""

from __future__ import annotations

from typing import TypeVar

from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.rest.errors import Undone, Unsettled
from orderwright.rest.payments.asking import Asked
from orderwright.rest.payments.charging import Charged
from orderwright.rest.payments.gateway_outputs import GatewayLogOutput, log_output
from orderwright.rest.payments.tokens import Tokenized

T = TypeVar("T")


def answered(asked: Asked, output: T) -> T:
    """`output`. Raises Undone with it, as 503, when the gateway was not reached: its idempotency key stays free; and
    Unsettled while the outcome is not known: the key will tell it later.
    """
    if asked.unreachable:
        raise Undone(output, status=503)
    if asked.request.state in OPEN_REQUEST_STATES:
        raise Unsettled(output)
    return output


def tokenized_or_undone(done: Tokenized | None, output: T) -> T:
    """`output` of a call that came no further than the token. Raises Undone with it, as 503, when the gateway has not
    judged the payment method: no money is at stake, so the same call may be sent again under its key.
    """
    if done is not None and done.may_be_asked_again:
        raise Undone(output, status=503)
    return output


def logs_of(done: Charged) -> tuple[GatewayLogOutput, ...]:
    """The log of the token that was made first, if one was."""
    return (log_output(done.tokenized.log),) if done.tokenized else ()
