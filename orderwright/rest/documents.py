"""`/openapi.json` and `/docs`, both from the table of operations."""

from __future__ import annotations

import functools
import typing
from collections.abc import Sequence
from typing import Any

from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import CONFLICTS, FRAMEWORK
from orderwright.rest.execute import Answer
from orderwright.rest.idempotency import LONGEST_KEY
from orderwright.rest.operation import NEWEST_VERSION, Operation
from orderwright.rest.page import page_of, takes_preview_token
from orderwright.rest.properties import is_struct, properties_of
from orderwright.rest.schemas import Schemas

TITLE = "Orderwright"
ABOUT = (
    "An independent order management system that speaks the publicly documented Salesforce Order Management API. "
    "Amounts are JSON numbers, exact, in the order's currency; ids have 18 characters and are accepted with 15."
)
SCOPES = {"api": "All of the API", "api_read": "What only reads", "refresh_token": "A token to renew the sign-in with"}
TOKENS = {"tokenUrl": "/services/oauth2/token", "scopes": SCOPES}
SECURITY = {
    "oauth": {
        "type": "oauth2",
        "flows": {
            "clientCredentials": TOKENS,
            "password": TOKENS,
            "authorizationCode": TOKENS | {"authorizationUrl": "/services/oauth2/authorize"},
        },
    }
}
CONFLICT_HELP = "It exists or was done already, or is not what was asked for before; errorCode and message say which."
BAD_REQUEST_HELP = "The request is wrong, or a rule refuses it; errorCode and message say which and what to do."


async def openapi_document(context: Context) -> Answer:
    """All operations, their inputs, outputs, errors and examples."""
    return Answer(200, _openapi(context.router.operations))


@functools.lru_cache(4)
def _openapi(operations: Sequence[Operation]) -> bytes:
    schemas = Schemas()
    paths: dict[str, dict[str, Any]] = {}
    for operation in operations:
        paths.setdefault(operation.full_path, {})[operation.method.lower()] = _operation(operation, schemas)
    document = {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": f"{NEWEST_VERSION}.0", "description": ABOUT, "license": LICENSE},
        "servers": [{"url": "/"}],
        "security": [{"oauth": ["api"]}],
        "paths": paths,
        "components": {"schemas": schemas.components, "securitySchemes": SECURITY},
    }
    return to_json(document)


LICENSE = {"name": "Apache-2.0", "identifier": "Apache-2.0"}


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    about: dict[str, Any] = {
        "operationId": operation.handler.__name__,
        "summary": operation.summary,
        "description": operation.description,
        "tags": [operation.tag],
        "parameters": [*_path_parameters(operation), *_other_parameters(operation)],
        "responses": _responses(operation, schemas),
    }
    if operation.public:
        about["security"] = []
    if operation.needs:
        about["x-rights"] = list(operation.needs)
    content = _request_content(operation, schemas)
    if content is not None:
        about["requestBody"] = {"required": True, "content": {operation.media: content}}
    return about


PLAIN_PARAMETERS = {
    "objectName": "Name of the object, as Order.",
    "uploadId": "The uploadId that the upload answered with.",
    "recordId": "Id of the record.",
    "fieldName": "Name of a field that records are looked up by, as Loyalty_Number__c, or Id.",
    "value": "The value that the record has in the field.",
    "queryLocator": "What nextRecordsUrl of the rows before ends with.",
    "actionName": "Name of the action, as cancelOrderItemSummariesSubmit.",
    "organization": "Id of the organization.",
    "user": "Id of the user.",
    "soapVersion": "Version of the SOAP API, as 59.0.",
    "asyncVersion": "Version of the API, as 67.0.",
    "jobId": "Id of the bulk job.",
    "batchId": "Id of the batch.",
    "resultId": "Id of the result, as the batch lists it.",
    "kind": "successfulResults, failedResults or unprocessedRecords, in any letter case.",
    "relationship": "Name of a relationship, as OrderItemSummaries or Account.",
}


def _optional(name: str, place: str, text: str, **schema: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "required": False, "description": text, "schema": {"type": "string", **schema}}


FIELDS = _optional("fields", "query", "Fields to read, separated by commas; all when left out.")
ASKED = {
    "get_record": (FIELDS,),
    "get_related": (FIELDS,),
    "read_records": (_optional("ids", "query", "Ids of the records, separated by commas; at most 2,000."), FIELDS),
    "delete_records": (
        _optional("ids", "query", "Ids of the records, separated by commas; at most 200."),
        _optional("allOrNone", "query", "true: one refused record refuses all.", enum=["true", "false"]),
    ),
    "upsert_record": (_optional("updateOnly", "query", "true: no record is created.", enum=["true", "false"]),),
    "query_job_results": (
        _optional("maxRecords", "query", "How many records this set has at most; 50,000 when left out."),
        _optional("locator", "query", "Where the set begins: the Sforce-Locator of the one before."),
    ),
    "query_job_result_pages": (_optional("locator", "query", "What nextRecordsUrl of the answer before ends with."),),
    **dict.fromkeys(
        ("list_ingest_jobs", "list_query_jobs"),
        (
            _optional("jobType", "query", "Only jobs of this type.", enum=["V2Ingest", "V2Query", "Classic"]),
            _optional("queryLocator", "query", "What nextRecordsUrl of the jobs before ends with."),
        ),
    ),
    "list_recent": (_optional("limit", "query", "How many records, 1 to 200; 10 when left out."),),
    **dict.fromkeys(
        ("get_updated", "get_deleted"),
        (
            _optional("start", "query", "From when on, as 2026-03-01T10:00:00Z; within the last 30 days."),
            _optional("end", "query", "Until when, as 2026-03-01T11:00:00Z; at least a minute later."),
        ),
    ),
}
"""What goes along in the query, by the name of the handler."""
EXPLAIN = _optional("explain", "query", "true adds why each number is what it is.", enum=["true", "false"])
PREVIEW_TOKEN = _optional(
    "Preview-Token", "header", "The header a preview answered with: do exactly what it showed, or refuse with 409."
)
IDEMPOTENCY_KEY = _optional(
    "Idempotency-Key",
    "header",
    "A request sent again with its key is answered as before and not done again.",
    minLength=1,
    maxLength=LONGEST_KEY,
)


