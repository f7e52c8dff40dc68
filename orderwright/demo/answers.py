"""What the API answers, read: exact numbers, and errors with the server's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

NOT_AVAILABLE = (502, 503, 504)
SENT_BACK = "PROCESSING_HALTED"
"""The code of a composite's part that was refused only because of another one."""

_decode = msgspec.json.Decoder(float_hook=Decimal).decode


class ApiError(Exception):
    """A refusal. `errors` are all that the server gave, each with errorCode (or statusCode) and message."""

    def __init__(self, request: str, status: int, errors: Sequence[Mapping[str, Any]]) -> None:
        first = errors[0] if errors else {}
        self.request = request
        self.status = status
        self.errors = errors
        self.error_code = str(first.get("errorCode") or first.get("statusCode") or first.get("error") or status)
        self.message = str(first.get("message") or first.get("error_description") or "no explanation")
        super().__init__(f"{request}: {status} {self.error_code}: {self.message}")


class Unanswered(Exception):
    """A write has no answer, mostly because the connection was lost: it may have happened, or not."""


class Unreachable(Exception):
    """The server did not come back while there was patience."""


class Part(msgspec.Struct, frozen=True):
    """One request of a composite; `path` is relative to the version: `sobjects/Order`."""

    method: str
    path: str
    name: str
    body: Any = None


def result_of(request: str, status: int, answer: bytes) -> Any:
    """The decoded body of a success. Raises ApiError for anything else."""
    try:
        body = _decode(answer) if answer else None
    except msgspec.DecodeError:
        raise ApiError(request, status, [{"message": f"the answer is no JSON: {answer[:200]!r}"}]) from None
    if status >= 300:
        raise ApiError(request, status, errors_in(body))
    return body


def errors_in(body: Any) -> Sequence[Mapping[str, Any]]:
    """The errors of a refusal's body: a list of them, one alone (OAuth), or those of the records of a collection."""
    entries = body if isinstance(body, list) else [body]
    found: list[Mapping[str, Any]] = []
    for entry in entries:
        if isinstance(entry, dict):
            found += entry["errors"] if isinstance(entry.get("errors"), list) else [entry]
    return [error for error in found if error.get("statusCode") != "ALL_OR_NONE_OPERATION_ROLLED_BACK"] or found


def bodies_of(parts: Sequence[Part], output: Mapping[str, Any]) -> list[Any]:
    """What the parts of a composite answered. Raises as `refuse_failed`."""
    answers = output["compositeResponse"]
    for part, answer in zip(parts, answers, strict=True):
        refuse_failed(part, answer)
    return [answer["body"] for answer in answers]


def refuse_failed(part: Part, answer: Mapping[str, Any]) -> None:
    """Raise ApiError when a part of a composite failed by its own fault, Unanswered when the server could not do it."""
    body, status = answer["body"], answer["httpStatusCode"]
    if status in NOT_AVAILABLE:
        raise Unanswered(f"{part.method} {part.path}: the server is not available ({status})")
    is_refused_list = isinstance(body, list) and any(isinstance(r, dict) and r.get("success") is False for r in body)
    if status < 300 and not is_refused_list:
        return
    errors = errors_in(body)
    if not all(error.get("errorCode") == SENT_BACK for error in errors):
        raise ApiError(f"{part.method} {part.path} ({part.name})", status, errors)


def as_decimal(value: Any) -> Decimal:
    """A number of an answer as an exact Decimal."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    raise TypeError(f"{value!r} is no exact number")
