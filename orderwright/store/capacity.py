"""Capacity from request to commit: locations locked, what is held there loaded, and what was decided saved.

Every change locks the rows of its Locations first, in the order of their ids, so that all that gives out capacity of
one location queues in one place, callers who change its fields included, and two changes cannot wait for each other.
Then what lapsed ends, and only then is anything counted. Reading needs no lock: what lapsed is not counted.

For whoever assigns fulfillment orders: `hold`, `confirm` and `release` work inside a transaction that is at hand, and
lock nothing but Locations; `read_capacity` tells what is free without a lock.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from orderwright.decisions.capacity import Batch, Capacity, CapacityDecision, Hold, Movement, limit_of
from orderwright.decisions.capacity_batches import Outcomes
from orderwright.decisions.confirm_held_capacity import decide_confirm_held_capacity
from orderwright.decisions.decision import Decision
from orderwright.decisions.hold_capacity import decide_hold_capacity
from orderwright.decisions.release_held_capacity import decide_release_held_capacity
from orderwright.objects.definition import Id
from orderwright.objects.fulfillment import Location
from orderwright.objects.identity import to_15
from orderwright.store.database import Session
from orderwright.store.ids import shard_of
from orderwright.store.transaction import Call, Transaction


class Called(msgspec.Struct, frozen=True, kw_only=True):
    """The Locations that texts call by id or ExternalReference, and texts that several have as ExternalReference."""

    ids: Mapping[str, Id]
    ambiguous: frozenset[str] = frozenset()


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A location, and how many fulfillment orders are held there."""

    location: Location
    held: int

    @property
    def free(self) -> int | None:
        """How many more it takes, never below zero; None for no limit."""
        limit = limit_of(self.location)
        return None if limit is None else max(limit - self.held - (self.location.assigned_fo_count or 0), 0)


Decide = Callable[[Capacity], tuple[CapacityDecision, Outcomes]]

PREFIX = Location.ABOUT.key_prefix

REFERENCES = """
SELECT external_reference, min(id) AS id, count(*) AS count FROM "location"
WHERE external_reference = ANY($1::text[]) AND NOT is_deleted GROUP BY external_reference
"""
READ = """
SELECT row_to_json(t) FROM unnest($1::smallint[], $2::text[]) v (shard, id)
JOIN "location" t ON t.shard = v.shard AND t.id = v.id WHERE NOT t.is_deleted
"""
LOCK = f"{READ} ORDER BY t.id FOR UPDATE OF t"
EXPIRE = """
WITH lapsed AS (
    UPDATE capacity.hold SET ended_as = 'Expired', ended_by = id, ended_at = $2
    WHERE location_id = ANY($1::text[]) AND ended_as IS NULL AND expiration_time <= $2
    RETURNING id, location_id
)
INSERT INTO capacity.ledger (action_request_id, kind, location_id, hold_id, held, assigned, at)
SELECT id, 'Expired', location_id, id, -1, 0, $2 FROM lapsed
"""
# Deleted Locations too: what is held there lapses as anywhere.
FORSAKEN = """
SELECT t.id FROM (
    SELECT DISTINCT location_id FROM capacity.hold WHERE ended_as IS NULL AND expiration_time <= $1
) h JOIN "location" t ON t.id = h.location_id ORDER BY t.id LIMIT $2 FOR UPDATE OF t SKIP LOCKED
"""
COUNT = """
SELECT location_id, count(*) AS held FROM capacity.hold
WHERE location_id = ANY($1::text[]) AND ended_as IS NULL AND expiration_time > $2 GROUP BY location_id
"""
NAMED = """
SELECT id, location_id, expiration_time, ended_as, ended_by FROM capacity.hold WHERE id = ANY($1::text[])
"""
NEXT = """
SELECT h.id, h.location_id, h.expiration_time, h.ended_as, h.ended_by
FROM unnest($1::text[], $2::integer[]) v (location_id, most)
CROSS JOIN LATERAL (
    SELECT * FROM capacity.hold t WHERE t.location_id = v.location_id AND t.ended_as IS NULL
    ORDER BY t.expiration_time, t.id LIMIT v.most
) h
ORDER BY h.expiration_time, h.id
"""
DONE = """
SELECT kind, action_request_id, location_id, hold_id, held, assigned FROM capacity.ledger
WHERE action_request_id = ANY($1::text[]) AND kind = $2
"""
BEGIN = """
INSERT INTO capacity.hold (id, location_id, held_at, expiration_time, created_by_id)
SELECT v.id, v.location_id, $4, v.expiration_time, $5
FROM unnest($1::text[], $2::text[], $3::timestamptz[]) v (id, location_id, expiration_time)
"""
END = """
UPDATE capacity.hold h SET ended_as = v.ended_as, ended_by = v.ended_by, ended_at = $4
FROM unnest($1::text[], $2::text[], $3::text[]) v (id, ended_as, ended_by) WHERE h.id = v.id AND h.ended_as IS NULL
"""
WRITE_LEDGER = """
INSERT INTO capacity.ledger (action_request_id, kind, location_id, hold_id, held, assigned, at)
SELECT v.*, $7 FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::smallint[], $6::smallint[]) v
"""


