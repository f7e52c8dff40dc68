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
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import asyncpg
import msgspec

from orderwright.arithmetic.money import MONEY_LIMIT, InvalidAmount, UnknownCurrency, is_at_scale, round_money, scale_of
from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    Capabilities,
    CaptureRequest,
    GatewayResponse,
    PaymentReference,
    RefundRequest,
    SfResultCode,
    VoidRequest,
)

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

Operation = Literal["Authorize", "Capture", "Refund", "Void"]
FaultKind = Literal["decline", "permanent_fail", "error_before", "timeout_after_success", "slow"]

_PREFIXES: dict[Operation, str] = {
    "Authorize": "sim_auth_",
    "Capture": "sim_cap_",
    "Refund": "sim_ref_",
    "Void": "sim_void_",
}

# error_before and slow happen on the way to the provider, so they also strike a request that was answered before.
_BEGIN = """
WITH saved AS (
    SELECT * FROM simulator.answer WHERE idempotency_key = $1::text
), struck AS (
    UPDATE simulator.fault SET remaining = remaining - 1
    WHERE id = (
        SELECT id FROM simulator.fault
        WHERE operation = $2::text AND remaining > 0 AND (match IS NULL OR match IN ($1::text, $8::text))
          AND (kind IN ('error_before', 'slow') OR NOT EXISTS (SELECT FROM saved))
        ORDER BY id LIMIT 1 FOR UPDATE)
    RETURNING kind, seconds
), accepted AS (
    SELECT WHERE NOT EXISTS (SELECT FROM saved)
             AND NOT EXISTS (SELECT FROM struck WHERE kind IN ('decline', 'permanent_fail', 'error_before'))
)"""

_AUTHORIZE = """, booked AS (
    INSERT INTO simulator.authorization (reference, currency_iso_code, authorized, opened_at)
    SELECT $8::text, $9::text, $10::numeric, $6::timestamptz FROM accepted WHERE $11::boolean
    RETURNING reference
)"""

_CAPTURE = """, booked AS (
    INSERT INTO simulator.authorization AS known (reference, currency_iso_code, authorized, captured, opened_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.authorization WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET captured = known.captured + excluded.captured
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.captured + known.reversed + excluded.captured <= known.authorized
    RETURNING reference
), entered AS (
    INSERT INTO simulator.capture (reference, authorization_reference, currency_iso_code, amount, booked_at)
    SELECT $7::text, reference, $9::text, $5::numeric, $6::timestamptz FROM booked
)"""

_VOID = """, booked AS (
    INSERT INTO simulator.authorization AS known (reference, currency_iso_code, authorized, reversed, opened_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.authorization WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET reversed = known.reversed + excluded.reversed
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.captured + known.reversed + excluded.reversed <= known.authorized
    RETURNING reference
), entered AS (
    INSERT INTO simulator.void (reference, authorization_reference, amount, booked_at)
    SELECT $7::text, reference, $5::numeric, $6::timestamptz FROM booked
)"""

_REFUND = """, booked AS (
    INSERT INTO simulator.capture AS known (reference, currency_iso_code, amount, refunded, booked_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.capture WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET refunded = known.refunded + excluded.refunded
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.refunded + excluded.refunded <= known.amount
    RETURNING reference
), entered AS (
    INSERT INTO simulator.refund (reference, capture_reference, amount, booked_at)
    SELECT $7::text, reference, $5::numeric, $6::timestamptz FROM booked
)"""

_END = """, given AS (
    INSERT INTO simulator.answer (idempotency_key, fingerprint, request, amount, gateway_date,
                                  sf_result_code, gateway_ref_number, gateway_result_code, gateway_message)
    SELECT $1::text, $3::text, $4::text, $5::numeric, $6::timestamptz, verdict.*
    FROM (SELECT 'Success', $7::text, 'approved', 'Approved' FROM booked
          UNION ALL
          SELECT 'Decline', NULL, 'declined', 'The payment method was declined' FROM struck WHERE kind = 'decline'
          UNION ALL
          SELECT 'PermanentFail', NULL, 'do_not_retry', 'The payment method is refused for good'
          FROM struck WHERE kind = 'permanent_fail') AS verdict
    RETURNING *
)
SELECT struck.kind, struck.seconds, answer.*
FROM (SELECT 1) AS always
LEFT JOIN struck ON true
LEFT JOIN (SELECT false AS duplicate, * FROM given UNION ALL SELECT true, * FROM saved) AS answer ON true"""

