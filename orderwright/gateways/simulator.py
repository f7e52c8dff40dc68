"""The built-in payment gateway: a provider with its own books, its own limits, and faults on demand.

Each request is one SQL statement, and so one transaction: it finds a saved answer, or else uses up a fault, moves the
amount if it fits, and saves the answer. The row of the authorization (or of the capture, for a refund) holds limit and
sums together and is locked by the upsert that changes it: requests against one authorization queue there. The upsert
judges the row as it is after the wait, which a condition on an earlier read would not. Sums never fall and limits never
rise, so an amount that was refused once cannot fit later, and the reason may be read afterwards.

A request sent twice at once gets past the search for a saved answer twice; the second then breaks the primary key of
`answer`, is rolled back whole with all that it moved, and gets the first one's answer.

What was authorized or captured elsewhere, and is met here for the first time, is opened with the amount and currency
that the request states for it; later statements never raise it, and each request is also held to its own statement.
It is known by its gateway_ref_number, or by our id if it has none. References of the simulator's own making are in the
books or refused, never opened.

A sale is an authorization that is captured as it is opened. What a payer's device authorized (`post_authorize`) is
known by the token it left, and opened in the same way as what was authorized elsewhere, unless it is in the books.

Told to take its time (`settles_after`), it is an asynchronous provider: captures, sales and refunds that it takes are
booked at once and answered as pending; until they have settled `look_up` says no more than that, and then it notifies.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

import asyncpg
import msgspec

from orderwright.arithmetic.money import round_money, scale_of
from orderwright.clock import Clock, system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.notices import Message, parse_notice, signed_notice
from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    Capabilities,
    CaptureRequest,
    GatewayResponse,
    ListedTransaction,
    Notification,
    PaymentReference,
    PostAuthorizeRequest,
    RefundRequest,
    SaleRequest,
    TokenizeRequest,
    TokenizeResponse,
    VoidRequest,
)
from orderwright.gateways.simulator_answers import (
    NO_ANSWER,
    UNREACHABLE,
    answered,
    not_looked_up,
    noticed,
    recorded,
    silent,
)
from orderwright.gateways.simulator_booking import OUT_OF_REACH, book, open_pool
from orderwright.gateways.simulator_books import AuthorizationTotals, Books, CaptureTotals, read_books
from orderwright.gateways.simulator_listing import list_books
from orderwright.gateways.simulator_movement import Movement, Operation, malformed, reference_for
from orderwright.gateways.simulator_statements import EXPIRE, LOOK_UP, TAKE_NOTIFICATIONS, TELL
from orderwright.gateways.simulator_tokens import tokenized

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

__all__ = [
    "AuthorizationTotals",
    "Books",
    "CaptureTotals",
    "FaultKind",
    "FaultOperation",
    "Operation",
    "Simulator",
    "open_pool",
    "reference_for",
]

FaultOperation = Literal["Authorize", "Capture", "Refund", "Void", "Sale", "PostAuthorize", "LookUp"]
FaultKind = Literal[
    "decline",
    "permanent_fail",
    "expired",
    "error_before",
    "flapping",
    "lost_request",
    "lost_answer",
    "timeout_after_success",
    "slow",
    "duplicate_notification",
    "late_notification",
    "lost_notification",
]


class Simulator:
    """A gateway whose provider is the schema `simulator` in PostgreSQL; any payment method token is good.

    `books` is a pool for nothing else (see `open_pool`), at PostgreSQL's default isolation; `close` closes it.
    `clock` gives the time that answers carry, with a time zone.
    """

    def __init__(
        self,
        books: asyncpg.Pool,
        clock: Clock,
        *,
        authorization_lifetime: timedelta | None = None,
        settles_after: timedelta | None = None,
        timeout_seconds: float = 120,
        notification_secret: Secret | None = None,
    ) -> None:
        self._books = books
        self._clock = clock
        self._authorization_lifetime = authorization_lifetime
        self._settles_after = settles_after
        self._timeout_seconds = timeout_seconds
        self._notification_secret = notification_secret
        self.capabilities = Capabilities(
            partial_capture=True,
            multiple_capture=True,
            partial_refund=True,
            void=True,
            reauthorize=True,
            needs_lines=False,
            asynchronous=bool(settles_after),
        )

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse:
        """Reserve the amount."""
        return await self._move(self._open("Authorize", request, reference_for("Authorize", request.idempotency_key)))

    async def sale(self, request: SaleRequest) -> GatewayResponse:
        """Reserve the amount and take it."""
        # The same prefix as any authorization's: a key is good for one request, so the number is free.
        return await self._move(self._open("Sale", request, reference_for("Authorize", request.idempotency_key)))

    async def post_authorize(self, request: PostAuthorizeRequest) -> GatewayResponse:
        """Record what was authorized elsewhere; the token is its reference, and no secret here."""
        return await self._move(self._open("PostAuthorize", request, request.payment_method_token))

    async def tokenize(self, request: TokenizeRequest) -> TokenizeResponse:
        """Return a token. Nothing is kept, and faults do not strike: some card numbers are refused instead."""
        return tokenized(request, self._clock())

    def transactions(self, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
        """See `Listing.transactions`. A movement is booked when it has settled."""
        return list_books(self._books, since, until, self._clock())

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        """Take the amount, if captures and voids together stay within the authorization."""
        return await self._move(self._draw("Capture", request, request.authorization))

    async def refund(self, request: RefundRequest) -> GatewayResponse:
        """Give the amount back, if refunds together stay within the capture."""
        return await self._move(self._draw("Refund", request, request.payment))

    async def void(self, request: VoidRequest) -> GatewayResponse:
        """Release the amount, all or a part of what is neither captured nor released yet."""
        return await self._move(self._draw("Void", request, request.authorization))

    async def look_up(
        self, idempotency_key: str, drawn_on: AuthorizationReference | PaymentReference | None = None
    ) -> GatewayResponse | None:
        """See `Gateway.look_up`. A request that was malformed has left no record."""
        reference = (drawn_on.gateway_ref_number or drawn_on.our_id) if drawn_on else None
        try:
            [row] = await self._books.fetch(LOOK_UP, idempotency_key, reference)
        except OUT_OF_REACH:
            return not_looked_up(idempotency_key)
        seconds = row["seconds"] or 0
        await asyncio.sleep(min(seconds, self._timeout_seconds))
        if row["kind"] in {"error_before", "lost_answer"} or seconds > self._timeout_seconds:
            return not_looked_up(idempotency_key)
        if row["idempotency_key"] is None:
            return None
        return recorded(row, row["request"], self._clock(), duplicate=False)

    async def close(self) -> None:
        """Close the pool."""
        await self._books.close()

    async def tell(
        self,
        *,
        operation: FaultOperation,
        kind: FaultKind,
        times: int = 1,
        match: str | None = None,
        seconds: float = 0,
        every: int = 2,
    ) -> None:
        """Let the next `times` requests of `operation` meet a fault; the oldest fault comes first.

        `match`: only those with this idempotency key, or that draw on this reference (its gateway_ref_number, or our
        id if it has none). `slow` takes `seconds` and then answers truthfully. `flapping` lets every `every`-th of the
        `times` requests through, the last one among them if `times` is a multiple; the others end like `error_before`.
        `timeout_after_success` also loses a refusal. `lost_request` is never carried out, and nobody says so.
        `late_notification` is `seconds` later than due. A repeated request, which moves nothing, meets only what
        happens on the way: error_before, flapping, lost_request, lost_answer, slow. A request that is malformed, or at
        odds with itself, meets nothing. For LookUp there are error_before, flapping, lost_answer and slow.
        Raises asyncpg.CheckViolationError for what makes no sense, such as `slow` without seconds.
        """
        await self._books.execute(TELL, operation, match, kind, seconds, times, every)

    async def expire(self, gateway_ref_number: str, at: datetime | None = None) -> None:
        """Let an authorization in the books lapse, now or `at` a time. Raises LookupError for one that is not there."""
        if await self._books.fetchval(EXPIRE, gateway_ref_number, at or self._clock()) is None:
            raise LookupError(f"{gateway_ref_number} is not in the books")

    async def books(self) -> Books:
        """Return all authorizations and captures, with sums taken from their entries, in one snapshot."""
        async with self._books.acquire() as connection:
            return await read_books(connection)

    async def due_notifications(self, at_most: int = 100) -> tuple[Message, ...]:
        """Return the notifications whose time has come, and count them as sent; whoever asks posts them.

        None without a notification secret. One that is lost between here and its receiver is not sent again.
        """
        if self._notification_secret is None:
            return ()
        rows = await self._books.fetch(TAKE_NOTIFICATIONS, self._clock(), at_most)
        return tuple(signed_notice(self._notification_secret, noticed(row), system_clock()) for row in rows)

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """See `Notifying.parse_notification`."""
        return parse_notice(self._notification_secret, headers, body, system_clock())

    def _open(
        self, operation: Operation, request: AuthorizeRequest | SaleRequest | PostAuthorizeRequest, reference: str
    ) -> Movement:
        now = self._clock()
        lasts = self._authorization_lifetime if operation != "Sale" else None
        return Movement(
            operation=operation,
            idempotency_key=request.idempotency_key,
            amount=request.amount,
            currency_iso_code=request.currency_iso_code,
            reference=reference,
            whole=request.amount,
            whole_currency_iso_code=request.currency_iso_code,
            asked_at=now,
            expires_at=now + lasts if lasts else None,
            token=request.payment_method_token,
        )

    def _draw(
        self,
        operation: Operation,
        request: CaptureRequest | RefundRequest | VoidRequest,
        source: AuthorizationReference | PaymentReference,
    ) -> Movement:
        return Movement(
            operation=operation,
            idempotency_key=request.idempotency_key,
            amount=request.amount,
            currency_iso_code=request.currency_iso_code,
            reference=source.gateway_ref_number or source.our_id,
            whole=source.amount,
            whole_currency_iso_code=source.currency_iso_code,
            asked_at=self._clock(),
        )

    async def _move(self, movement: Movement) -> GatewayResponse:
        verdict = malformed(movement)
        if verdict is not None:
            return answered(verdict, movement)
        # 10, 10.0 and 10.00 are one request.
        amount = round_money(movement.amount, scale_of(movement.currency_iso_code))
        response, seconds = await self._send(msgspec.structs.replace(movement, amount=amount))
        # Only now, with the money moved and no connection held: who stops waiting is left with the worst case.
        await asyncio.sleep(min(seconds, self._timeout_seconds))
        return response if seconds <= self._timeout_seconds else silent(NO_ANSWER, movement)

    async def _send(self, movement: Movement) -> tuple[GatewayResponse, float]:
        """Return the answer, and how many seconds it is to take."""
        try:
            connection = await self._books.acquire()
        except OUT_OF_REACH:
            return silent(UNREACHABLE, movement), 0
        try:
            try:
                return await self._book(connection, movement)
            finally:
                await self._books.release(connection)
        except OUT_OF_REACH:
            return silent(NO_ANSWER, movement), 0

    async def _book(self, connection: Connection, movement: Movement) -> tuple[GatewayResponse, float]:
        return await book(connection, movement, self._settles_after)
