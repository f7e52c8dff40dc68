"""/services/async: the older Bulk API, in which a client makes batches itself.

Source: Bulk API guide (documented); what clients send and look for besides, as they were seen to.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

from orderwright.decisions.errors import InvalidInput, Refusal
from orderwright.decisions.read_bulk import DELIMITERS, InvalidBatch
from orderwright.decisions.rights import MissingRight
from orderwright.objects.identity import to_15, to_18
from orderwright.rest.bulk.classic_forms import (
    JSON,
    MEDIAS,
    NAMESPACE,
    answered,
    batch_info,
    job_info,
    result_csv,
    result_elements,
    result_objects,
    result_rows,
)
from orderwright.rest.bulk.found import as_csv, as_json
from orderwright.rest.bulk.jobs import (
    OPERATIONS,
    QUERIES,
    InvalidJobState,
    external_id,
    job_called,
    new_job_id,
    object_of,
    one_of,
)
from orderwright.rest.bulk.query_jobs import asked_of, checked_plan
from orderwright.rest.bulk.receive import new_batch, plain, receive_rows, receive_whole
from orderwright.rest.bulk.streaming import streamed
from orderwright.rest.codec import parse_json, to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.operation import NEWEST_VERSION, OLDEST_VERSION
from orderwright.rest.sobjects.names import object_called
from orderwright.rest.xml_bodies import parse_xml
from orderwright.soql.errors import QueryError
from orderwright.store.bulk_jobs import (
    Batch,
    Job,
    add_batch,
    add_job,
    batches_of,
    outcomes_of,
    read_batch,
    read_piece,
    set_state,
    wake_workers,
)
from orderwright.store.bulk_progress import outcomes_in

CLASSIC = ("classic",)
CONTENT_TYPES = ("CSV", "JSON", "XML")
MODES = {"0": "Parallel", "1": "Serial"}
"""One client sends numbers for the modes."""
MOST_RECORDS = 10_000
MOST_BATCH_BYTES = 10_000_000
"""Of one batch (documented)."""
LONGEST_QUERY = 100_000
RESULT_PREFIX = "752"
VERSION = re.compile(r"([1-9]\d)\.0", re.ASCII)


def _in_version(context: Context, version: str) -> Context:
    """`context` in the version that the path names. Raises HttpError."""
    found = VERSION.fullmatch(version)
    if found is None or not OLDEST_VERSION <= int(found[1]) <= NEWEST_VERSION:
        raise HttpError("NOT_FOUND", f"'{version[:20]}' is no version; use {OLDEST_VERSION}.0 to {NEWEST_VERSION}.0")
    return dataclasses.replace(context, version=int(found[1]))


async def create_classic_job(context: Context, async_version: str) -> Answer:
    """Makes a job of the older API: operation, object and contentType (CSV, JSON or XML)."""
    context = _in_version(context, async_version)
    given = _given(context)
    operation = one_of(given.get("operation"), "operation", (*OPERATIONS, *QUERIES))
    object_, key = _object_of(context, operation, given)
    now = context.store.now()
    job = Job(
        id=new_job_id(context),
        kind="classic",
        operation=operation,
        object=object_,
        external_id_field_name=key,
        content_type=one_of(given.get("contentType"), "contentType", CONTENT_TYPES, "XML"),
        concurrency_mode=_mode(given.get("concurrencyMode")),
        api_version=context.version,
        rights=tuple(sorted(context.rights.granted)) if operation in QUERIES else (),
        created_by_id=context.call.user_id,
        created_date=now,
        system_modstamp=now,
    )
    await add_job(context.store.database.main, job)
    return _as_asked(context, job, 201)


def _object_of(context: Context, operation: str, given: Mapping[str, Any]) -> tuple[str, str | None]:
    name = str(given.get("object") or "")
    if operation in QUERIES:
        definition = object_called(context, name)
        context.rights.refuse_without(f"Read {definition.name}")
        return definition.name, None
    definition = object_of(context, name, operation)
    return definition.name, external_id(definition, operation, given.get("externalIdFieldName"), context.version)


def _mode(given: str | None) -> str:
    return one_of(MODES.get(given or "", given), "concurrencyMode", ("Parallel", "Serial"), "Parallel")


def _given(context: Context) -> dict[str, str]:
    """The properties of a job in a body of XML or JSON, as texts. Raises HttpError."""
    body = context.received.body.strip()
    value = parse_xml(body, None) if body.startswith(b"<") else parse_json(body or b"{}")
    if not isinstance(value, dict):
        raise InvalidInput("the body is no object; send the properties of a job")
    return {name: str(text) for name, text in value.items() if text not in (None, "")}


def _as_asked(context: Context, job: Job, status: int = 200) -> Answer:
    """A job in the form of the request that made or changed it."""
    return answered(context, None, "jobInfo", job_info(job), status)


async def get_classic_job(context: Context, async_version: str, job_id: str) -> Answer:
    """Says how far a job of the older API is, summed up over its batches."""
    job = await job_called(_in_version(context, async_version), job_id, CLASSIC)
    return answered(context, job, "jobInfo", job_info(job))


async def change_classic_job(context: Context, async_version: str, job_id: str) -> Answer:
    """Closes a job, so that it takes no more batches, or aborts it: batches that wait are not carried out."""
    context = _in_version(context, async_version)
    job = await job_called(context, job_id, CLASSIC)
    given = _given(context)
    if given.keys() - {"state"}:
        raise InvalidInput("only the state of a job can be changed", *(given.keys() - {"state"}))
    state = one_of(given.get("state"), "state", ("Closed", "Aborted"))
    before = ("Open", "Closed") if state == "Closed" else ("Open", "Closed", "Aborted")
    async with context.store.database.main.acquire() as session:
        done = await set_state(session, job.id, state, before, context.store.now())
    if not done:
        raise InvalidJobState(f"the job is {job.state}; it cannot become {state}")
    changed = await job_called(context, job.id, CLASSIC)
    return answered(context, changed, "jobInfo", job_info(changed))


async def add_classic_batch(context: Context, async_version: str, job_id: str) -> Answer:
    """Adds a batch to a job: records in the job's content type, or the text of a query."""
    context = _in_version(context, async_version)
    job = await job_called(context, job_id, CLASSIC)
    if context.stream is None:
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", "a batch cannot be part of a composite; send it on its own")
    if job.state != "Open":
        raise InvalidJobState(f"the job is {job.state}; only an Open job takes batches")
    encoding = context.received.headers.get("content-encoding", "").strip().lower()
    content = plain(context.stream, encoding, MOST_BATCH_BYTES)
    batch_id = await _received(context, job, content)
    batch = await read_batch(context.store.database.main, job.id, batch_id)
    if batch is None:
        raise HttpError("NOT_FOUND", "the job was deleted")
    await wake_workers(context.store.database.main)
    return answered(context, job, "batchInfo", batch_info(batch), 201)


