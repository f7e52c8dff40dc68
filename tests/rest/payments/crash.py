"""A process that dies in the middle of a payment call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from orderwright.rest.payments import asking
from orderwright.settlement.carry_out import _send


async def before_the_gateway(*_: Any, **__: Any) -> Any:
    raise RuntimeError("the process died before it asked the gateway")


async def after_the_gateway(store: Any, gateways: Any, work: Any, *_: Any, **__: Any) -> Any:
    await _send(store, await gateways.of(work.request.payment_gateway_id), work)
    raise RuntimeError("the process died before it recorded the answer")


@contextmanager
def dying(at: Any) -> Iterator[None]:
    """Let every call that asks a gateway end like a process that is killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asking, "carry_out", at)
        yield
