"""Our side of a comparison with a gateway's books, beside theirs, in pages.

What the gateway lists goes into a temporary table first. Then our side is found in one snapshot: by date, by the keys
that were listed, and by the gateway's numbers where a key names nothing of ours. Both are read back in pages, so memory
holds one page. It costs one pass over the requests, one over the payment records, and disk for the temporary tables:
some 200 bytes for each movement on either side, which PostgreSQL gives back at the end. No network call is made inside
the transaction.

A payment record that is on its way to its order's shard just then (decisions.md S4) is not seen: what the gateway has
of it is reported as missing here, and found by the next run.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import asyncpg
import msgspec

from orderwright.decisions.two_books import Ours, Theirs
from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES
from orderwright.store.migrate import connection_to

PAGE = 500
_OPEN = ", ".join(f"'{state}'" for state in OPEN_REQUEST_STATES)
_OURS = Ours.__struct_fields__
_THEIRS = Theirs.__struct_fields__

# As for `verify`: whole tables are joined, and a plan is made for each statement as it is.
_SESSION = "SET work_mem = '64MB'; SET jit = off; SET statement_timeout = 0"
_TABLES = """
CREATE TEMP TABLE theirs (
    place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, matched_id text COLLATE "C",
    kind text, gateway_ref_number text COLLATE "C", idempotency_key text COLLATE "C", drawn_on text,
    amount numeric, currency_iso_code text, booked_at timestamptz);
CREATE TEMP TABLE wanted (id text COLLATE "C" PRIMARY KEY);
CREATE TEMP TABLE ours (
    shard smallint, id text COLLATE "C", kind text, state text, amount numeric, currency_iso_code text,
    asked_at timestamptz, at timestamptz, status text, record_id text, record_number text, gateway_ref_number text,
    external boolean, order_number text, payment_gateway_id text, drawn_id text, drawn_on text, drawn_amount numeric,
    PRIMARY KEY (shard, id));
"""

# Not bound to a shard, as everything here: all of them are compared. What is open is wanted however old it is.
_WANTED_BY_DATE = f"""
INSERT INTO wanted SELECT id FROM gateway_request
WHERE NOT is_deleted AND CASE WHEN state IN ({_OPEN}) THEN created_date < $2
      ELSE last_modified_date >= $1 AND last_modified_date < $2 END
"""
_WANTED_BY_KEY = """
INSERT INTO wanted
SELECT DISTINCT r.id FROM theirs t JOIN gateway_request r ON r.id = t.idempotency_key AND NOT r.is_deleted
ON CONFLICT DO NOTHING
"""
_MATCH_BY_KEY = "UPDATE theirs t SET matched_id = w.id FROM wanted w WHERE w.id = t.idempotency_key"
_ANY_UNMATCHED = "SELECT EXISTS (SELECT FROM theirs WHERE matched_id IS NULL)"

# Every record of money with the request that made it. `class`: kinds that share the gateway's numbers.
_RECORD = """
SELECT t.shard, t.id, r.id AS request_id, {kind} AS kind, '{of}' AS class, t.amount, t.currency_iso_code,
       coalesce(t.gateway_date, t.created_date) AS at, t.status, t.{number} AS record_number, t.gateway_ref_number,
       t.processing_mode, {summary} AS order_payment_summary_id, {gateway} AS payment_gateway_id
FROM {table} t {joins} WHERE NOT t.is_deleted
"""
_MADE_BY = "LEFT JOIN gateway_request r ON r.shard = t.shard AND r.id = t.gateway_request_id"
_RECORDS = " UNION ALL ".join(
    (
        _RECORD.format(
            table="payment", kind="CASE t.type WHEN 'Sale' THEN 'Sale' ELSE 'Capture' END", of="Capture",
            number="payment_number", joins=_MADE_BY, summary="t.order_payment_summary_id",
            gateway="t.payment_gateway_id",
        ),
        _RECORD.format(
            table="refund", kind="'Refund'", of="Refund", number="refund_number", joins=_MADE_BY,
            summary="t.order_payment_summary_id", gateway="t.payment_gateway_id",
        ),
        _RECORD.format(
            table="payment_authorization", kind="'Authorization'", of="Authorize",
            number="payment_authorization_number",
            # An authorization does not name its request, so the request is found by what it made.
            joins="LEFT JOIN gateway_request r ON r.shard = t.shard AND r.made_id = t.id",
            summary="t.order_payment_summary_id", gateway="t.payment_gateway_id",
        ),
        _RECORD.format(
            table="payment_auth_adjustment", kind="'Reversal'", of="Void", number="payment_auth_adjustment_number",
            joins=f"{_MADE_BY} LEFT JOIN payment_authorization a ON a.shard = t.shard "
            "AND a.id = t.payment_authorization_id",
            summary="a.order_payment_summary_id", gateway="a.payment_gateway_id",
        ),
    )
)  # fmt: skip

_MATCH_BY_NUMBER = f"""
UPDATE theirs t SET matched_id = found.id FROM (
    SELECT t.place, min(coalesce(m.request_id, m.id)) AS id
    FROM theirs t JOIN ({_RECORDS}) m ON m.gateway_ref_number = t.gateway_ref_number
        AND m.class = CASE t.kind WHEN 'Sale' THEN 'Capture' ELSE t.kind END
    WHERE t.matched_id IS NULL GROUP BY t.place) found
