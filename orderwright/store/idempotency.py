"""Idempotency keys of the API: who sent which request under a key, and what was answered.

A key is claimed before its request is carried out and holds the answer afterwards. Two requests with one key therefore
act once, however they overlap; a claim that was left by a crash is taken over, and the transaction's own row with the
same key (`store/transaction.py`) keeps even that second run from acting twice.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.store.database import Database
from orderwright.store.transaction import shard_of_key

TAKEN_OVER_AFTER_SECONDS = 5
"""A request that takes longer may be started twice; the transaction's own row keeps it from acting twice. True time: a
claim that a crash left must end although the clock of a test instance stands still.
"""

CLAIM = """
INSERT INTO request_key AS held (shard, key, client_id, request_digest, created_date, claimed_at)
VALUES ($1, $2, $3, $4, $5, now())
ON CONFLICT (shard, key) DO UPDATE SET created_date = excluded.created_date, claimed_at = excluded.claimed_at
WHERE held.answer IS NULL AND held.request_digest = excluded.request_digest
  AND coalesce(held.claimed_at, held.created_date) < excluded.claimed_at - $6::interval
RETURNING true
"""
HELD = "SELECT request_digest, answer FROM request_key WHERE shard = $1 AND key = $2"
KEEP = "UPDATE request_key SET answer = $3 WHERE shard = $1 AND key = $2"
RELEASE = "DELETE FROM request_key WHERE shard = $1 AND key = $2 AND answer IS NULL"
FORGET = """
DELETE FROM request_key WHERE (shard, key) IN
(SELECT shard, key FROM request_key WHERE created_date < $1 LIMIT $2)
"""


class Held(msgspec.Struct, frozen=True):
    """What is known of a key: the digest of its request, and its answer once there is one."""

    digest: bytes
    answer: bytes | None


async def claim(database: Database, key: str, client_id: str, digest: bytes, now: dt.datetime) -> Held | None:
    """Claim `key` for a request; returns None when it may be carried out now, else what holds the key."""
    shard, patience = shard_of_key(key), dt.timedelta(seconds=TAKEN_OVER_AFTER_SECONDS)
    if await database.main.fetchval(CLAIM, shard, key, client_id, digest, now, patience):
        return None
    row = await database.main.fetchrow(HELD, shard, key)
    return Held(row["request_digest"], row["answer"]) if row is not None else Held(digest, None)


async def keep(database: Database, key: str, answer: bytes) -> None:
    """Keep the answer of a request that was carried out."""
    await database.main.execute(KEEP, shard_of_key(key), key, answer)


async def release(database: Database, key: str) -> None:
    """Give the key back: its request was refused and wrote nothing, so it may be corrected and sent again."""
    await database.main.execute(RELEASE, shard_of_key(key), key)


async def forget(database: Database, before: dt.datetime, most: int = 10_000) -> int:
    """Delete keys older than `before`, at most `most`; returns how many."""
    done = await database.main.execute(FORGET, before, most)
    return int(done.rpartition(" ")[2])
