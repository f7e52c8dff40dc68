"""GET /sobjects/{objectName}/updated and …/deleted: what a copy of the data has to catch up with.

Seconds of `start` and `end` are ignored. `latestDateCovered` is where the next question starts: earlier than `end`
while a transaction is still writing that began before, because its records bear the time at which it began.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from orderwright.decisions.errors import RequiredFieldMissing
from orderwright.decisions.read_value import MOMENT_WANTED, WrongType, shown, to_moment
from orderwright.objects.identity import to_18
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.sobjects.show import moment_text
from orderwright.store.changes import MOST_IDS, changed_ids, deleted_ids, still_writing_for
from orderwright.store.database import Session

LONGEST_AGO = dt.timedelta(days=30)


async def get_updated(context: Context, object_name: str) -> dict[str, Any]:
    """Lists the ids of the records that were made or changed from `start` until `end`, as far as they still exist."""
    definition = object_called(context, object_name)
    start, end = _span(context)
    async with context.reading() as session:
        covered = await _covered(context, session, end)
        found = await changed_ids(session, definition.name, start, end)
    _refuse_many(len(found))
    return {"ids": [to_18(i) for i in found], "latestDateCovered": moment_text(covered)}


async def get_deleted(context: Context, object_name: str) -> dict[str, Any]:
    """Lists the ids of the records that were deleted from `start` until `end`, each with the moment."""
    definition = object_called(context, object_name)
    start, end = _span(context)
    async with context.reading() as session:
        covered = await _covered(context, session, end)
        found = await deleted_ids(session, definition.name, start, end)
    _refuse_many(len(found))
    return {
        "deletedRecords": [{"deletedDate": moment_text(moment), "id": to_18(i)} for i, moment in found],
        "earliestDateAvailable": moment_text(context.store.now() - LONGEST_AGO),
        "latestDateCovered": moment_text(covered),
    }


def _span(context: Context) -> tuple[dt.datetime, dt.datetime]:
    start, end = _moment(context, "start"), _moment(context, "end")
    if end <= start:
        raise HttpError("INVALID_REPLICATION_DATE", "end must be at least a minute after start; seconds are ignored")
    if start < context.store.now() - LONGEST_AGO:
        raise HttpError("INVALID_REPLICATION_DATE", f"start must lie within the last {LONGEST_AGO.days} days")
    return start, end


def _moment(context: Context, name: str) -> dt.datetime:
    text = context.query.get(name)
    if not text:
        raise RequiredFieldMissing(f"{name} is missing; send {MOMENT_WANTED}", name)
    # a plus sign that was not escaped arrives as a space
    found = to_moment(text.replace(" ", "+"))
    if found is None:
        raise WrongType(f"{name} is {shown(text)!r}; send {MOMENT_WANTED}", name)
    return found.replace(second=0, microsecond=0)


async def _covered(context: Context, session: Session, end: dt.datetime) -> dt.datetime:
    return min(end, context.store.now() - await still_writing_for(session))


def _refuse_many(count: int) -> None:
    if count > MOST_IDS:
        raise HttpError("EXCEEDED_ID_LIMIT", f"more than {MOST_IDS} records; ask for a shorter span of time")