async def hold(transaction: Transaction, call: Call, batches: Sequence[Batch]) -> Outcomes:
    """Hold what `batches` ask for. Raises what `decide_hold_capacity` raises; then nothing was written."""
    now = transaction.now
    capacity = await _load(transaction, batches)
    capacity = msgspec.structs.replace(
        capacity,
        held=await _count(transaction.session, capacity, now),
        holds=await _named(transaction.session, batches),
    )
    return await _decided(transaction, call, capacity, lambda known: decide_hold_capacity(known, batches, now))


async def confirm(transaction: Transaction, call: Call, batches: Sequence[Batch]) -> Outcomes:
    """Confirm what `batches` ask for. Raises what `decide_confirm_held_capacity` raises; then nothing was written."""
    capacity = await _load_held(transaction, batches, "Confirmed")
    return await _decided(transaction, call, capacity, lambda known: decide_confirm_held_capacity(known, batches))


async def release(transaction: Transaction, call: Call, batches: Sequence[Batch]) -> Outcomes:
    """Release what `batches` ask for. Raises what `decide_release_held_capacity` raises; then nothing was written."""
    capacity = await _load_held(transaction, batches, "Released")
    return await _decided(transaction, call, capacity, lambda known: decide_release_held_capacity(known, batches))


async def read_capacity(session: Session, location_ids: Iterable[Id], now: dt.datetime) -> dict[Id, Held]:
    """The locations of `location_ids` that exist, and what is held there now; nothing is locked or changed."""
    found = [_location(row) for row in await session.fetch(READ, *_columns(location_ids))]
    held = await _held(session, [location.id for location in found], now)
    return {location.id: Held(location=location, held=held.get(location.id, 0)) for location in found}


async def end_lapsed(session: Session, now: dt.datetime, lapsed_for: dt.timedelta, most: int) -> int:
    """End holds at locations where one lapsed at least `lapsed_for` ago, at most `most`; returns how many holds.

    Nobody is waited for: a location that is somebody's at the moment is passed over.
    """
    rows = await session.fetch(FORSAKEN, now - lapsed_for, most)
    done = await session.execute(EXPIRE, [row["id"] for row in rows], now) if rows else "0"
    return int(done.rpartition(" ")[2])


async def find_called(session: Session, texts: Iterable[str]) -> Called:
    """Which Locations `texts` name: each an id, which need not exist, or an ExternalReference."""
    asked = set(texts)
    ids = {text: record_id for text in asked if (record_id := to_15(text)) is not None and text.startswith(PREFIX)}
    references = sorted(asked - ids.keys())
    rows = await session.fetch(REFERENCES, references) if references else []
    ids |= {row["external_reference"]: row["id"] for row in rows if row["count"] == 1}
    return Called(ids=ids, ambiguous=frozenset(row["external_reference"] for row in rows if row["count"] > 1))


# --- loading ----------------------------------------------------------------------------------------------------------


async def _load(transaction: Transaction, batches: Sequence[Batch]) -> Capacity:
    """The locations of `batches`, locked until the transaction ends; what lapsed there has ended."""
    await transaction.flush()
    session = transaction.session
    called = await find_called(session, {request.location for batch in batches for request in batch.requests})
    found = {row.id: row for row in map(_location, await session.fetch(LOCK, *_columns(called.ids.values())))}
    if found:
        # Locations live in many shards: the one with the lowest id says where the request is remembered.
        transaction.stay_on(next(iter(found.values())).shard)
        await transaction.check_replay(transaction.shard)
        await session.execute(EXPIRE, list(found), transaction.now)
    return Capacity(
        locations={text: found[id_] for text, id_ in called.ids.items() if id_ in found}, ambiguous=called.ambiguous
    )


