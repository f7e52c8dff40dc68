"""/jobs/query: queries that are asked in the background, and whose results are fetched as files (Bulk API 2.0)."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.rights import Rights
from orderwright.objects.definition import Id
from orderwright.objects.identity import to_18
from orderwright.rest.bulk.found import Asked, as_csv
from orderwright.rest.bulk.ingest import BulkJobs, JobStateInput, change_state, delete_ended, listed, state_of
from orderwright.rest.bulk.jobs import (
    QUERIES,
    InvalidJobState,
    delimiter_named,
    ending_named,
    job_called,
    locator_of,
    new_job_id,
    one_of,
    start_of,
)
from orderwright.rest.bulk.receive import new_batch
from orderwright.rest.bulk.streaming import streamed
from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import Undone, plain_body
from orderwright.rest.execute import Answer
from orderwright.rest.properties import About, OnlyWhenSet
from orderwright.rest.query.query import dialect_of
from orderwright.rest.sobjects.show import moment_text
from orderwright.soql.arguments import Asked as Asking
from orderwright.soql.compile import Plan
from orderwright.soql.errors import QueryError, described
from orderwright.soql.names import Dialect
from orderwright.soql.prepare import Prepared, prepare_afresh
from orderwright.soql.read import read_query
from orderwright.soql.shape import Children, Parent
from orderwright.store.bulk_jobs import Batch, Job, add_batch, add_job, batches_of, wake_workers

QUERY = ("query",)
MOST_RECORDS = 50_000
"""Records in one set of results, unless the client says how many it wants."""
LARGEST_SET = 1_000_000
PAGES = 5
"""Sets of results that one answer names (documented)."""


class NotInBulk(QueryError):
    """A query that only the query resource answers: groups, child records, OFFSET, TYPEOF."""

    code = "FUNCTIONALITY_NOT_ENABLED"


class QueryJobInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A query to be asked."""

    operation: Annotated[str, About("query, or queryAll to find deleted records too.")]
    query: str
    content_type: str | None = None
    column_delimiter: str | None = None
    line_ending: str | None = None


