"""Refusal -> HTTP status and body, the only place that knows HTTP codes; and the published catalogue.

Source: decisions.md W1-W4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.decisions.errors import DuplicateValue, PreviewOutdated, Refusal
from orderwright.decisions.rights import MissingRight
from orderwright.objects.identity import to_18
from orderwright.objects.registry import BY_PREFIX
from orderwright.store.transaction import AGAIN, Deleted, NotFound


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the catalogue."""

    code: str
    status: int
    meaning: str


FRAMEWORK: tuple[Entry, ...] = (
    Entry("JSON_PARSER_ERROR", 400, "The body is not valid JSON, or a value has the wrong JSON type."),
    Entry("XML_PARSER_ERROR", 400, "The body is no well-formed XML, has a document type, or is nested too deeply."),
    Entry("INVALID_ID_FIELD", 400, "An id has the wrong shape, or names a record of another object than asked for."),
    Entry("INVALID_FIELD", 400, "A property or field that this version does not know; the message names the nearest."),
    Entry("REQUIRED_FIELD_MISSING", 400, "A property that must be given is missing; the message names it."),
    Entry("STRING_TOO_LONG", 400, "A text is longer than what is kept."),
    Entry("NUMBER_OUTSIDE_VALID_RANGE", 400, "A number is too large, or finer than its currency or field."),
    Entry("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", 400, "A value that is none of those listed."),
    Entry("INVALID_SESSION_ID", 401, "No access token, an unknown one, or one that expired; ask for a new one."),
    Entry("INVALID_SIGNATURE", 401, "A notification that is not from its gateway, too old, or not understood."),
    Entry("INSUFFICIENT_ACCESS", 403, "A right is missing; the message names it. An administrator can give it."),
    Entry("NOT_FOUND", 404, "No such resource in this version, or no record with this id."),
    Entry("ENTITY_IS_DELETED", 404, "The record was deleted."),
    Entry("INVALID_TYPE_FOR_OPERATION", 400, "The object does not support what was asked for; see its describe."),
    Entry("INVALID_REPLICATION_DATE", 400, "A span of time that ends before it begins, or lies too far back."),
    Entry("EXCEEDED_ID_LIMIT", 400, "More records than one answer lists; ask for a shorter span of time."),
    Entry("METHOD_NOT_ALLOWED", 405, "The resource exists and has other methods; the Allow header lists them."),
    Entry("INVALID_IDEMPOTENCY_KEY", 400, "The Idempotency-Key header is empty, too long, or not printable."),
    Entry("IDEMPOTENCY_KEY_REUSED", 409, "The Idempotency-Key was sent before with another request."),
    Entry("IDEMPOTENCY_KEY_IN_USE", 409, "A request with this Idempotency-Key is still being carried out."),
    Entry(
        "REQUEST_LIMIT_EXCEEDED",
        413,
        "The body is larger than this server accepts; send it in parts. With status 403: the requests of 24 hours are "
        "used up; /limits says how many there are.",
    ),
    Entry(
        "UNSUPPORTED_MEDIA_TYPE",
        415,
        "A body must be JSON, or XML where the resource takes it, plain or compressed with gzip.",
    ),
    Entry("PROCESSING_HALTED", 400, "A part of a composite was not done: one that it needs, or all, failed."),
    Entry("ALL_OR_NONE_OPERATION_ROLLED_BACK", 400, "This record is fine; another of the same request is not."),
    Entry("UNKNOWN_EXCEPTION", 500, "A fault of this server; its log has the request id of the X-Request-Id header."),
    Entry("SERVER_UNAVAILABLE", 503, "The database is busy or away; nothing was written. Try again shortly."),
)
"""Errors of the framework: the plain array `[{errorCode, message}]`."""

_STATUS: Mapping[str, int] = {entry.code: entry.status for entry in FRAMEWORK}

CONFLICTS: tuple[type[Refusal], ...] = (DuplicateValue, PreviewOutdated)
"""Refusals that answer 409 on Connect resources; every other one answers 400."""