async def _received(context: Context, job: Job, content: AsyncIterator[bytes]) -> str:
    if job.operation in QUERIES:
        return await _add_query(context, job, b"".join([part async for part in content]))
    object_of(context, job.object, job.operation)
    if job.content_type == "CSV":
        return await receive_rows(context, job, content, DELIMITERS["COMMA"], MOST_RECORDS)
    return await receive_whole(context, job, b"".join([part async for part in content]))


async def _add_query(context: Context, job: Job, content: bytes) -> str:
    """A query that cannot be asked makes a batch that failed, which says why: so clients expect it."""
    text = content.decode("utf-8", "replace").strip()
    why = _why_not(context, job, text)
    message = None if why is None else f"InvalidBatch : Failed to process query: {why}"
    batch = new_batch(context, job, "Queued" if why is None else "Failed", query=text[:LONGEST_QUERY], message=message)
    await add_batch(context.store.database.main, batch)
    return batch.id


def _why_not(context: Context, job: Job, text: str) -> str | None:
    try:
        if "\0" in text or len(text) > LONGEST_QUERY:
            raise InvalidBatch("the batch is no query; send its text alone")
        plan = checked_plan(context, text, all_rows=job.operation == "queryAll")
    except (QueryError, MissingRight, Refusal) as error:
        return f"{error.code}: {error.message}".replace("\0", "\ufffd")
    if plan.object != job.object:
        return (
            f"INVALID_TYPE_FOR_OPERATION: The root entity of the requested query ({plan.object}) does not match the "
            f"entity of the requested Bulk API Job ({job.object})."
        )
    return None