class QueryJob(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A query job, and how far it is: UploadComplete, InProgress, then JobComplete, Failed or Aborted."""

    id: Id
    operation: str
    object: str
    created_by_id: Id
    created_date: str
    system_modstamp: str
    state: str
    concurrency_mode: str = "Parallel"
    content_type: str = "CSV"
    api_version: Decimal
    job_type: str = "V2Query"
    line_ending: str
    column_delimiter: str
    number_records_processed: int = 0
    retries: int = 0
    total_processing_time: Annotated[int, About("Milliseconds.")] = 0
    error_message: Annotated[str | None, OnlyWhenSet()] = None


async def create_query_job(context: Context, body: QueryJobInput) -> QueryJob:
    """Makes a job that asks a SOQL query. What it finds is of one moment, and kept for seven days."""
    operation = one_of(body.operation, "operation", QUERIES)
    one_of(body.content_type, "contentType", ("CSV",), "CSV")
    try:
        plan = checked_plan(context, body.query, all_rows=operation == "queryAll")
    except QueryError as error:
        raise type(error)(described(error, body.query)) from None
    now = context.store.now()
    job = Job(
        id=new_job_id(context),
        kind="query",
        operation=operation,
        object=plan.object,
        state="Closed",
        column_delimiter=delimiter_named(body.column_delimiter),
        line_ending=ending_named(body.line_ending),
        api_version=context.version,
        rights=tuple(sorted(context.rights.granted)),
        created_by_id=context.call.user_id,
        created_date=now,
        system_modstamp=now,
    )
    async with context.store.database.main.acquire() as session, session.transaction():
        await add_job(session, job)
        await add_batch(session, new_batch(context, job, "Queued", query=body.query))
        await wake_workers(session)
    return shown_query(await job_called(context, job.id, QUERY))


def checked_plan(context: Context, text: str, *, all_rows: bool) -> Plan:
    """The plan of a query that a bulk job may ask. Raises QueryError."""
    if not text.strip():
        raise RequiredFieldMissing("query is missing; send a SOQL query", "query")
    query = read_query(text)
    prepared = prepare_afresh(text, dialect_of(context, all_rows=all_rows))
    prepared.arguments(Asking(prepared.texts, context.store.now(), context.call.user_id))
    if query.offset is not None:
        raise NotInBulk("OFFSET is not supported in bulk queries; fetch the results in sets")
    if prepared.plan.kind != "rows":
        raise NotInBulk("Aggregate functions and GROUP BY are not supported in bulk queries")
    _refuse_nested(prepared.plan.record.members)
    return prepared.plan


def _refuse_nested(members: Any) -> None:
    for member in members:
        if isinstance(member, Children):
            raise NotInBulk(f"Child records ({member.name}) are not supported in bulk queries; query them themselves")
        if isinstance(member, Parent):
            if member.branches:
                raise NotInBulk("TYPEOF is not supported in bulk queries")
            _refuse_nested(member.members)


async def list_query_jobs(context: Context) -> BulkJobs:
    """Lists the query jobs that you made; an administrator sees all."""
    return await listed(context, "query", ("query", "classic"))


async def get_query_job(context: Context, job_id: str) -> QueryJob:
    """Says how far a query job is."""
    return shown_query(await job_called(context, job_id, QUERY))


async def change_query_job(context: Context, job_id: str, body: JobStateInput) -> QueryJob:
    """Gives a query job up (`state` Aborted)."""
    job = await job_called(context, job_id, QUERY)
    one_of(body.state, "state", ("Aborted",))
    await change_state(context, job, "Aborted")
    return shown_query(await job_called(context, job.id, QUERY))


async def delete_query_job(context: Context, job_id: str) -> None:
    """Forgets a query job with its results, once it is over."""
    await delete_ended(context, await job_called(context, job_id, QUERY))


async def query_job_results(context: Context, job_id: str) -> Answer:
    """A set of the results of a query job as CSV; `maxRecords` says how many, `locator` where it begins.

    The header `Sforce-Locator` names the next set, or is `null`; `Sforce-NumberOfRecords` says how many are in this.
    """
    job, batch = await _complete(context, job_id)
    start, most = start_of(context.query.get("locator")), _most(context)
    end = min(start + most, batch.processed)
    asked = asked_of(context, job, batch)
    headers = {
        "Sforce-Locator": locator_of(end) if end < batch.processed else "null",
        "Sforce-NumberOfRecords": str(max(0, end - start)),
    }
    return streamed(context, as_csv(context.store.database.main, asked, start, end), headers)


async def query_job_result_pages(context: Context, job_id: str) -> dict[str, Any]:
    """Names up to five sets of the results of a query job, which can be fetched at the same time."""
    job, batch = await _complete(context, job_id)
    start = start_of(context.query.get("locator"))
    url = f"/services/data/v{context.version}.0/jobs/query/{to_18(job.id)}"
    starts = range(start, max(batch.processed, 1), MOST_RECORDS)
    more = len(starts) > PAGES
    return {
        "resultPages": [{"resultUrl": f"{url}/results?locator={locator_of(place)}"} for place in starts[:PAGES]],
        "nextRecordsUrl": f"{url}/resultPages?locator={locator_of(starts[PAGES])}" if more else None,
        "done": not more,
    }


async def _complete(context: Context, job_id: str) -> tuple[Job, Batch]:
    """A query job that is complete, and its only batch. Raises InvalidJobState, and Undone for another version."""
    job = await job_called(context, job_id, QUERY)
    if job.api_version != context.version:
        message = f"the job was made in version {job.api_version}.0; get its results in that version"
        raise Undone(Answer(409, to_json(plain_body("INVALID_API_VERSION", message))), 409)
    if state_of(job) != "JobComplete":
        raise InvalidJobState(f"the job is {state_of(job)}; its results can be had when it is JobComplete")
    return job, (await batches_of(context.store.database.main, job.id))[0]


def asked_of(context: Context, job: Job, batch: Batch) -> Asked:
    """The query of a job that was carried out, so that its rows can be read."""
    return Asked(job, batch, prepared_for(context, job, batch.query or "").plan, context.schema)


def prepared_for(context: Context, job: Job, text: str) -> Prepared:
    """The query as it was when the job was made."""
    rights = Rights(frozenset(job.rights))
    return prepare_afresh(text, Dialect(context.schema, job.api_version, job.operation == "queryAll", rights))


def _most(context: Context) -> int:
    text = context.query.get("maxRecords")
    if not text:
        return MOST_RECORDS
    if not (text.isascii() and text.isdigit()) or not int(text[:12]) > 0:
        raise InvalidInput(f"maxRecords is '{text[:40]}'; send a whole number above zero", "maxRecords")
    return min(int(text[:12]), LARGEST_SET)


def shown_query(job: Job) -> QueryJob:
    """A query job as it is answered."""
    return QueryJob(
        id=job.id,
        operation=job.operation,
        object=job.object,
        created_by_id=job.created_by_id,
        created_date=moment_text(job.created_date),
        system_modstamp=moment_text(max(job.system_modstamp, job.touched or job.system_modstamp)),
        state=state_of(job),
        api_version=Decimal(f"{job.api_version}.0"),
        line_ending=job.line_ending,
        column_delimiter=job.column_delimiter,
        number_records_processed=job.processed,
        total_processing_time=job.total_milliseconds,
        error_message=job.error_message,
    )