class HttpError(Exception):
    """A request that never got as far as a decision. Its code is in `FRAMEWORK`."""

    def __init__(self, code: str, message: str, *fields: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.fields = fields
        self.headers = headers or {}
        self.status = _STATUS[code]


def too_many_requests(most: int) -> HttpError:
    """The error once the requests of 24 hours are used up: the platform's code, which has another status here."""
    error = HttpError("REQUEST_LIMIT_EXCEEDED", f"TotalRequests Limit exceeded: {most} requests in 24 hours")
    error.status = HTTPStatus.FORBIDDEN
    return error


class Undone(Exception):
    """Nothing was done, and `result` is the answer; raised inside a transaction it rolls all of it back."""

    def __init__(self, result: Any, status: int = 400) -> None:
        super().__init__("nothing was done")
        self.result = result
        self.status = status


class Unsettled(Exception):
    """What was asked for is under way, and `result` says as much; the same key sent again tells what is known then."""

    def __init__(self, result: Any) -> None:
        super().__init__("the outcome is not known yet")
        self.result = result


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal on a Connect resource."""
    return _status_of(type(refusal))


def _status_of(refusal: type[Refusal]) -> int:
    if issubclass(refusal, MissingRight):
        return HTTPStatus.FORBIDDEN
    return HTTPStatus.CONFLICT if issubclass(refusal, CONFLICTS) else HTTPStatus.BAD_REQUEST


def as_refusal(error: Exception) -> Refusal | None:
    """The refusal in `error`; arithmetic's own errors count as one. None for anything else."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, InvalidAmount | UnknownCurrency):
        refusal = Refusal(str(error))
        refusal.code = "NUMBER_OUTSIDE_VALID_RANGE" if isinstance(error, InvalidAmount) else "INVALID_INPUT"
        return refusal
    return None


def as_http_error(error: Exception) -> HttpError | None:
    """`error` as one of the framework, when it is not the server's fault; None for a fault of ours."""
    if isinstance(error, HttpError):
        return error
    if isinstance(error, Deleted):
        return HttpError("ENTITY_IS_DELETED", f"the record with the id {error.record_id} was deleted")
    if isinstance(error, NotFound):
        return HttpError("NOT_FOUND", f"there is no record with the id {error.record_id}, or it was deleted")
    if isinstance(error, RecursionError):
        return HttpError("JSON_PARSER_ERROR", "the request is nested too deeply; send flat objects")
    if isinstance(error, (*AGAIN, OSError)):
        message = "the database is busy or cannot be reached, and nothing was written; try again shortly"
        return HttpError("SERVER_UNAVAILABLE", message, headers={"Retry-After": "1"})
    return None


_ID = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{15}(?![0-9A-Za-z])")


def spoken(message: str) -> str:
    """A message whose ids have 18 characters, as everywhere on the wire."""
    return _ID.sub(lambda found: to_18(found[0]) if found[0][:3] in BY_PREFIX else found[0], message)


def plain_body(code: str, message: str) -> list[dict[str, Any]]:
    """The body of a framework error."""
    return [{"errorCode": code, "message": spoken(message)}]


def record_body(code: str, message: str, fields: tuple[str, ...]) -> list[dict[str, Any]]:
    """The body of a refusal on an sObject resource."""
    return [{"message": spoken(message), "errorCode": code, "fields": list(fields)}]


def output_body(refusal: Refusal, output: Any) -> list[dict[str, Any]]:
    """The body of a refusal on a Connect resource; `output` is the resource's own, empty but for the error."""
    return [
        {"errorCode": refusal.code, "message": spoken(refusal.message), "output": output, "enhancedErrorType": None},
    ]


def error_of(refusal: Refusal) -> dict[str, str]:
    """A refusal as an output's `errors` list it."""
    return {"errorCode": refusal.code, "message": spoken(refusal.message)}


def catalogue() -> list[Entry]:
    """Every error code there is, with status and meaning, by code."""
    entries: dict[str, Entry] = {}
    for refusal in _refusals(Refusal):
        status = _status_of(refusal)
        entries.setdefault(refusal.code, Entry(refusal.code, status, (refusal.__doc__ or "").split("\n", 1)[0]))
    entries |= {entry.code: entry for entry in FRAMEWORK}
    return sorted(entries.values(), key=lambda entry: entry.code)


def _refusals(parent: type[Refusal]) -> Iterator[type[Refusal]]:
    for child in parent.__subclasses__():
        yield child
        yield from _refusals(child)
