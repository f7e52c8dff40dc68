"""The way to the gateway and back: each step on it is reported, and a request can be held up on it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any

from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    CaptureRequest,
    Gateway,
    GatewayResponse,
    PaymentReference,
    RefundRequest,
    VoidRequest,
)  # fmt: skip
from tests.torture.blows import Blows, Killed, Victim

Late = list[CaptureRequest | RefundRequest]
"""Requests that have left and have not arrived."""


class Road:
    """A gateway behind a road. It is what a worker is given."""

    def __init__(self, gateway: Gateway, blows: Blows, worker: Victim, late: Late) -> None:
        self._gateway = gateway
        self.capabilities = gateway.capabilities
        self._blows = blows
        self._worker = worker
        self._late = late

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse:
        return await self._gateway.authorize(request)

    async def void(self, request: VoidRequest) -> GatewayResponse:
        return await self._gateway.void(request)

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        return await self._carry(request, self._gateway.capture)

    async def refund(self, request: RefundRequest) -> GatewayResponse:
        return await self._carry(request, self._gateway.refund)

    async def look_up(
        self, idempotency_key: str, drawn_on: AuthorizationReference | PaymentReference | None = None
    ) -> GatewayResponse | None:
        await self._at("before look-up")
        found = await self._gateway.look_up(idempotency_key, drawn_on)
        said = f"{found.sf_result_code}{' pending' * found.pending}" if found else "no record"
        self.tell(f"looked up {idempotency_key}: {said}")
        await self._at("looked up")
        return found

    async def close(self) -> None:
        await self._gateway.close()

    async def _carry(self, request: Any, send: Callable[[Any], Awaitable[GatewayResponse]]) -> GatewayResponse:
        await self._at("before sending")
        if await self._is_held_up(request):
            return no_answer(request.amount)
        answer = await send(request)
        said = f"{answer.sf_result_code}{' pending' * answer.pending}{' again' * answer.duplicate}"
        self.tell(f"sent {type(request).__name__} {request.idempotency_key} of {request.amount}: {said}")
        if await self._at("booked"):
            return no_answer(request.amount)
        await self._at("answered")
        return answer

    async def _is_held_up(self, request: CaptureRequest | RefundRequest) -> bool:
        try:
            blow = await self._at("on its way")
        except Killed:
            self._late.append(request)
            raise
        if blow is not None:
            self._late.append(request)
        return blow is not None

    async def _at(self, step: str) -> object:
        return await self._blows.at(step, self._worker)

    def tell(self, line: str) -> None:
        """Add a line to the story."""
        self._blows.story.tell(f"{self._worker.name} {line}")


def no_answer(amount: Decimal) -> GatewayResponse:
    """What is made of it when the connection to the provider was lost after the request had left."""
    return GatewayResponse(
        sf_result_code="Indeterminate",
        gateway_ref_number=None,
        gateway_result_code="no_answer",
        gateway_message="The connection was lost after the request had left",
        amount=amount,
        gateway_date=None,
        request="{}",
        response="",
    )
