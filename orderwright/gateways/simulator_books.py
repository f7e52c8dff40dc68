"""What the simulator's books hold: the sums that are compared with our own after a crash."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import asyncpg
import msgspec

if TYPE_CHECKING:
    Connection = asyncpg.pool.PoolConnectionProxy[asyncpg.Record]

_AUTHORIZATION_TOTALS = "SELECT * FROM simulator.authorization_totals ORDER BY reference"
_CAPTURE_TOTALS = "SELECT * FROM simulator.capture_totals ORDER BY reference"


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


async def read_books(connection: Connection) -> Books:
    """Return all authorizations and captures, with sums taken from their entries, in one snapshot."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        authorizations = await connection.fetch(_AUTHORIZATION_TOTALS)
        captures = await connection.fetch(_CAPTURE_TOTALS)
    return Books(
        authorizations=tuple(AuthorizationTotals(**row) for row in authorizations),
        captures=tuple(CaptureTotals(**row) for row in captures),
    )