async def _load_held(transaction: Transaction, batches: Sequence[Batch], kind: str) -> Capacity:
    """As `_load`, with the holds that may be ended, and what was done before as `kind`."""
    capacity = await _load(transaction, batches)
    session, names = transaction.session, _names(batches)
    done = [_movement(row) for row in await session.fetch(DONE, names, kind)]
    return msgspec.structs.replace(
        capacity,
        # In the order in which they are used up: first those that lapse next, behind them those that are only named.
        holds=await _next(session, capacity, batches) | await _named(session, batches),
        done={movement.action_request_id: movement for movement in done},
    )


def _names(batches: Sequence[Batch]) -> list[str]:
    return [request.action_request_id for batch in batches for request in batch.requests]


def _columns(location_ids: Iterable[Id]) -> tuple[list[int], list[Id]]:
    ordered = sorted(set(location_ids))
    return [shard_of(location_id) for location_id in ordered], ordered


async def _count(session: Session, capacity: Capacity, now: dt.datetime) -> dict[Id, int]:
    """What is held where there is a limit: elsewhere it may be much, and nobody asks."""
    limited = {location.id for location in capacity.locations.values() if limit_of(location) is not None}
    return await _held(session, sorted(limited), now)


async def _held(session: Session, location_ids: Sequence[Id], now: dt.datetime) -> dict[Id, int]:
    if not location_ids:
        return {}
    return {row["location_id"]: row["held"] for row in await session.fetch(COUNT, location_ids, now)}


async def _named(session: Session, batches: Sequence[Batch]) -> dict[str, Hold]:
    rows = await session.fetch(NAMED, _names(batches))
    return {row["id"]: Hold(**row) for row in rows}


async def _next(session: Session, capacity: Capacity, batches: Sequence[Batch]) -> dict[str, Hold]:
    """As many holds of each location as requests could end there."""
    wanted = Counter(
        capacity.locations[request.location].id
        for batch in batches
        for request in batch.requests
        if request.location in capacity.locations
    )
    rows = await session.fetch(NEXT, list(wanted), list(wanted.values())) if wanted else []
    return {row["id"]: Hold(**row) for row in rows}


def _location(row: Any) -> Location:
    return msgspec.json.decode(row[0], type=Location)


def _movement(row: Any) -> Movement:
    return Movement(**row)


# --- saving -----------------------------------------------------------------------------------------------------------


async def _decided(transaction: Transaction, call: Call, capacity: Capacity, decide: Decide) -> Outcomes:
    decision, outcomes = decide(capacity)
    session, now = transaction.session, transaction.now
    if decision.begun:
        await session.execute(BEGIN, *_begun_columns(decision.begun), now, call.user_id)
    if decision.ended:
        await _end(session, decision.ended, now)
    if decision.movements:
        await session.execute(WRITE_LEDGER, *_ledger_columns(decision.movements), now)
    for change in decision.changed:
        await transaction.save(Decision(changed=(change,)), change.before.shard)
    return outcomes


def _begun_columns(holds: Sequence[Hold]) -> tuple[list[Any], ...]:
    return [h.id for h in holds], [h.location_id for h in holds], [h.expiration_time for h in holds]


async def _end(session: Session, holds: Sequence[Hold], now: dt.datetime) -> None:
    columns = ([h.id for h in holds], [h.ended_as for h in holds], [h.ended_by for h in holds])
    done = await session.execute(END, *columns, now)
    if done != f"UPDATE {len(holds)}":
        raise RuntimeError(f"{len(holds)} holds were to be ended: {done}")


def _ledger_columns(movements: Sequence[Movement]) -> tuple[list[Any], ...]:
    return (
        [m.action_request_id for m in movements],
        [m.kind for m in movements],
        [m.location_id for m in movements],
        [m.hold_id for m in movements],
        [m.held for m in movements],
        [m.assigned for m in movements],
    )