async def list_classic_batches(context: Context, async_version: str, job_id: str) -> Answer:
    """Lists the batches of a job in the order in which they were added."""
    job = await job_called(_in_version(context, async_version), job_id, CLASSIC)
    batches = await batches_of(context.store.database.main, job.id)
    return answered(context, job, "batchInfoList", {"batchInfo": [batch_info(batch) for batch in batches]})


async def get_classic_batch(context: Context, async_version: str, job_id: str, batch_id: str) -> Answer:
    """Says how far a batch is."""
    job, batch = await _batch(_in_version(context, async_version), job_id, batch_id)
    return answered(context, job, "batchInfo", batch_info(batch))


async def _batch(context: Context, job_id: str, batch_id: str) -> tuple[Job, Batch]:
    job = await job_called(context, job_id, CLASSIC)
    record_id = to_15(batch_id)
    batch = await read_batch(context.store.database.main, job.id, record_id) if record_id is not None else None
    if batch is None:
        raise InvalidBatch(f"the job has no batch {batch_id[:30]}")
    return job, batch


async def get_classic_request(context: Context, async_version: str, job_id: str, batch_id: str) -> Answer:
    """What was sent as a batch."""
    job, batch = await _batch(_in_version(context, async_version), job_id, batch_id)
    return streamed(context, _sent(context, batch), {}, MEDIAS[job.content_type])


async def _sent(context: Context, batch: Batch) -> AsyncIterator[bytes]:
    if batch.query is not None:
        yield batch.query.encode()
    if batch.header is not None:
        yield batch.header.encode() + b"\n"
    for number in range(batch.pieces):
        piece = await read_piece(context.store.database.main, batch.id, number)
        if piece is not None:
            yield piece


async def get_classic_result(context: Context, async_version: str, job_id: str, batch_id: str) -> Answer:
    """What became of each record of a batch, in their order; of a query the list of its results."""
    job, batch = await _batch(_in_version(context, async_version), job_id, batch_id)
    if job.operation in QUERIES:
        return _result_list(context, job, batch)
    if batch.state == "Failed" and not batch.processed:
        raise InvalidBatch("Records not processed")
    if batch.state not in ("Completed", "Failed"):
        raise InvalidBatch("Batch not completed")
    return streamed(context, _results(context, job, batch), {}, MEDIAS[job.content_type])


async def _results(context: Context, job: Job, batch: Batch) -> AsyncIterator[bytes]:
    begin, separator, end = {
        "JSON": (b"[", b",", b"]"),
        "XML": (f'<?xml version="1.0" encoding="UTF-8"?><results xmlns="{NAMESPACE}">'.encode(), b"", b"</results>"),
        "CSV": (result_csv([], header=True), b"", b""),
    }[job.content_type]
    yield begin
    is_first = True
    for number in range(batch.pieces):
        for row in await outcomes_of(context.store.database.main, batch.id, number):
            outcomes = outcomes_in(row["outcomes"])
            if job.content_type == "JSON":
                text = to_json(result_objects(outcomes))[1:-1]
            elif job.content_type == "XML":
                text = b"".join(result_elements(outcomes))
            else:
                text = result_csv(result_rows(outcomes), header=False)
            yield text if is_first else separator + text
            is_first = False
    yield end


def _result_list(context: Context, job: Job, batch: Batch) -> Answer:
    if batch.state != "Completed":
        raise InvalidBatch(batch.state_message or "Batch not completed")
    result = RESULT_PREFIX + to_18(batch.id)[3:]
    if job.content_type == "JSON":
        return Answer(200, to_json([result]), {"Content-Type": JSON})
    return answered(context, job, "result-list", {"result": [result]})


async def get_classic_query_result(
    context: Context, async_version: str, job_id: str, batch_id: str, result_id: str
) -> Answer:
    """The records that a query of a batch found."""
    context = _in_version(context, async_version)
    job, batch = await _batch(context, job_id, batch_id)
    if result_id[3:] not in (batch.id[3:], to_18(batch.id)[3:]) or batch.state != "Completed":
        raise InvalidBatch(f"the batch has no result {result_id[:30]}")
    asked, main = asked_of(context, job, batch), context.store.database.main
    if job.content_type == "JSON":
        return streamed(context, as_json(main, asked, batch.processed), {}, JSON)
    if job.content_type == "XML":
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", "results of queries can be had as CSV or JSON; make a job of these")
    return streamed(context, as_csv(main, asked, 0, batch.processed), {})