def _other_parameters(operation: Operation) -> list[dict[str, Any]]:
    """What may go along in the query and in headers."""
    chosen = (
        (_explains(operation.output), EXPLAIN),
        (takes_preview_token(operation), PREVIEW_TOKEN),
        (operation.method != "GET" and not operation.public and not operation.streamed, IDEMPOTENCY_KEY),
    )
    asked = ASKED.get(operation.handler.__name__, ())
    return [*asked, *(parameter for wanted, parameter in chosen if wanted)]


def _explains(output: Any) -> bool:
    """Whether an output, or one of the `results` in it, has an explanation."""
    about = {p.wire_name: p for p in properties_of(output)} if is_struct(output) else {}
    inner = about.get("results")
    held = typing.get_args(inner.hint) if inner is not None else ()
    return "explanation" in about or any(_explains(part) for part in held)


def _request_content(operation: Operation, schemas: Schemas) -> dict[str, Any] | None:
    if operation.input is None and operation.example is None:
        return {"schema": {"type": "string", "format": "binary"}} if operation.streamed else None
    if operation.streamed and not isinstance(operation.example, str):
        parts = {name: {"type": "string", "format": "binary"} for name in operation.example}
        return {"schema": {"type": "object", "properties": parts, "required": list(parts)}}
    without = {"type": "string" if isinstance(operation.example, str) else "object"}
    schema = schemas.input(operation.input) if operation.input is not None else without
    return {"schema": schema} if operation.example is None else {"schema": schema, "example": operation.example}


def _path_parameters(operation: Operation) -> list[dict[str, Any]]:
    versions = [f"v{number}.0" for number in range(operation.since, NEWEST_VERSION + 1)]
    version = {"type": "string", "enum": versions, "default": versions[-1]}
    found: list[dict[str, Any]] = []
    if not operation.absolute:
        found.append({"name": "version", "in": "path", "required": True, "schema": version})
    for name, (_, object_) in operation.parameters.items():
        schema = {"type": "string"} if object_ is None else {"type": "string", "minLength": 15, "maxLength": 18}
        about = f"Id of a record of {object_}." if object_ else PLAIN_PARAMETERS[name]
        found.append({"name": name, "in": "path", "required": True, "schema": schema, "description": about})
    return found


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    done: dict[str, Any] = {"description": "Done."}
    if operation.output is not None:
        schema = schemas.output(operation.output)
        done["content"] = {operation.answers: {"schema": schema} if operation.answers == "application/json" else {}}
    responses = {str(operation.status): done}
    for status, text in _statuses(operation):
        responses[str(status)] = {
            "description": text,
            "content": {"application/json": {"schema": schemas.errors(operation.manner)}},
        }
    return responses


def _statuses(operation: Operation) -> list[tuple[int, str]]:
    found = [(405, "The resource has other methods.")]
    takes_body = operation.input is not None or operation.streamed
    if takes_body or operation.parameters or operation.handler.__name__ == "token":
        codes = sorted({refusal.code for refusal in operation.refuses if not issubclass(refusal, CONFLICTS)})
        found.append((400, f"{BAD_REQUEST_HELP} {', '.join(codes)}".strip()))
    if not operation.public or operation.handler.__name__ == "token":
        found.append((401, "No access token, or not a good one." if not operation.public else "Wrong id or secret."))
    if operation.needs:
        found.append((403, f"A right is missing. Needed: {', '.join(operation.needs)}."))
    if not operation.absolute:
        found.append((404, "No such resource in this version, or no such record."))
    conflicts = [refusal.code for refusal in operation.refuses if issubclass(refusal, CONFLICTS)]
    if operation.method != "GET" and not operation.public and not operation.streamed:
        conflicts += [entry.code for entry in FRAMEWORK if entry.status == 409]
    if conflicts:
        found.append((409, f"{CONFLICT_HELP} {', '.join(sorted(conflicts))}"))
    if takes_body:
        found += [(413, "The body is too large."), (415, f"The body is not {operation.media}.")]
    return sorted(found)


async def docs_page(context: Context) -> Answer:
    """The same as `/openapi.json`, to read: operations by subject, with examples, and the catalogue of errors."""
    page = _page(context.router.operations, context.received.base_url)
    return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})


@functools.lru_cache(4)
def _page(operations: Sequence[Operation], base_url: str) -> bytes:
    return page_of(operations, TITLE, ABOUT, base_url).encode()
