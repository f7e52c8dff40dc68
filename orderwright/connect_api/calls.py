"""One call: the request, and what is made of its answer. The same for every way of sending it.

A call of a documented method is made from the handler that carries it out on the server: the path is that of its line
in the table of operations, the type of its output is the handler's. The type checker compares the arguments with the
handler's parameters, so the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Concatenate, Generic, ParamSpec, Protocol, TypeVar
from urllib.parse import quote

import httpx

from orderwright.connect_api.exceptions import exception_of
from orderwright.connect_api.wire import content_of, output_of, parsed, refused_output
from orderwright.rest.context import Context
from orderwright.rest.operation import DATA, NEWEST_VERSION, Operation
from orderwright.rest.operations import OPERATIONS

P = ParamSpec("P")
T = TypeVar("T")

BASE = f"{DATA}/v{NEWEST_VERSION}.0"
"""Every call speaks the newest version."""

_BY_HANDLER: Mapping[Callable[..., Any], Operation] = {operation.handler: operation for operation in OPERATIONS}


@dataclass(frozen=True)
class Call(Generic[T]):
    """A request, `path` from the host on, and how its answer is read."""

    method: str
    path: str
    read: Callable[[bytes], T]
    read_refused: Callable[[Any], Any] = field(default=lambda _: None)
    """Makes the output of a refusal from its decoded JSON."""
    content: bytes | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    """The query string."""
    file: tuple[str, tuple[str, bytes, str]] | None = None
    """A part of a form: its name; the file's name, content and type."""

    def request(self, build: Callable[..., httpx.Request], headers: Mapping[str, str]) -> httpx.Request:
        """The request, by the `build_request` of a client, with these headers."""
        about: dict[str, Any] = {"params": self.parameters or None, "headers": dict(headers)}
        if self.file is not None:
            about["files"] = dict([self.file])
        elif self.content is not None:
            about["content"] = self.content
            about["headers"]["Content-Type"] = "application/json"
        return build(self.method, self.path, **about)

    def answer(self, response: httpx.Response) -> T:
        """What the response says. Raises ConnectApiException for one that is no success."""
        if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
            raise exception_of(int(response.status_code), _body(response), self.read_refused)
        return self.read(response.content)


class Asks(Protocol):
    """Sends calls, and returns what they answer."""

    def ask(self, call: Call[T]) -> T:
        """What the call answers. Raises ConnectApiException."""
        ...


def calling(handler: Callable[Concatenate[Context, P], Awaitable[T]], *_: P.args, **arguments: P.kwargs) -> Call[T]:
    """The call that lets `handler` be carried out with these arguments, given by name."""
    operation = _BY_HANDLER[handler]
    given = dict(arguments)
    body = given.pop("body", None)
    output: type[T] = operation.hints["return"]
    return Call(
        operation.method,
        BASE + _filled(operation, given),
        lambda content: output_of(content, output),
        lambda value: refused_output(value, output),
        None if body is None else content_of(body),
    )


def _filled(operation: Operation, given: Mapping[str, object]) -> str:
    path = operation.path
    for place, (name, _) in operation.parameters.items():
        path = path.replace(f"{{{place}}}", quote(str(given[name]), safe=""))
    return path


def _body(response: httpx.Response) -> Any:
    """The decoded body; its text where something in between answers for the server."""
    try:
        return parsed(response.content)
    except ValueError:
        return response.text