_STATEMENTS: dict[Operation, str] = {
    "Authorize": "".join((_BEGIN, _AUTHORIZE, _END)),
    "Capture": "".join((_BEGIN, _CAPTURE, _END)),
    "Refund": "".join((_BEGIN, _REFUND, _END)),
    "Void": "".join((_BEGIN, _VOID, _END)),
}

_KNOWN_AUTHORIZATION = """
SELECT currency_iso_code, authorized AS whole, captured + reversed AS used, reversed > 0 AS voided
FROM simulator.authorization WHERE reference = $1"""
_KNOWN_CAPTURE = """
SELECT currency_iso_code, amount AS whole, refunded AS used, false AS voided
FROM simulator.capture WHERE reference = $1"""
_SAVE_REFUSAL = """
INSERT INTO simulator.answer (idempotency_key, fingerprint, request, amount, gateway_date,
                              sf_result_code, gateway_result_code, gateway_message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (idempotency_key) DO NOTHING RETURNING false AS duplicate, *"""
_SAVED = "SELECT true AS duplicate, * FROM simulator.answer WHERE idempotency_key = $1"
_TELL = """
INSERT INTO simulator.fault (operation, match, kind, seconds, remaining) VALUES ($1, $2, $3, $4, $5)"""
_AUTHORIZATION_TOTALS = "SELECT * FROM simulator.authorization_totals ORDER BY reference"
_CAPTURE_TOTALS = "SELECT * FROM simulator.capture_totals ORDER BY reference"

# The books are out of reach, or were lost in the middle. A statement that PostgreSQL says it undid is among them, and
# leaves as much unknown: another sending of the same key may have been booked, so only `look_up` can tell.
_OUT_OF_REACH = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.InsufficientResourcesError,
)


class Verdict(NamedTuple):
    """What is said of a request: our code for it, the simulator's own, and a sentence."""

    sf_result_code: SfResultCode
    gateway_result_code: str
    gateway_message: str


