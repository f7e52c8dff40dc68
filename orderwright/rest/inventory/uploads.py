"""POST /commerce/oci/availability-records/uploads, and how far one is: many inventory records at once.

The file is received in pieces of whole lines and carried out by a worker (`jobs/inventory.py`).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import AsyncIterator

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.inventory.multipart import file_part
from orderwright.rest.representations import ErrorResponse
from orderwright.store.inventory_uploads import (
    Upload,
    add_piece,
    begin_upload,
    end_receiving,
    forget_upload,
    read_upload,
)

PIECE_BYTES = 256 * 1024
LONGEST_LINE_BYTES = 1024 * 1024
PART = "fileUpload"


class UploadOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The id under which the state of the upload can be asked for."""

    errors: tuple[ErrorResponse, ...] = ()
    success: bool = True
    upload_id: str | None = None


class UploadStatusOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far an upload is. Records that were read were either processed or skipped: put before, or not valid.

    `status` is PENDING, RUNNING, COMPLETED or FAILED (a fault of ours); `validationStatus` is PENDING, then PASSED or
    FAILED: records were not valid. The first hundred of `validationErrors` are told.
    """

    end_time_utc: dt.datetime | None = msgspec.field(name="endTimeUTC", default=None)
    errors: tuple[ErrorResponse, ...] = ()
    records_processed_count: int | None = None
    records_read_count: int | None = None
    records_skipped_count: int | None = None
    start_time_utc: dt.datetime | None = msgspec.field(name="startTimeUTC", default=None)
    status: str | None = None
    success: bool = True
    upload_id: str | None = None
    validation_errors: tuple[str, ...] = ()
    validation_status: str | None = None


async def upload_availability(context: Context) -> UploadOutput:
    """Receive a file of inventory records (NDJSON or CSV), the part `fileUpload`; a worker carries it out."""
    if context.stream is None:
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", "a file cannot be part of a composite; send it on its own")
    content = file_part(context.stream, context.received.headers.get("content-type", ""), PART)
    upload_id = str(uuid.uuid4())
    main = context.store.database.main
    await begin_upload(main, upload_id, context.call.user_id, context.store.now())
    try:
        count = 0
        async for lines in _whole_lines(content):
            await add_piece(main, upload_id, count, lines)
            count += 1
        if not count:
            raise InvalidInput("the file is empty; send at least one record", PART)
        await end_receiving(main, upload_id, count)
    except BaseException:
        await forget_upload(main, upload_id)
        raise
    return UploadOutput(upload_id=upload_id)


async def _whole_lines(content: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """`content` in pieces that end where a line does."""
    at_hand = bytearray()
    async for part in content:
        at_hand += part
        while len(at_hand) >= PIECE_BYTES:
            end = at_hand.rfind(b"\n", 0, PIECE_BYTES) + 1 or at_hand.find(b"\n") + 1
            if not end:
                _refuse_long_line(at_hand)
                break
            yield bytes(at_hand[:end])
            del at_hand[:end]
    if at_hand:
        _refuse_long_line(at_hand)
        yield bytes(at_hand)


def _refuse_long_line(line: bytes | bytearray) -> None:
    if len(line) > LONGEST_LINE_BYTES:
        raise InvalidInput(f"a line is longer than {LONGEST_LINE_BYTES} bytes; send one record per line", PART)


async def upload_availability_status(context: Context, upload_id: str) -> UploadStatusOutput:
    """How far the upload of a file is, and which of its records were not valid."""
    return await status_of_upload(context, upload_id, "Availability")


async def status_of_upload(context: Context, upload_id: str, kind: str) -> UploadStatusOutput:
    """The state of an upload of this kind. Raises HttpError when there is none."""
    async with context.reading() as session:
        # No id holds a null character, and PostgreSQL takes none in a text.
        upload = None if "\0" in upload_id else await read_upload(session, upload_id, kind)
    if upload is None or upload.status == "STAGING":
        raise HttpError("NOT_FOUND", f"there is no upload '{upload_id[:80]}' here; send the uploadId that was answered")
    return _status(upload)


def _status(upload: Upload) -> UploadStatusOutput:
    told = upload.invalid_count
    return UploadStatusOutput(
        end_time_utc=upload.ended_at,
        records_processed_count=upload.processed_count,
        records_read_count=upload.read_count,
        records_skipped_count=upload.skipped_count,
        start_time_utc=upload.started_at or upload.received_at,
        status=upload.status,
        upload_id=upload.id,
        validation_errors=upload.errors,
        validation_status="FAILED" if told else "PASSED" if upload.ended_at is not None else "PENDING",
    )
