"""What a call raises, the same in-process and over HTTP: one class for each situation a caller treats differently."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec

OutputReader = Callable[[Any], Any]
"""Makes the resource's own output of its decoded JSON."""


class ConnectApiException(Exception):
    """A call that did not do what it was asked for; nothing was stored unless the message says so.

    `error_code` is the stable code, `message` tells field, value, reason and way out. `output` is the resource's own
    output with the same error in it, or None. `status` is the HTTP status, 0 when there was no answer. `fields` names
    fields of a record.
    """

    def __init__(
        self, error_code: str, message: str, status: int = 0, output: Any = None, fields: tuple[str, ...] = ()
    ) -> None:
        super().__init__(error_code, message, status, output, fields)  # all of them, so that it can be pickled
        self.error_code = error_code
        self.message = message
        self.status = status
        self.output = output
        self.fields = fields

    def __str__(self) -> str:
        return f"{self.error_code}: {self.message}"


class RefusedException(ConnectApiException):
    """A rule refuses it, or the input is wrong: sent again it is refused again."""


class ConflictException(RefusedException):
    """It contradicts what is there by now: something has the value already, or the preview is outdated."""


class SessionException(ConnectApiException):
    """Nobody is signed in: wrong credentials, or a token that ended."""


class ForbiddenException(ConnectApiException):
    """A right is missing; the message names it."""


class NotFoundException(ConnectApiException):
    """No record has this id, or the resource is not there."""


class UnavailableException(ConnectApiException):
    """The server or its database is busy or away, or gave no answer: whether it was done has to be read."""


class ServerException(ConnectApiException):
    """A fault of the server; its log has more."""


class NoConnectionException(ConnectApiException):
    """`ConnectApi.…` was called where no connection is open."""


BY_STATUS: dict[int, type[ConnectApiException]] = {
    HTTPStatus.UNAUTHORIZED: SessionException,
    HTTPStatus.FORBIDDEN: ForbiddenException,
    HTTPStatus.NOT_FOUND: NotFoundException,
    HTTPStatus.CONFLICT: ConflictException,
    HTTPStatus.BAD_GATEWAY: UnavailableException,
    HTTPStatus.SERVICE_UNAVAILABLE: UnavailableException,
    HTTPStatus.GATEWAY_TIMEOUT: UnavailableException,
}


class _Error(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An error, in any of the shapes in which one is answered."""

    error_code: str = ""
    message: str = ""
    output: Any = None
    fields: tuple[str, ...] = ()


def exception_of(status: int, body: Any, read_output: OutputReader) -> ConnectApiException:
    """The exception for an answer with this status, above 299, and this decoded body."""
    error = _error_in(body)
    made = BY_STATUS.get(status, ServerException if status >= HTTPStatus.INTERNAL_SERVER_ERROR else RefusedException)
    output = None if error.output is None else read_output(error.output)
    return made(error.error_code or f"HTTP_{status}", error.message, status, output, error.fields)


def _error_in(body: Any) -> _Error:
    """The error of a body: the array, an output that lists errors or has one, or what OAuth answers."""
    if isinstance(body, list) and body and isinstance(body[0], dict):
        return msgspec.convert(body[0], _Error)
    if not isinstance(body, dict):
        return _Error(message=str(body))
    if "error_description" in body:
        return _Error(error_code=str(body.get("error")), message=str(body["error_description"]))
    found = body.get("errors") or [body.get("error")]
    if isinstance(found, list) and isinstance(found[0], dict):
        return msgspec.structs.replace(msgspec.convert(found[0], _Error), output=body)
    return _Error(message=str(body))