_KEY_REUSED = Verdict("ValidationError", "idempotency_key_reused", "The idempotency key belongs to another request")
_UNREACHABLE = Verdict("SystemError", "unreachable", "Nothing was sent: the gateway could not be reached")
_NOT_BOOKED = Verdict("SystemError", "not_booked", "The books changed meanwhile and nothing was booked: send it again")
_NO_ANSWER = Verdict("Indeterminate", "no_answer", "No answer came: whether money moved is not known")
_NOT_LOGGED = ("request", "response")


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One request of any operation, in the terms of the books.

    `reference` is what is drawn on, and `whole` how much that is in all, as the request states it. An Authorize draws
    on nothing: it opens `reference`.
    """

    operation: Operation
    idempotency_key: str
    amount: Decimal
    currency_iso_code: str
    reference: str
    whole: Decimal
    whole_currency_iso_code: str
    asked_at: datetime
    token: str = ""

    @property
    def new_reference(self) -> str:
        """The gateway_ref_number that success gives: the same key gets the same one, in any books."""
        return reference_for(self.operation, self.idempotency_key)

    @property
    def may_open(self) -> bool:
        """Whether the reference is opened when the books do not know it. One of our own making must be known."""
        return self.operation == "Authorize" or not self.reference.startswith(tuple(_PREFIXES.values()))

    @property
    def log_text(self) -> str:
        """What may be shown of the request: all but the token, and what it states of others."""
        names = ("operation", "idempotency_key", "amount", "currency_iso_code", "reference")
        return _json({name: getattr(self, name) for name in names})

    @property
    def fingerprint(self) -> str:
        """What two requests under one key must have in common. The token counts, but cannot be read from it."""
        return hashlib.sha256(_json([self.log_text, self.token]).encode()).hexdigest()

    @property
    def arguments(self) -> tuple[object, ...]:
        """$1 to $11 of each of the four statements."""
        asked = (self.idempotency_key, self.operation, self.fingerprint, self.log_text, self.amount, self.asked_at)
        return (*asked, self.new_reference, self.reference, self.currency_iso_code, self.whole, self.may_open)


def reference_for(operation: Operation, idempotency_key: str) -> str:
    """Return the gateway_ref_number of what a request makes, such as `sim_cap_` and 16 hexadecimal digits."""
    return _PREFIXES[operation] + hashlib.sha256(idempotency_key.encode()).hexdigest()[:16]


def malformed(movement: Movement) -> Verdict | None:
    """Return why no books are needed to refuse the request, or None."""
    if not movement.idempotency_key or not movement.reference:
        return Verdict("ValidationError", "field_missing", "An idempotency key and a reference are needed")
    try:
        scale = scale_of(movement.currency_iso_code)
        round_money(movement.amount, scale)
    except UnknownCurrency as error:
        return Verdict("ValidationError", "currency_unknown", str(error))
    except InvalidAmount as error:
        return Verdict("ValidationError", "amount_invalid", str(error))
    if movement.amount <= 0:
        return Verdict("ValidationError", "amount_invalid", f"{movement.amount} is not above zero")
    if not is_at_scale(movement.amount, scale):
        return Verdict("ValidationError", "amount_invalid", f"{movement.amount} has more than {scale} decimals")
    return None


def contradiction(movement: Movement) -> Verdict | None:
    """Return why the request is at odds with what it states itself about what it draws on, or None."""
    if movement.whole_currency_iso_code != movement.currency_iso_code:
        return _wrong_currency(movement, movement.whole_currency_iso_code)
    # NaN compares with nothing, and the books could not hold infinity.
    if not movement.whole.is_finite() or not movement.amount <= movement.whole < MONEY_LIMIT:
        return _too_much(movement, movement.whole)
    return None


def misfit(movement: Movement, known: asyncpg.Record | None) -> Verdict | None:
    """Return why the amount does not fit what the books know of its reference (None: nothing); None if it fits."""
    if known is None:
        return Verdict("ValidationError", "reference_unknown", f"{movement.reference} is not in the books")
    if known["currency_iso_code"] != movement.currency_iso_code:
        return _wrong_currency(movement, known["currency_iso_code"])
    left: Decimal = known["whole"] - known["used"]
    if movement.amount <= left:
        return None
    if known["voided"]:
        return Verdict(
            "PermanentFail", "authorization_voided", f"{movement.reference} was voided, {left} is left of it"
        )
    return _too_much(movement, left)


def _wrong_currency(movement: Movement, expected: str) -> Verdict:
    message = f"{movement.reference} is in {expected}, not in {movement.currency_iso_code}"
    return Verdict("ValidationError", "currency_mismatch", message)


def _too_much(movement: Movement, left: Decimal) -> Verdict:
    limit = "capture" if movement.operation == "Refund" else "authorization"
    message = f"{movement.amount} {movement.currency_iso_code} is more than the {left} left of {movement.reference}"
    return Verdict("PermanentFail", f"amount_above_{limit}", message)


class AuthorizationTotals(msgspec.Struct, frozen=True, kw_only=True):
    """One authorization. `refunded` is what was given back of its captures; `reversed` what was voided."""

    reference: str
    currency_iso_code: str
    authorized: Decimal
    captured: Decimal
    reversed: Decimal
    refunded: Decimal


class CaptureTotals(msgspec.Struct, frozen=True, kw_only=True):
    """One capture. `authorization_reference` is None for money that was captured elsewhere."""

    reference: str
    authorization_reference: str | None
    currency_iso_code: str
    captured: Decimal
    refunded: Decimal


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """All that the simulator holds, at one moment, in the order of the references. All amounts are positive."""

    authorizations: tuple[AuthorizationTotals, ...]
    captures: tuple[CaptureTotals, ...]


class Simulator:
    """A gateway whose provider is the schema `simulator` in PostgreSQL; any payment method token is good.

    `books` is a pool for nothing else (see `open_pool`), at PostgreSQL's default isolation; `close` closes it.
    `clock` gives the time that answers carry, with a time zone.
    """

    capabilities = Capabilities(
        partial_capture=True,
        multiple_capture=True,
        partial_refund=True,
        void=True,
        reauthorize=False,
        needs_lines=False,
        asynchronous=False,
    )

    def __init__(self, books: asyncpg.Pool, clock: Callable[[], datetime]) -> None:
        self._books = books
        self._clock = clock

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse:
        """Reserve the amount."""
        movement = Movement(
            operation="Authorize",
            idempotency_key=request.idempotency_key,
            amount=request.amount,
            currency_iso_code=request.currency_iso_code,
            reference=reference_for("Authorize", request.idempotency_key),
            whole=request.amount,
            whole_currency_iso_code=request.currency_iso_code,
            asked_at=self._clock(),
            token=request.payment_method_token,
        )
        return await self._move(movement)

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        """Take the amount, if captures and voids together stay within the authorization."""
        return await self._move(self._draw("Capture", request, request.authorization))

    async def refund(self, request: RefundRequest) -> GatewayResponse:
        """Give the amount back, if refunds together stay within the capture."""
        return await self._move(self._draw("Refund", request, request.payment))

    async def void(self, request: VoidRequest) -> GatewayResponse:
        """Release the amount, all or a part of what is neither captured nor released yet."""
        return await self._move(self._draw("Void", request, request.authorization))

    async def look_up(self, idempotency_key: str) -> GatewayResponse | None:
        """See `Gateway.look_up`. Meets no fault; a request that was malformed has left no record."""
        try:
            row = await self._books.fetchrow(_SAVED, idempotency_key)
        except _OUT_OF_REACH:
            return _respond(_NO_ANSWER, _json({"operation": "LookUp", "idempotency_key": idempotency_key}), Decimal(0))
        return None if row is None else _recorded(row, row["request"], duplicate=False)

    async def close(self) -> None:
        """Close the pool."""
        await self._books.close()

    async def tell(
        self, *, operation: Operation, kind: FaultKind, times: int = 1, match: str | None = None, seconds: float = 0
    ) -> None:
        """Let the next `times` requests of `operation` meet a fault; the oldest fault comes first.

        `match`: only those with this idempotency key, or that draw on this reference (its gateway_ref_number, or our
        id if it has none). `slow` takes `seconds` and then answers truthfully. `timeout_after_success` also loses a
        refusal. A repeated request, which moves nothing, meets only `error_before` and `slow`. A request that is
        malformed, or at odds with itself, meets nothing.
        Raises asyncpg.CheckViolationError for what makes no sense, such as `slow` without seconds.
        """
        await self._books.execute(_TELL, operation, match, kind, seconds, times)

    async def books(self) -> Books:
        """Return all authorizations and captures, with sums taken from their entries, in one snapshot."""
        async with (
            self._books.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            authorizations = await connection.fetch(_AUTHORIZATION_TOTALS)
            captures = await connection.fetch(_CAPTURE_TOTALS)
        return Books(
            authorizations=tuple(AuthorizationTotals(**row) for row in authorizations),
            captures=tuple(CaptureTotals(**row) for row in captures),
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
            return _answered(verdict, movement)
        # 10, 10.0 and 10.00 are one request.
        amount = round_money(movement.amount, scale_of(movement.currency_iso_code))
        response, seconds = await self._send(msgspec.structs.replace(movement, amount=amount))
        if seconds:
            # Only now, with the money moved and no connection held: who stops waiting is left with the worst case.
            await asyncio.sleep(seconds)
        return response

    async def _send(self, movement: Movement) -> tuple[GatewayResponse, float]:
        """Return the answer, and how many seconds it is to take."""
        try:
            connection = await self._books.acquire()
        except _OUT_OF_REACH:
            return _silent(_UNREACHABLE, movement), 0
        try:
            try:
                return await self._book(connection, movement)
            finally:
                await self._books.release(connection)
        except _OUT_OF_REACH:
            return _silent(_NO_ANSWER, movement), 0

    async def _book(self, connection: Connection, movement: Movement) -> tuple[GatewayResponse, float]:
        verdict = contradiction(movement)
        if verdict is not None:
            return await _refuse(connection, movement, verdict), 0
        try:
            [row] = await connection.fetch(_STATEMENTS[movement.operation], *movement.arguments)
        except asyncpg.UniqueViolationError:
            # The same key came first, at the same time. Ours was undone, and with it the use of a fault.
            return await _replay(connection, movement), 0
        if row["kind"] == "error_before":
            return _silent(_UNREACHABLE, movement), 0
        response = _reply(row, movement) if row["idempotency_key"] else await _explain(connection, movement)
        if row["kind"] == "timeout_after_success":
            response = _silent(_NO_ANSWER, movement)
        return response, row["seconds"] or 0


async def open_pool(database_url: str, *, max_size: int = 4) -> asyncpg.Pool:
    """Return a pool for the simulator's books, without asyncpg's reset after each use."""

    async def leave_as_it_is(_: asyncpg.Connection[asyncpg.Record]) -> None:
        """Save a round trip per request: the simulator leaves no session state that would need a reset."""

    return await asyncpg.create_pool(database_url, min_size=1, max_size=max_size, reset=leave_as_it_is)


async def _explain(connection: Connection, movement: Movement) -> GatewayResponse:
    """Return the refusal of an amount that did not fit, saved under its key."""
    statement = _KNOWN_CAPTURE if movement.operation == "Refund" else _KNOWN_AUTHORIZATION
    verdict = misfit(movement, await connection.fetchrow(statement, movement.reference))
    if verdict is None:
        return _silent(_NOT_BOOKED, movement)
    return await _refuse(connection, movement, verdict)


async def _refuse(connection: Connection, movement: Movement, verdict: Verdict) -> GatewayResponse:
    """Save the refusal under the key, unless the key has its answer already; return what the key has."""
    question = (movement.idempotency_key, movement.fingerprint, movement.log_text, movement.amount, movement.asked_at)
    row = await connection.fetchrow(_SAVE_REFUSAL, *question, *verdict)
    return _reply(row, movement) if row is not None else await _replay(connection, movement)


async def _replay(connection: Connection, movement: Movement) -> GatewayResponse:
    # One row: answers are never deleted.
    [row] = await connection.fetch(_SAVED, movement.idempotency_key)
    return _reply(row, movement)


def _reply(row: asyncpg.Record, movement: Movement) -> GatewayResponse:
    """Return the answer that is kept under the key, if it was given to the same question."""
    if row["fingerprint"] != movement.fingerprint:
        return _answered(_KEY_REUSED, movement)
    return _recorded(row, movement.log_text, duplicate=row["duplicate"])


def _recorded(row: asyncpg.Record, request: str, *, duplicate: bool) -> GatewayResponse:
    verdict = Verdict(row["sf_result_code"], row["gateway_result_code"], row["gateway_message"])
    answer = _respond(verdict, request, row["amount"])
    return _written(answer, row["gateway_date"], gateway_ref_number=row["gateway_ref_number"], duplicate=duplicate)


def _answered(verdict: Verdict, movement: Movement) -> GatewayResponse:
    """Return an answer that is not kept."""
    return _written(_silent(verdict, movement), movement.asked_at)


def _silent(verdict: Verdict, movement: Movement) -> GatewayResponse:
    """Return what is made of it when no answer came."""
    return _respond(verdict, movement.log_text, movement.amount)


def _respond(verdict: Verdict, request: str, amount: Decimal) -> GatewayResponse:
    return GatewayResponse(
        **verdict._asdict(), gateway_ref_number=None, amount=amount, gateway_date=None, request=request, response=""
    )


def _written(answer: GatewayResponse, gateway_date: datetime, **known: Any) -> GatewayResponse:
    """Return the answer as it came over the wire, at `gateway_date`: with the text that is logged of it."""
    answer = msgspec.structs.replace(answer, gateway_date=gateway_date, **known)
    fields = msgspec.structs.asdict(answer)
    return msgspec.structs.replace(answer, response=_json({n: v for n, v in fields.items() if n not in _NOT_LOGGED}))


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()
