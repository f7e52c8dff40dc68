"""One request booked over one connection: the statement, and what is asked when it booked nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from orderwright.gateways.protocol import GatewayResponse
from orderwright.gateways.simulator_answers import NO_ANSWER, NOT_BOOKED, UNREACHABLE, reply, silent
from orderwright.gateways.simulator_movement import Movement, Operation, Verdict, contradiction, misfit
from orderwright.gateways.simulator_statements import (
    KNOWN_AUTHORIZATION,
    KNOWN_CAPTURE,
    KNOWN_TO_RECORD,
    SAVE_REFUSAL,
    SAVED,
    STATEMENTS,
)

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

# The books are out of reach, or were lost in the middle. A statement that PostgreSQL says it undid is among them, and
# leaves as much unknown: another sending of the same key may have been booked, so only `look_up` can tell.
OUT_OF_REACH = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,
    asyncpg.exceptions.TransactionRollbackError,
    asyncpg.exceptions.InsufficientResourcesError,
)

_KNOWN: dict[Operation, str] = {"Refund": KNOWN_CAPTURE, "PostAuthorize": KNOWN_TO_RECORD}


async def open_pool(database_url: str, *, max_size: int = 4) -> asyncpg.Pool:
    """Return a pool for the simulator's books, without asyncpg's reset after each use."""

    async def leave_as_it_is(_: asyncpg.Connection[asyncpg.Record]) -> None:
        """Save a round trip per request: the simulator leaves no session state that would need a reset."""

    return await asyncpg.create_pool(database_url, min_size=1, max_size=max_size, reset=leave_as_it_is)


async def book(
    connection: Connection, movement: Movement, settles_after: timedelta | None
) -> tuple[GatewayResponse, float]:
    """Return the answer, and how many seconds it is to take. Raises one of OUT_OF_REACH when the books were lost."""
    verdict = contradiction(movement)
    if verdict is not None:
        return await _refuse(connection, movement, verdict), 0
    try:
        [row] = await connection.fetch(STATEMENTS[movement.operation], *movement.arguments, settles_after)
    except asyncpg.UniqueViolationError:
        # The same key came first, at the same time. Ours was undone, and with it the use of a fault.
        return await _replay(connection, movement), 0
    if row["kind"] in {"error_before", "lost_request"}:
        return silent(UNREACHABLE if row["kind"] == "error_before" else NO_ANSWER, movement), 0
    response = reply(row, movement) if row["idempotency_key"] else await _explain(connection, movement)
    if row["kind"] in {"timeout_after_success", "lost_answer"}:
        response = silent(NO_ANSWER, movement)
    return response, row["seconds"] if row["kind"] == "slow" else 0


async def _explain(connection: Connection, movement: Movement) -> GatewayResponse:
    """Return the refusal of an amount that did not fit, saved under its key."""
    statement = _KNOWN.get(movement.operation, KNOWN_AUTHORIZATION)
    verdict = misfit(movement, await connection.fetchrow(statement, movement.reference))
    if verdict is None:
        return silent(NOT_BOOKED, movement)
    return await _refuse(connection, movement, verdict)


async def _refuse(connection: Connection, movement: Movement, verdict: Verdict) -> GatewayResponse:
    """Save the refusal under the key, unless the key has its answer already; return what the key has."""
    question = (movement.idempotency_key, movement.fingerprint, movement.log_text, movement.amount, movement.asked_at)
    row = await connection.fetchrow(SAVE_REFUSAL, *question, *verdict)
    return reply(row, movement) if row is not None else await _replay(connection, movement)


async def _replay(connection: Connection, movement: Movement) -> GatewayResponse:
    # One row: answers are never deleted.
    [row] = await connection.fetch(SAVED, movement.idempotency_key)
    return reply(row, movement)
