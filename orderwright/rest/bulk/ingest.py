"""/jobs/ingest: files of records that are written in the background (Bulk API 2.0)."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated

import asyncpg
import msgspec

from orderwright.decisions.read_bulk import DELIMITERS
from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.rest.bulk.jobs import (
    MOST_UPLOADED_BYTES,
    OPERATIONS,
    InvalidJobState,
    JobNotTerminated,
    delimiter_named,
    ending_named,
    external_id,
    job_called,
    locator_of,
    new_job_id,
    object_of,
    one_of,
    start_of,
)
from orderwright.rest.bulk.multipart import parts_of
from orderwright.rest.bulk.receive import plain, receive_rows
from orderwright.rest.bulk.results import results_of
from orderwright.rest.bulk.streaming import streamed
from orderwright.rest.codec import decode
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import Answer
from orderwright.rest.properties import About, OnlyWhenSet
from orderwright.rest.sobjects.show import moment_text
from orderwright.store.bulk_jobs import (
    MOST_LISTED,
    Job,
    add_job,
    close_whole,
    delete_job,
    list_jobs,
    set_state,
    wake_workers,
)

INGEST = ("ingest",)
JOB_TYPES = {"V2Ingest": "ingest", "V2Query": "query", "Classic": "classic"}
TYPES = {kind: type_ for type_, kind in JOB_TYPES.items()}

Optional = Annotated[str | None, OnlyWhenSet()]


class IngestJobInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job to be made."""

    object: str = ""
    operation: str | None = None
    external_id_field_name: Annotated[str | None, About("The field that an upsert tells records apart by.")] = None
    content_type: str | None = None
    column_delimiter: str | None = None
    line_ending: str | None = None
    assignment_rule_id: Annotated[str | None, About("Has no meaning here.")] = None
    concurrency_mode: Annotated[str | None, About("Has no meaning here.")] = None


