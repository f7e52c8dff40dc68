"""Bulk jobs."""

from __future__ import annotations

from typing import Any

from orderwright.decisions import errors as refusals
from orderwright.decisions.read_bulk import InvalidBatch
from orderwright.rest.bulk.classic import (
    add_classic_batch,
    change_classic_job,
    create_classic_job,
    get_classic_batch,
    get_classic_job,
    get_classic_query_result,
    get_classic_request,
    get_classic_result,
    list_classic_batches,
)
from orderwright.rest.bulk.classic_forms import as_classic
from orderwright.rest.bulk.ingest import (
    change_ingest_job,
    create_ingest_job,
    delete_ingest_job,
    get_ingest_job,
    ingest_results,
    list_ingest_jobs,
    upload_job_data,
)
from orderwright.rest.bulk.jobs import HardDeleteNotEnabled, InvalidJob, InvalidJobState, JobNotTerminated
from orderwright.rest.bulk.query_jobs import (
    NotInBulk,
    change_query_job,
    create_query_job,
    delete_query_job,
    get_query_job,
    list_query_jobs,
    query_job_result_pages,
    query_job_results,
)
from orderwright.rest.operation import Handler, Operation
from orderwright.rest.operations.query import QUERY_REFUSALS

JOB_REFUSALS = (refusals.InvalidInput, refusals.RequiredFieldMissing, InvalidJob, HardDeleteNotEnabled)
INGEST, QUERY = "/jobs/ingest", "/jobs/query"
JOB = "/services/async/{asyncVersion}/job"
BATCH = f"{JOB}/{{jobId}}/batch"
CLASSIC_JOB = {"operation": "insert", "object": "Account", "contentType": "JSON"}


def bulk(method: str, path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """A resource of Bulk API 2.0; which rights are needed depends on the job, so handlers check."""
    return Operation(method, path, handler, summary, **{"tag": "Bulk", "rights": (), **about})


def classic(method: str, path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """A resource of the older Bulk API, which has errors of its own."""
    known = {"absolute": True, "refused": as_classic, "answers": "application/xml", "tag": "Bulk (older API)"}
    return bulk(method, path, handler, summary, **known | about)


BULK = (
    bulk(
        "POST", INGEST, create_ingest_job, "Make a job that writes records", raw=True, refuses=JOB_REFUSALS,
        example={"object": "Account", "operation": "insert", "contentType": "CSV", "lineEnding": "LF"},
    ),
    bulk("GET", INGEST, list_ingest_jobs, "List the jobs that write records"),
    bulk("GET", f"{INGEST}/{{jobId}}", get_ingest_job, "See how far a job is"),
    bulk(
        "PUT", f"{INGEST}/{{jobId}}/batches", upload_job_data, "Upload the file of a job", streamed=True, status=201,
        example="Name,BillingCity\nAda Lovelace,London\n",
        media="text/csv", refuses=(InvalidBatch, InvalidJob, InvalidJobState),
    ),
    bulk(
        "PATCH", f"{INGEST}/{{jobId}}", change_ingest_job, "Complete or abort a job",
        refuses=(refusals.InvalidInput, InvalidJobState), example={"state": "UploadComplete"},
    ),
    bulk(
        "DELETE", f"{INGEST}/{{jobId}}", delete_ingest_job, "Forget a job", status=204, refuses=(JobNotTerminated,),
    ),
    bulk(
        "GET", f"{INGEST}/{{jobId}}/{{kind}}", ingest_results, "Get what became of the rows of a job",
        answers="text/csv", refuses=(InvalidBatch,),
    ),
    bulk(
        "POST", QUERY, create_query_job, "Make a job that asks a query",
        refuses=(refusals.InvalidInput, refusals.RequiredFieldMissing, NotInBulk, *QUERY_REFUSALS),
        example={"operation": "query", "query": "SELECT Id, Name FROM Account"},
    ),
    bulk("GET", QUERY, list_query_jobs, "List the jobs that ask queries"),
    bulk("GET", f"{QUERY}/{{jobId}}", get_query_job, "See how far a query job is"),
    bulk(
        "PATCH", f"{QUERY}/{{jobId}}", change_query_job, "Abort a query job",
        refuses=(refusals.InvalidInput, InvalidJobState), example={"state": "Aborted"},
    ),
    bulk(
        "DELETE", f"{QUERY}/{{jobId}}", delete_query_job, "Forget a query job", status=204,
        refuses=(JobNotTerminated,),
    ),
    bulk(
        "GET", f"{QUERY}/{{jobId}}/results", query_job_results, "Get the results of a query job", answers="text/csv",
        refuses=(refusals.InvalidInput, InvalidJobState),
    ),
    bulk(
        "GET", f"{QUERY}/{{jobId}}/resultPages", query_job_result_pages, "Get the places of results",
        since=58, refuses=(InvalidJobState,),
    ),
    classic(
        "POST", JOB, create_classic_job, "Make a job", raw=True, status=201, refuses=JOB_REFUSALS, example=CLASSIC_JOB,
    ),
    classic("GET", f"{JOB}/{{jobId}}", get_classic_job, "See how far a job is"),
    classic(
        "POST", f"{JOB}/{{jobId}}", change_classic_job, "Close or abort a job", raw=True,
        refuses=(refusals.InvalidInput, InvalidJobState), example={"state": "Closed"},
    ),
    classic(
        "POST", BATCH, add_classic_batch, "Add a batch to a job", streamed=True, status=201, media="text/csv",
        example="Name,BillingCity\nAda Lovelace,London\n",
        refuses=(InvalidBatch, InvalidJobState),
    ),
    classic("GET", BATCH, list_classic_batches, "List the batches of a job"),
    classic("GET", f"{BATCH}/{{batchId}}", get_classic_batch, "See how far a batch is", refuses=(InvalidBatch,)),
    classic(
        "GET", f"{BATCH}/{{batchId}}/request", get_classic_request, "Get what was sent as a batch", answers="text/csv",
        refuses=(InvalidBatch,),
    ),
    classic(
        "GET", f"{BATCH}/{{batchId}}/result", get_classic_result, "Get what became of a batch", answers="text/csv",
        refuses=(InvalidBatch,),
    ),
    classic(
        "GET", f"{BATCH}/{{batchId}}/result/{{resultId}}", get_classic_query_result, "Get what a query found",
        answers="text/csv", refuses=(InvalidBatch,),
    ),
)  # fmt: skip
