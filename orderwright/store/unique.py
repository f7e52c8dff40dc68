"""Values that are unique across the organisation, claimed in two steps (decisions.md S6).

The value's row lives in a shard of its own, chosen by the value, so no transaction has to touch two: the claim is
committed first, the record second, the confirmation last. A claim that was never confirmed, because its holder refused
or crashed, may be taken over after a while; the same holder may claim again at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib

from orderwright.objects.definition import Id
from orderwright.store.database import Database
from orderwright.store.ids import BUCKETS

CLAIM_SECONDS = 300

CLAIM = """
INSERT INTO unique_value AS held (shard, field, value, record_id, confirmed, claimed_at)
VALUES ($1, $2, $3, $4, false, $5)
ON CONFLICT (shard, field, value) DO UPDATE SET record_id = excluded.record_id, claimed_at = excluded.claimed_at
WHERE held.record_id = excluded.record_id
   OR (NOT held.confirmed AND held.claimed_at < excluded.claimed_at - $6::interval)
RETURNING record_id
"""
HOLDER = "SELECT record_id FROM unique_value WHERE shard = $1 AND field = $2 AND value = $3"
CONFIRM = """
UPDATE unique_value SET confirmed = true, record_id = $5
WHERE shard = $1 AND field = $2 AND value = $3 AND record_id = $4
"""
RELEASE = "DELETE FROM unique_value WHERE shard = $1 AND field = $2 AND value = $3 AND record_id = $4 AND NOT confirmed"


def shard_of_value(value: str) -> int:
    """The shard of a value: equal values meet there."""
    return int.from_bytes(hashlib.sha256(value.encode()).digest()[:4]) % BUCKETS


async def claim(database: Database, field: str, value: str, record_id: Id, now: dt.datetime) -> Id | None:
    """Claim `value` of `field` for `record_id`; returns None when it worked, else who holds it.

    The record that will hold the value may not exist yet: then the claim is made for the one it is made from.
    """
    shard = shard_of_value(value)
    seconds = dt.timedelta(seconds=CLAIM_SECONDS)
    if await database.main.fetchval(CLAIM, shard, field, value, record_id, now, seconds) is not None:
        return None
    holder: Id | None = await database.main.fetchval(HOLDER, shard, field, value)
    return holder


async def confirm(database: Database, field: str, value: str, claimed_for: Id, record_id: Id) -> None:
    """Make the claim final: the record that holds the value is saved, and the value now leads to it."""
    await database.main.execute(CONFIRM, shard_of_value(value), field, value, claimed_for, record_id)


async def release(database: Database, field: str, value: str, record_id: Id) -> None:
    """Give up a claim whose record was refused."""
    await database.main.execute(RELEASE, shard_of_value(value), field, value, record_id)
