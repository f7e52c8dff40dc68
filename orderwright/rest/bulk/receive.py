"""Receives the rows of a batch as they come in, and keeps them in pieces of whole rows."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator

from orderwright.decisions.cut_rows import end_of_rows
from orderwright.decisions.read_bulk import LONGEST_HEADER, InvalidBatch, as_text, read_cells
from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.rest.bulk.jobs import InvalidJob
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.store.bulk_jobs import (
    BATCH_PREFIX,
    Batch,
    Job,
    add_batch,
    add_only_batch,
    add_piece,
    end_receiving,
    forget_batch,
)

PIECE_BYTES = 640 * 1024
LONGEST_ROW_BYTES = 8 * 1024 * 1024
FOUND_MULTIPLE = (
    "Found multiple contents for job: <{}>, please 'Close' / 'Abort' / 'Delete' the current job, then create a new one "
    "and make sure you only do 'PUT' once on a given job."
)
MARK = b"\xef\xbb\xbf"
"""With which some programs begin a file in UTF-8."""


def new_batch(context: Context, job: Job, state: str, *, query: str | None = None, message: str | None = None) -> Batch:
    """A batch of `job`, not kept yet."""
    now = context.store.now()
    batch_id = context.store.database.ids.new_id(BATCH_PREFIX, 0)
    return Batch(
        id=batch_id, job_id=job.id, state=state, query=query, state_message=message, created_date=now,
        system_modstamp=now,
    )  # fmt: skip


async def receive_rows(
    context: Context, job: Job, content: AsyncIterator[bytes], delimiter: str, most_rows: int | None = None
) -> Id:
    """Keep a CSV file as a batch of `job`; returns its id. Raises InvalidBatch, and then nothing is kept.

    A batch of more than `most_rows` is kept as one that failed.
    """
    batch = new_batch(context, job, "Receiving")
    main = context.store.database.main
    async with main.acquire() as session:
        if job.kind == "classic":
            await add_batch(session, batch)
        elif not await add_only_batch(session, batch):
            raise InvalidJob(FOUND_MULTIPLE.format(to_18(job.id)))
    try:
        header, rows = await _header(content)
        count, known = 0, 0
        async for piece in _pieces(header[1], rows, delimiter):
            async with main.acquire() as session:
                await add_piece(session, batch.id, count, piece)
            count += 1
            known += len(read_cells(as_text(piece)[0], delimiter)) if most_rows is not None else 0
        await end_receiving(main, batch.id, header[0], count, context.store.now(), too_many(known, most_rows))
    except BaseException:
        await forget_batch(main, batch.id)
        raise
    return batch.id


def too_many(count: int, most: int | None) -> str | None:
    """What is said of a batch of more rows than one may have; None when it has not so many."""
    if most is None or count <= most:
        return None
    return f"InvalidBatch : The batch has {count} records; send at most {most} in one"


async def receive_whole(context: Context, job: Job, content: bytes) -> Id:
    """Keep records in JSON or XML as a batch of `job`; returns its id."""
    batch = new_batch(context, job, "Receiving")
    async with context.store.database.main.acquire() as session, session.transaction():
        await add_batch(session, batch)
        await add_piece(session, batch.id, 0, content)
        await end_receiving(session, batch.id, None, 1, context.store.now())
    return batch.id


async def _header(content: AsyncIterator[bytes]) -> tuple[tuple[str, bytes], AsyncIterator[bytes]]:
    """The first row, what came with it of those behind it, and what is still to come."""
    at_hand = b""
    async for part in content:
        at_hand += part
        if b"\n" in at_hand or len(at_hand) > 4 * LONGEST_HEADER:
            break
    first, _, rest = at_hand.removeprefix(MARK).partition(b"\n")
    try:
        header = first.removesuffix(b"\r").decode()
    except UnicodeDecodeError:
        raise InvalidBatch("the file is no text in UTF-8; send it so") from None
    if len(header) > LONGEST_HEADER or "\0" in header:
        raise InvalidBatch(f"the header row has more than {LONGEST_HEADER} characters, or is no text")
    if not header.strip():
        raise InvalidBatch("the file is empty; name the fields in its first row, and send a row for each record")
    return (header, rest), content


async def _pieces(first: bytes, content: AsyncIterator[bytes], delimiter: str) -> AsyncIterator[bytes]:
    """Rows in pieces that end where a row does."""
    at_hand, enough = bytearray(first), PIECE_BYTES
    async for part in content:
        at_hand += part
        while len(at_hand) >= enough:
            end = end_of_rows(bytes(at_hand[:enough]), delimiter)
            if not end:
                enough = _more(enough)
                break
            yield bytes(at_hand[:end])
            del at_hand[:end]
            # where rows are short a piece has all the rows it may have in fewer bytes: no more are looked at again
            enough = min(PIECE_BYTES, end + end // 8)
    if at_hand.strip():
        yield bytes(at_hand)


def _more(enough: int) -> int:
    if enough >= LONGEST_ROW_BYTES:
        raise InvalidBatch(f"a row is longer than {LONGEST_ROW_BYTES} bytes; see that every quote is closed")
    return 2 * enough


async def plain(content: AsyncIterator[bytes], encoding: str, most_bytes: int) -> AsyncIterator[bytes]:
    """`content` as it was before it was compressed. Raises HttpError, also for more than `most_bytes` of it."""
    unpack = None
    if encoding in ("gzip", "x-gzip", "deflate"):
        unpack = zlib.decompressobj(wbits=47)
    elif encoding not in ("", "identity"):
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", f"the body is compressed as '{encoding}'; use gzip, or send it plain")
    size = 0
    async for part in content:
        for piece in [part] if unpack is None else _unpacked(unpack, part):
            size += len(piece)
            if size > most_bytes:
                raise HttpError(
                    "REQUEST_LIMIT_EXCEEDED", f"more than {most_bytes} bytes of records; send them in parts"
                )
            yield piece
    if unpack is not None and not unpack.eof:
        raise HttpError("JSON_PARSER_ERROR", "the body ends before its compressed content does; send all of it")


def _unpacked(unpack: zlib._Decompress, part: bytes) -> list[bytes]:
    """What a compressed part holds, never more than a piece of it at once."""
    pieces = []
    try:
        while part:
            pieces.append(unpack.decompress(part, PIECE_BYTES))
            part = unpack.unconsumed_tail
    except zlib.error as error:
        raise HttpError("JSON_PARSER_ERROR", f"the body cannot be unpacked: {error}") from None
    return pieces
