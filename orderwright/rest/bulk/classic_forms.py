"""How the older Bulk API says things: jobs, batches, results and errors as XML or as JSON.

A job whose batches are JSON is answered in JSON, all others in XML; what is about no job, as it was asked.
Source: Bulk API guide, "Content Type Header", "JobInfo", "BatchInfo", "Get Batch Results", "Errors" (documented).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from orderwright.decisions.read_bulk import Failure
from orderwright.objects.identity import to_18
from orderwright.rest.bulk.results import csv_text
from orderwright.rest.codec import parse_json, to_json
from orderwright.rest.context import Context
from orderwright.rest.execute import Answer
from orderwright.rest.sobjects.show import moment_text
from orderwright.rest.xml_bodies import UNWRITABLE
from orderwright.store.bulk_jobs import Batch, Job
from orderwright.store.bulk_progress import Outcomes

NAMESPACE = "http://www.force.com/2009/06/asyncapi/dataload"
XML, JSON = "application/xml", "application/json"
MEDIAS = {"XML": XML, "JSON": JSON, "CSV": "text/csv"}
"""Without a charset: there are clients that compare the whole header."""

CODES: Mapping[str, str] = {
    "INVALID_SESSION_ID": "InvalidSessionId",
    "NOT_FOUND": "InvalidJob",
    "INSUFFICIENT_ACCESS": "InvalidUser",
    "INVALIDJOB": "InvalidJob",
    "INVALIDJOBSTATE": "InvalidJobState",
    "INVALIDBATCH": "InvalidBatch",
    "FEATURENOTENABLED": "FeatureNotEnabled",
    "XML_PARSER_ERROR": "InvalidXML",
    "REQUEST_LIMIT_EXCEEDED": "ExceededQuota",
    "METHOD_NOT_ALLOWED": "MethodNotAllowed",
    "SERVER_UNAVAILABLE": "ServerUnavailable",
    "UNKNOWN_EXCEPTION": "Unknown",
}
"""The codes that this API has instead of those of all others."""


def speaks_json(context: Context, job: Job | None) -> bool:
    """Whether the answer to a request, about `job` where there is one, is JSON."""
    if job is not None:
        return job.content_type == "JSON"
    return context.received.headers.get("content-type", "").partition(";")[0].strip().lower() == "application/json"


def answered(context: Context, job: Job | None, root: str, value: Any, status: int = 200) -> Answer:
    """An object as JSON, or as XML below an element called `root`."""
    if speaks_json(context, job):
        return Answer(status, to_json(_written(value)), {"Content-Type": JSON})
    top = etree.Element(root, nsmap={None: NAMESPACE})
    _fill(top, value)
    return Answer(status, etree.tostring(top, encoding="UTF-8", xml_declaration=True), {"Content-Type": XML})


def _written(value: Any) -> Any:
    """`value` with its moments as plain text: the encoder takes no other."""
    if isinstance(value, dict):
        return {name: _written(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_written(inner) for inner in value]
    return value.text if isinstance(value, Moment) else value


def _fill(element: etree._Element, value: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            for each in inner if isinstance(inner, list) else [inner]:
                _fill(etree.SubElement(element, name), each)
    elif isinstance(value, Moment):
        element.text = value.text.replace("+0000", "Z")
    else:
        element.text = UNWRITABLE.sub("\ufffd", str(value).lower() if isinstance(value, bool) else str(value))


class Moment(str):
    """A point in time, which XML writes with a Z and JSON with an offset."""

    __slots__ = ()

    @property
    def text(self) -> str:
        """As JSON has it."""
        return str.__str__(self)


def moment(value: dt.datetime) -> Moment:
    """A point in time as this API writes it."""
    return Moment(moment_text(value))


def job_info(job: Job) -> dict[str, Any]:
    """A job as it is answered."""
    about: dict[str, Any] = {"id": to_18(job.id), "operation": job.operation, "object": job.object}
    about |= {
        "createdById": to_18(job.created_by_id),
        "createdDate": moment(job.created_date),
        "systemModstamp": moment(max(job.system_modstamp, job.touched or job.system_modstamp)),
        "state": job.state,
    }
    if job.external_id_field_name is not None:
        about["externalIdFieldName"] = job.external_id_field_name
    return about | {
        "concurrencyMode": job.concurrency_mode,
        "contentType": job.content_type,
        "numberBatchesQueued": job.queued,
        "numberBatchesInProgress": job.in_progress,
        "numberBatchesCompleted": job.completed,
        "numberBatchesFailed": job.failed_batches,
        "numberBatchesTotal": job.batches,
        "numberRecordsProcessed": job.processed,
        "numberRetries": 0,
        "apiVersion": parse_json(f"{job.api_version}.0".encode()),
        "numberRecordsFailed": job.failed,
        "totalProcessingTime": job.total_milliseconds,
        "apiActiveProcessingTime": job.active_milliseconds,
        "apexProcessingTime": 0,
    }


def batch_info(batch: Batch) -> dict[str, Any]:
    """A batch as it is answered."""
    message = {} if batch.state_message is None else {"stateMessage": batch.state_message}
    return {
        "id": to_18(batch.id),
        "jobId": to_18(batch.job_id),
        "state": batch.state,
        **message,
        "createdDate": moment(batch.created_date),
        "systemModstamp": moment(batch.system_modstamp),
        "numberRecordsProcessed": batch.processed,
        "numberRecordsFailed": batch.failed,
        "totalProcessingTime": batch.total_milliseconds,
        "apiActiveProcessingTime": batch.active_milliseconds,
        "apexProcessingTime": 0,
    }


def result_rows(outcomes: Outcomes) -> list[tuple[str, str, str, str]]:
    """What became of rows, in the columns Id, Success, Created and Error."""
    rows = []
    for place, record_id in enumerate(outcomes.ids):
        failure = outcomes.failures.get(place)
        if record_id is None or failure is not None:
            rows.append((to_18(failure.id) if failure and failure.id else "", "false", "false", str(failure or "")))
        else:
            rows.append((to_18(record_id), "true", "true" if outcomes.is_new(place) else "false", ""))
    return rows


def result_objects(outcomes: Outcomes) -> list[dict[str, Any]]:
    """What became of rows, as JSON has it."""
    return [
        {
            "success": record_id is not None,
            "created": record_id is not None and outcomes.is_new(place),
            "id": None if record_id is None else to_18(record_id),
            "errors": [_error(outcomes.failures[place])] if place in outcomes.failures else [],
        }
        for place, record_id in enumerate(outcomes.ids)
    ]


def _error(failure: Failure) -> dict[str, Any]:
    return {
        "message": failure.message,
        "fields": list(failure.fields),
        "statusCode": failure.code,
        "extendedErrorDetails": None,
    }


def result_elements(outcomes: Outcomes) -> list[bytes]:
    """What became of rows, as elements of XML."""
    return [_element(row) for row in result_objects(outcomes)]


def _element(result: Mapping[str, Any]) -> bytes:
    element = etree.Element("result")
    parts = {name: result[name] for name in ("id", "success", "created") if result[name] is not None}
    errors = [{k: v for k, v in error.items() if v is not None} for error in result["errors"]]
    _fill(element, {**parts, "errors": errors})
    return etree.tostring(element)


def result_csv(rows: Sequence[Sequence[str]], *, header: bool) -> bytes:
    """Rows of a result file."""
    return csv_text([*([("Id", "Success", "Created", "Error")] if header else []), *rows], ",", "\n")


def as_classic(context: Context, answer: Answer) -> Answer:
    """An error as this API answers it; a session that is over with 400, as its clients look for it."""
    found = parse_json(answer.content)[0]
    code = CODES.get(found["errorCode"], found["errorCode"])
    message = "Invalid session id" if code == "InvalidSessionId" else found["message"]
    status = 400 if answer.status < 500 else answer.status
    said = answered(context, None, "error", {"exceptionCode": code, "exceptionMessage": message}, status)
    return Answer(status, said.content, {**answer.headers, **said.headers})
