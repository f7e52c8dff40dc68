"""A gateway that was not reached: nothing happened, so the call did not succeed and may be sent again as it is."""

from __future__ import annotations

from typing import TypeVar

from orderwright.rest.errors import Undone
from orderwright.rest.payments.asking import Asked
from orderwright.rest.payments.charging import Charged
from orderwright.rest.payments.gateway_outputs import GatewayLogOutput, log_output

T = TypeVar("T")


def answered(asked: Asked, output: T) -> T:
    """`output`. Raises Undone with it, as 503, when the gateway was not reached: its idempotency key stays free."""
    if asked.unreachable:
        raise Undone(output, status=503)
    return output


def logs_of(done: Charged) -> tuple[GatewayLogOutput, ...]:
    """The log of the token that was made first, if one was."""
    return (log_output(done.tokenized.log),) if done.tokenized else ()