WHERE found.place = t.place
"""
_WANTED_BY_NUMBER = """
INSERT INTO wanted SELECT DISTINCT matched_id FROM theirs WHERE matched_id IS NOT NULL ON CONFLICT DO NOTHING
"""
# The amount is the record's, if there is one: that is what our books say.
_OUR_REQUESTS = f"""
INSERT INTO ours (shard, {", ".join(_OURS)})
SELECT r.shard, r.id, r.kind, r.state,
       coalesce(p.amount, f.amount, a.amount, j.amount, r.amount),
       coalesce(p.currency_iso_code, f.currency_iso_code, a.currency_iso_code, j.currency_iso_code,
                r.currency_iso_code),
       r.created_date, CASE WHEN r.state IN ({_OPEN}) THEN r.created_date ELSE r.last_modified_date END,
       coalesce(p.status, f.status, a.status, j.status), coalesce(p.id, f.id, a.id, j.id),
       coalesce(p.payment_number, f.refund_number, a.payment_authorization_number, j.payment_auth_adjustment_number),
       coalesce(p.gateway_ref_number, f.gateway_ref_number, a.gateway_ref_number, j.gateway_ref_number),
       false, s.order_number, r.payment_gateway_id, coalesce(dp.id, da.id),
       coalesce(dp.gateway_ref_number, da.gateway_ref_number), coalesce(dp.amount, da.amount)
FROM wanted w JOIN gateway_request r ON r.id = w.id
LEFT JOIN payment p ON p.shard = r.shard AND p.id = r.made_id AND NOT p.is_deleted
LEFT JOIN refund f ON f.shard = r.shard AND f.id = r.made_id AND NOT f.is_deleted
LEFT JOIN payment_authorization a ON a.shard = r.shard AND a.id = r.made_id AND NOT a.is_deleted
LEFT JOIN payment_auth_adjustment j ON j.shard = r.shard AND j.id = r.made_id AND NOT j.is_deleted
LEFT JOIN payment dp ON r.kind = 'Refund' AND dp.shard = r.shard AND dp.id = r.payment_id
LEFT JOIN payment_authorization da
    ON r.kind IN ('Capture', 'Reversal') AND da.shard = r.shard AND da.id = r.payment_authorization_id
LEFT JOIN order_summary s ON s.shard = r.shard AND s.id = r.order_summary_id
"""
# What others recorded: if the gateway knows it by its number, or if it claims to have been made through us.
_OUR_RECORDS = f"""
INSERT INTO ours (shard, {", ".join(_OURS)})
SELECT m.shard, m.id, m.kind, NULL, m.amount, coalesce(m.currency_iso_code, o.currency_iso_code, ''), m.at, m.at,
       m.status, m.id, m.record_number, m.gateway_ref_number, m.processing_mode = 'External', s.order_number,
       m.payment_gateway_id, NULL, NULL, NULL
FROM ({_RECORDS}) m
LEFT JOIN wanted w ON w.id = m.id
LEFT JOIN order_payment_summary o ON o.shard = m.shard AND o.id = m.order_payment_summary_id
LEFT JOIN order_summary s ON s.shard = o.shard AND s.id = o.order_summary_id
WHERE m.request_id IS NULL AND (w.id IS NOT NULL
    OR m.processing_mode <> 'External' AND m.status = 'Processed' AND m.at >= $1 AND m.at < $2)
