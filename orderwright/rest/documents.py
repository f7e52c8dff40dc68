"""`/openapi.json` and `/docs`, both from the table of operations."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from html import escape
from typing import Any

import msgspec

from orderwright.rest.codec import to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import CONFLICTS, Entry, catalogue
from orderwright.rest.execute import Answer
from orderwright.rest.operation import NEWEST_VERSION, OLDEST_VERSION, Operation
from orderwright.rest.schemas import Schemas

TITLE = "Orderwright"
ABOUT = (
    "An independent order management system that speaks the publicly documented Salesforce Order Management API. "
    "Amounts are JSON numbers, exact, in the order's currency; ids have 18 characters and are accepted with 15."
)
SECURITY = {
    "oauth": {
        "type": "oauth2",
        "flows": {"clientCredentials": {"tokenUrl": "/services/oauth2/token", "scopes": {"api": "All of the API"}}},
    }
}
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
        "parameters": _path_parameters(operation),
        "responses": _responses(operation, schemas),
    }
    if operation.public:
        about["security"] = []
    if operation.handler.__name__ == "get_record":
        about["parameters"].append(FIELDS_PARAMETER)
    content = _request_content(operation, schemas)
    if content is not None:
        about["requestBody"] = {"required": True, "content": {operation.media: content}}
    return about


PLAIN_PARAMETERS = {
    "objectName": "Name of the object, as Order.",
    "recordId": "Id of the record.",
    "relationship": "Name of a relationship, as OrderItemSummaries or Account.",
}

FIELDS_PARAMETER = {
    "name": "fields",
    "in": "query",
    "required": False,
    "description": "Fields to read, separated by commas; all when left out.",
    "schema": {"type": "string"},
}


def _request_content(operation: Operation, schemas: Schemas) -> dict[str, Any] | None:
    if operation.input is None and operation.example is None:
        return None
    schema = schemas.input(operation.input) if operation.input is not None else {"type": "object"}
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
    if operation.input is not None or operation.parameters or operation.handler.__name__ == "token":
        codes = sorted({refusal.code for refusal in operation.refuses if not issubclass(refusal, CONFLICTS)})
        found.append((400, f"{BAD_REQUEST_HELP} {', '.join(codes)}".strip()))
    if not operation.public or operation.handler.__name__ == "token":
        found.append((401, "No access token, or not a good one." if not operation.public else "Wrong id or secret."))
    if not operation.absolute:
        found.append((404, "No such resource in this version, or no such record."))
    if any(issubclass(refusal, CONFLICTS) for refusal in operation.refuses):
        found.append((409, "It exists already."))
    if operation.input is not None:
        found += [(413, "The body is too large."), (415, "The body is not application/json.")]
    return sorted(found)


async def docs_page(context: Context) -> Answer:
    """The same as `/openapi.json`, to read: operations by subject, with examples, and the catalogue of errors."""
    page = _page(context.router.operations).encode()
    return Answer(200, page, {"Content-Type": "text/html; charset=utf-8"})


STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b2733; }
h1, h2 { line-height: 1.2; } h2 { margin-top: 2.5rem; border-bottom: 1px solid #d5dde5; }
article { margin: 1.5rem 0; padding: 1rem; border: 1px solid #d5dde5; border-radius: 6px; }
h3 { margin: 0; } code, pre { font: 14px/1.5 ui-monospace, monospace; } pre { background: #f4f7fa; padding: .8rem;
overflow-x: auto; } .method { font-weight: 700; color: #0b5cab; } .note { color: #5a6b7b; } td, th { text-align: left;
padding: .25rem 1rem .25rem 0; vertical-align: top; }
"""


@functools.lru_cache(4)
def _page(operations: Sequence[Operation]) -> str:
    tags = list(dict.fromkeys(operation.tag for operation in operations))
    sections = "".join(
        f"<h2>{escape(tag)}</h2>{''.join(_article(o) for o in operations if o.tag == tag)}" for tag in tags
    )
    return (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{TITLE} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{TITLE} API</h1><p>{escape(ABOUT)}</p><p>Versions v{OLDEST_VERSION}.0 to v{NEWEST_VERSION}.0. "
        f'The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>{sections}'
        f"<h2>Errors</h2><table><tr><th>Code</th><th>Status</th><th>Meaning</th></tr>"
        f"{''.join(_row(entry) for entry in catalogue())}</table></body></html>"
    )


def _row(entry: Entry) -> str:
    return f"<tr><td><code>{escape(entry.code)}</code></td><td>{entry.status}</td><td>{escape(entry.meaning)}</td></tr>"


def _article(operation: Operation) -> str:
    since = f" · since v{operation.since}.0" if operation.since > OLDEST_VERSION else ""
    codes = ", ".join(sorted({refusal.code for refusal in operation.refuses}))
    parts = [
        f"<h3>{escape(operation.summary)}</h3>",
        f'<p><span class="method">{operation.method}</span> <code>{escape(operation.full_path)}</code>',
        f'<span class="note">{since}</span></p><p>{escape(operation.description)}</p>',
    ]
    if operation.example is not None:
        parts.append(f"<pre>{escape(_indented(operation.example))}</pre>")
    if codes:
        parts.append(f'<p class="note">Refusals: {escape(codes)}</p>')
    return f'<article id="{operation.handler.__name__}">{"".join(parts)}</article>'


def _indented(example: Any) -> str:
    return msgspec.json.format(to_json(example), indent=2).decode()
