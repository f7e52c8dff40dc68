"""What a worker does for the inventory: it carries uploads out, and gives back what lapsed reservations held."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence

import msgspec

from orderwright.decisions.read_upload import Problem, ReadLines, decide_read_upload
from orderwright.decisions.update_inventory import known_records, waves
from orderwright.store.inventory_movements import expire_some
from orderwright.store.inventory_uploads import (
    MOST_ERRORS,
    Upload,
    commit_unflushed,
    forget_abandoned,
    forget_pieces,
    known_locations,
    lock_next_upload,
    put_waves,
    save_progress,
)
from orderwright.store.transaction import AGAIN, Call, Store, Transaction

MOST_HOLDS = 500
RECEIVING_HOURS = 24
"""A file that was not received whole by then is not being received any more."""

_log = logging.getLogger(__name__)


async def carry_out_piece(store: Store) -> int:
    """Carry out the next piece of the oldest upload; returns whether there was one that nobody else was at."""
    at_hand: list[Upload] = []

    async def act(transaction: Transaction) -> int:
        found = await lock_next_upload(transaction.session)
        if found is None:
            return 0
        at_hand[:] = [found[0]]
        await _carry_out(transaction, *found)
        return 1

    try:
        return int(await store.submit(Call(user_id=""), act, int))
    except (*AGAIN, OSError):
        raise
    except Exception as error:
        if not at_hand:
            raise
        _log.exception("upload %s failed", at_hand[0].id)
        await _give_up(store, at_hand[0].id, str(error) or type(error).__name__)
        return 1


async def _carry_out(transaction: Transaction, upload: Upload, lines: bytes) -> None:
    session, now = transaction.session, transaction.now
    if upload.pieces_done + 1 < upload.pieces:
        await commit_unflushed(session)
    read = decide_read_upload(lines, upload.reading, upload.id, upload.received_at)
    known = await known_locations(session, {numbered.record.location for numbered in read.records})
    records, unknown = known_records(read.records, known)
    new = await put_waves(session, waves(records), now)
    await save_progress(session, progressed(upload, read, (*read.problems, *unknown), new, now))


def progressed(upload: Upload, read: ReadLines, problems: Sequence[Problem], new: int, now: dt.datetime) -> Upload:
    """`upload` one piece further: `new` records of it were put, what `problems` tells of was not."""
    done = upload.pieces_done + 1
    is_last = done == upload.pieces
    told = [str(problem) for problem in sorted(problems, key=lambda problem: problem.line)]
    return msgspec.structs.replace(
        upload,
        status="COMPLETED" if is_last else "RUNNING",
        started_at=upload.started_at or now,
        ended_at=now if is_last else None,
        pieces_done=done,
        read_count=upload.read_count + read.count,
        processed_count=upload.processed_count + new,
        skipped_count=upload.skipped_count + read.count - new,
        invalid_count=upload.invalid_count + len(problems),
        errors=(*upload.errors, *told[: MOST_ERRORS - len(upload.errors)]),
        reading=read.reading,
    )


async def _give_up(store: Store, upload_id: str, why: str) -> None:
    """End an upload of which a piece cannot be carried out, so that those behind it go on."""

    async def act(transaction: Transaction) -> int:
        found = await lock_next_upload(transaction.session)
        if found is not None and found[0].id == upload_id:
            errors = (*found[0].errors, f"UNKNOWN_EXCEPTION: {why}")
            failed = msgspec.structs.replace(found[0], status="FAILED", ended_at=transaction.now, errors=errors)
            await save_progress(transaction.session, failed)
            await forget_pieces(transaction.session, upload_id)
        return 0

    await store.submit(Call(user_id=""), act, int)


async def give_back_lapsed(store: Store) -> int:
    """Give back what reservations held when they lapsed; returns how many holds ended."""

    async def act(transaction: Transaction) -> int:
        return await expire_some(transaction.session, transaction.now, MOST_HOLDS)

    return int(await store.submit(Call(user_id=""), act, int))


async def forget_half_received(store: Store) -> int:
    """Drop files that were never received whole; returns how many."""

    async def act(transaction: Transaction) -> int:
        before = transaction.now - dt.timedelta(hours=RECEIVING_HOURS)
        return await forget_abandoned(transaction.session, before)

    return int(await store.submit(Call(user_id=""), act, int))