"""
_INDEX = "CREATE INDEX ON theirs (matched_id, place); ANALYZE theirs; ANALYZE ours"
_PAGE_OF_OURS = f"""
SELECT shard, {", ".join(_OURS)} FROM ours WHERE (shard, id) > ($1, $2) ORDER BY shard, id LIMIT $3
"""
_THEIRS_OF = f"SELECT {', '.join(_THEIRS)} FROM theirs WHERE matched_id = ANY ($1::text[]) ORDER BY place"
_PAGE_OF_STRANGERS = f"""
SELECT place, {", ".join(_THEIRS)} FROM theirs WHERE matched_id IS NULL AND place > $1 ORDER BY place LIMIT $2
"""

_UNSETTLED = f"""
SELECT shard, id, payment_gateway_id FROM gateway_request
WHERE state IN ({_OPEN}) AND created_date < $3 AND (state <> 'Open' OR created_date < $4) AND (shard, id) > ($1, $2)
ORDER BY shard, id LIMIT $5
"""


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A request whose outcome is not known."""

    shard: int
    id: Id
    payment_gateway_id: Id | None


class BothBooks:
    """What a gateway listed, and our side of it, in one session of PostgreSQL."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def take(self, transactions: Sequence[Theirs]) -> None:
        """Keep some of what the gateway listed."""
        rows = [msgspec.structs.astuple(transaction) for transaction in transactions]
        await self._connection.copy_records_to_table("theirs", schema_name="pg_temp", records=rows, columns=_THEIRS)

    async def forget_theirs(self) -> None:
        """Forget what the gateway listed: it was not all."""
        await self._connection.execute("TRUNCATE theirs")

    async def find_ours(self, since: dt.datetime, until: dt.datetime) -> None:
        """Find our side: what belongs to the time from `since` on and before `until`, and what the gateway listed."""
        connection = self._connection
        await connection.execute("ANALYZE theirs")
        async with connection.transaction(isolation="repeatable_read"):
            await connection.execute(_WANTED_BY_DATE, since, until)
            await connection.execute(_WANTED_BY_KEY)
            await connection.execute(_MATCH_BY_KEY)
            if await connection.fetchval(_ANY_UNMATCHED):
                await connection.execute(_MATCH_BY_NUMBER)
                await connection.execute(_WANTED_BY_NUMBER)
            await connection.execute("ANALYZE wanted")
            await connection.execute(_OUR_REQUESTS)
            await connection.execute(_OUR_RECORDS, since, until)
        await connection.execute(_INDEX)

    async def pages(self) -> AsyncIterator[tuple[list[Ours], list[Theirs]]]:
        """Our movements, by shard and id, each page with all that the gateway has of it; then what it has of none."""
        shard, last = -1, ""
        while rows := await self._connection.fetch(_PAGE_OF_OURS, shard, last, PAGE):
            shard, last = rows[-1]["shard"], rows[-1]["id"]
            theirs = await self._connection.fetch(_THEIRS_OF, [row["id"] for row in rows])
            yield [_ours(row) for row in rows], [_theirs(row) for row in theirs]
        place = 0
        while rows := await self._connection.fetch(_PAGE_OF_STRANGERS, place, PAGE):
            place = rows[-1]["place"]
            yield [], [_theirs(row) for row in rows]


def _ours(row: asyncpg.Record) -> Ours:
    return Ours(**{name: row[name] for name in _OURS})


def _theirs(row: asyncpg.Record) -> Theirs:
    return Theirs(**{name: row[name] for name in _THEIRS})


@asynccontextmanager
async def opened_books(url: str) -> AsyncIterator[BothBooks]:
    """Both books, empty at first, on a connection of their own for a block."""
    async with connection_to(url) as connection:
        await connection.execute(_SESSION)
        await connection.execute(_TABLES)
        yield BothBooks(connection)


async def unsettled(pool: asyncpg.Pool, until: dt.datetime, under_way_since: dt.datetime) -> AsyncIterator[list[Found]]:
    """Requests asked for before `until` whose outcome is not known, in pages by shard and id. An Open one that was
    made from `under_way_since` on is left out: whoever made it is about to send it.
    """
    shard, last = -1, ""
    while rows := await pool.fetch(_UNSETTLED, shard, last, until, under_way_since, PAGE):
        shard, last = rows[-1]["shard"], rows[-1]["id"]
        yield [Found(**row) for row in rows]