class JobStateInput(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of a job."""

    state: Annotated[str, About("UploadComplete or Aborted.")]


class BulkJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A job, and how far it is.

    `state` is Open until its file is complete, UploadComplete until a worker begins, InProgress, and then JobComplete,
    Failed (the file could not be read; what was written before stays) or Aborted.
    """

    id: Id
    operation: str
    object: str
    created_by_id: Id
    created_date: str
    system_modstamp: str
    state: str
    external_id_field_name: Optional = None
    concurrency_mode: str = "Parallel"
    content_type: str = "CSV"
    api_version: Decimal
    job_type: str
    content_url: Annotated[str | None, OnlyWhenSet(), About("Where the file is put, while the job is Open.")] = None
    line_ending: str
    column_delimiter: str
    number_records_processed: Annotated[int, About("Rows that were carried out, failed ones too.")] = 0
    number_records_failed: int = 0
    retries: int = 0
    total_processing_time: Annotated[int, About("Milliseconds.")] = 0
    api_active_processing_time: Annotated[int, About("Milliseconds.")] = 0
    apex_processing_time: int = 0
    error_message: Optional = None


class BulkJobs(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Some jobs, a thousand at most, and where more are."""

    done: bool
    records: list[BulkJob]
    next_records_url: str | None = None


async def create_ingest_job(context: Context) -> BulkJob:
    """Makes a job. Its file is put to `contentUrl`, and then its state is set to UploadComplete.

    A small file can be sent at once, as multipart/form-data with the parts `job` and `content`.
    """
    received = context.received
    media, _, _ = received.headers.get("content-type", "").partition(";")
    if media.strip().lower() != "multipart/form-data":
        return shown(await _created(context, decode(received.body, IngestJobInput, context.version)))
    parts = parts_of(received.body, received.headers["content-type"])
    if "job" not in parts or "content" not in parts:
        raise HttpError("REQUIRED_FIELD_MISSING", "send the parts job and content")
    job = await _created(context, decode(parts["job"], IngestJobInput, context.version))
    await receive_rows(context, job, _once(parts["content"]), DELIMITERS[job.column_delimiter])
    await change_state(context, job, "Closed")
    return shown(await job_called(context, job.id, INGEST))


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _created(context: Context, asked: IngestJobInput) -> Job:
    operation = one_of(asked.operation, "operation", OPERATIONS)
    one_of(asked.content_type, "contentType", ("CSV",), "CSV")
    definition = object_of(context, asked.object, operation)
    now = context.store.now()
    job = Job(
        id=new_job_id(context),
        kind="ingest",
        operation=operation,
        object=definition.name,
        external_id_field_name=external_id(definition, operation, asked.external_id_field_name, context.version),
        column_delimiter=delimiter_named(asked.column_delimiter),
        line_ending=ending_named(asked.line_ending),
        api_version=context.version,
        created_by_id=context.call.user_id,
        created_date=now,
        system_modstamp=now,
    )
    await add_job(context.store.database.main, job)
    return job


async def list_ingest_jobs(context: Context) -> BulkJobs:
    """Lists the jobs that you made; an administrator sees all."""
    return await listed(context, "ingest", ("ingest", "classic"))


async def listed(context: Context, resource: str, kinds: tuple[str, ...]) -> BulkJobs:
    """Jobs of these kinds, or of those that `?jobType=` asks for."""
    asked = context.query.get("jobType")
    if asked:
        kinds = (JOB_TYPES[one_of(asked, "jobType", tuple(JOB_TYPES))],)
    start = start_of(context.query.get("queryLocator"))
    user_id, of_all = context.call.user_id, context.rights.may_administer
    jobs = await list_jobs(context.store.database.main, kinds, user_id, start, of_all=of_all)
    more = len(jobs) > MOST_LISTED
    url = f"/services/data/v{context.version}.0/jobs/{resource}?queryLocator={locator_of(start + MOST_LISTED)}"
    return BulkJobs(
        done=not more, records=[shown(job) for job in jobs[:MOST_LISTED]], next_records_url=url if more else None
    )


async def get_ingest_job(context: Context, job_id: str) -> BulkJob:
    """Says how far a job is."""
    return shown(await job_called(context, job_id, INGEST))


async def upload_job_data(context: Context, job_id: str) -> None:
    """Receives the file of a job: CSV in UTF-8, its first row the names of the fields. Once for each job."""
    job = await job_called(context, job_id, INGEST)
    if context.stream is None:
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", "a file cannot be part of a composite; send it on its own")
    object_of(context, job.object, job.operation)
    if job.state != "Open":
        raise InvalidJobState(f"the job is {state_of(job)}; only an Open job takes a file")
    encoding = context.received.headers.get("content-encoding", "").strip().lower()
    content = plain(context.stream, encoding, MOST_UPLOADED_BYTES)
    await receive_rows(context, job, content, DELIMITERS[job.column_delimiter])


async def change_ingest_job(context: Context, job_id: str, body: JobStateInput) -> BulkJob:
    """Completes a job, so that it is carried out (UploadComplete), or gives it up (Aborted).

    What was written before a job was aborted stays.
    """
    job = await job_called(context, job_id, INGEST)
    wanted = one_of(body.state, "state", ("UploadComplete", "Aborted"))
    if wanted == "UploadComplete":
        object_of(context, job.object, job.operation)
    await change_state(context, job, "Closed" if wanted == "UploadComplete" else "Aborted")
    return shown(await job_called(context, job.id, INGEST))


async def change_state(context: Context, job: Job, state: str) -> None:
    """Close or abort a job. Raises InvalidJobState when it is over, or closed already."""
    is_over = state_of(job) in ("JobComplete", "Failed", "Aborted")
    main, now = context.store.database.main, context.store.now()
    if is_over or not await _changed(main, job, state, now):
        doing = "Closing" if state == "Closed" else "Aborting"
        why = "already Completed Job" if is_over else "a Job that is closed already, or whose file is being received,"
        raise InvalidJobState(f"{doing} {why} not allowed")
    await wake_workers(main)


async def _changed(main: asyncpg.Pool, job: Job, state: str, now: dt.datetime) -> bool:
    async with main.acquire() as session:
        if state == "Closed":
            return await close_whole(session, job.id, now)
        return await set_state(session, job.id, state, ("Open", "Closed"), now)


async def delete_ingest_job(context: Context, job_id: str) -> None:
    """Forgets a job with its file and its results. One that is Open or InProgress has to be aborted first."""
    await delete_ended(context, await job_called(context, job_id, INGEST), also=("UploadComplete",))


async def delete_ended(context: Context, job: Job, also: tuple[str, ...] = ()) -> None:
    """Forget a job that is over. Raises JobNotTerminated."""
    if state_of(job) not in ("JobComplete", "Failed", "Aborted", *also):
        raise JobNotTerminated("Error encountered when deleting the job because the job is not terminated")
    await delete_job(context.store.database.main, job.id)


async def ingest_results(context: Context, job_id: str, kind: str) -> Answer:
    """What became of the rows of a job, as CSV: `successfulResults`, `failedResults` or `unprocessedRecords`.

    Each row has the columns of the file; before them `sf__Id` and `sf__Created`, or `sf__Id` and `sf__Error`.
    """
    job = await job_called(context, job_id, INGEST)
    wanted = kind.lower()
    if wanted not in ("successfulresults", "failedresults", "unprocessedrecords"):
        raise HttpError("NOT_FOUND", f"there is no resource {kind[:80]} of a job")
    return streamed(context, results_of(context.store.database.main, job, wanted), {})


def state_of(job: Job) -> str:
    """The state of a job of Bulk API 2.0, which has one batch at most."""
    if job.state == "Aborted":
        return "Aborted"
    if job.state == "Open":
        return "Open"
    if job.failed_batches:
        return "Failed"
    if job.in_progress:
        return "InProgress"
    return "UploadComplete" if job.queued else "JobComplete"


def shown(job: Job) -> BulkJob:
    """A job as it is answered."""
    is_open_ingest = job.kind == "ingest" and job.state == "Open"
    return BulkJob(
        id=job.id,
        operation=job.operation,
        object=job.object,
        created_by_id=job.created_by_id,
        created_date=moment_text(job.created_date),
        system_modstamp=moment_text(max(job.system_modstamp, job.touched or job.system_modstamp)),
        state=job.state if job.kind == "classic" else state_of(job),
        external_id_field_name=job.external_id_field_name,
        concurrency_mode=job.concurrency_mode,
        content_type=job.content_type,
        api_version=Decimal(f"{job.api_version}.0"),
        job_type=TYPES[job.kind],
        content_url=f"services/data/v{job.api_version}.0/jobs/ingest/{to_18(job.id)}/batches"
        if is_open_ingest
        else None,
        line_ending=job.line_ending,
        column_delimiter=job.column_delimiter,
        number_records_processed=job.processed,
        number_records_failed=job.failed,
        total_processing_time=job.total_milliseconds,
        api_active_processing_time=job.active_milliseconds,
        error_message=job.error_message,
    )
