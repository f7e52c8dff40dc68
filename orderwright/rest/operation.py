"""One operation of the API; routing, validation, OpenAPI and the page to read are all made from these.

What a handler takes and returns is read from its signature: `body` is the input, the return type the output, every
other parameter but `context` and `writing` a part of the path. `{orderSummaryId}` in a path is passed as
`order_summary_id`, checked to be the id of an OrderSummary; a part that names no object is passed as text.
"""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from orderwright.decisions.errors import Refusal
from orderwright.decisions.rights import RUN
from orderwright.objects.definition import to_record_name, to_wire_name
from orderwright.objects.registry import BY_LOWER_NAME, BY_NAME
from orderwright.rest import codec
from orderwright.rest.payments.leniency import read_leniently

SHORT_NAMES = {"authorizationId": "PaymentAuthorization"}
"""Objects of path parts whose documented names do not say them."""

OLDEST_VERSION, NEWEST_VERSION = 48, 67
DATA = "/services/data"
VERSIONED = f"{DATA}/{{version}}"

VERBS = {"GET": "Read", "HEAD": "Read", "POST": "Create", "PATCH": "Edit", "PUT": "Edit", "DELETE": "Delete"}

Handler = Callable[..., Awaitable[Any]]
Manner = Literal["connect", "records", "plain"]
"""How refusals look: with the resource's own output, as sObject resources have them, or as the plain array."""


@dataclass(frozen=True, eq=False)  # each stands once in the table
class Operation:
    """A method on a path. `path` is below /services/data/vXX.X, unless `absolute`."""

    method: str
    path: str
    handler: Handler
    summary: str
    since: int = OLDEST_VERSION
    status: int = 200
    refuses: tuple[type[Refusal], ...] = ()
    example: Any = None
    manner: Manner = "plain"
    absolute: bool = False
    public: bool = False
    """Needs no access token."""
    media: str = "application/json"
    """What the body is sent as."""
    answers: str = "application/json"
    location: Callable[[Any], str] | None = None
    """Where the made record is, below /services/data/vXX.X, from the answer."""
    status_for: Callable[[Any], int] | None = None
    """The status of an answer, where it is not always the same."""
    tag: str = "Order management"
    read: Callable[[Any, Any, int], Any] = codec.read
    """What makes the input of the decoded body."""
    raw: bool = False
    """The body is passed on untouched, whatever it is sent as."""
    streamed: bool = False
    """The body may be as large as a file, and goes to the handler as it comes in: it takes no Idempotency-Key."""
    pays: bool = False
    """Takes the idempotency key of payments, in the body or in a header of its own, too."""
    rights: tuple[str, ...] | None = None
    """The rights a caller needs, all of them (decisions/rights.py); None: what method and name say, see `needs`. A part
    of the path stands for itself: `Read {objectName}`. What only the body tells the handler checks itself."""
    refused: Callable[[Any, Any], Any] | None = None
    """What makes of the usual answer to an error the one of this resource, which has a form of its own."""
    holds_others: bool = False
    """Its body is made of other requests: it cannot be one of them itself."""
    aliases: tuple[str, ...] = ()
    """Further paths that lead here, with the same parts: misprints and page titles of the manual (decisions.md W7)."""

    @property
    def full_path(self) -> str:
        return self.path if self.absolute else VERSIONED + self.path

    @property
    def full_paths(self) -> tuple[str, ...]:
        """The path and its aliases."""
        return (self.full_path, *(alias if self.absolute else VERSIONED + alias for alias in self.aliases))

    @property
    def description(self) -> str:
        return inspect.getdoc(self.handler) or ""

    @cached_property
    def hints(self) -> Mapping[str, Any]:
        return typing.get_type_hints(self.handler, include_extras=True)

    @cached_property
    def input(self) -> Any | None:
        """The type of the body; None when there is none."""
        return self.hints.get("body")

    @cached_property
    def output(self) -> Any | None:
        """The type of the answer; None when it is empty."""
        found = self.hints.get("return")
        return None if found is type(None) else found

    @cached_property
    def action(self) -> str:
        """The name by which the right to run this is given: `submit-cancel`."""
        return self.handler.__name__.replace("_", "-")

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The rights a caller needs, with parts of the path as they stand in it; none: signed in is enough."""
        if self.rights is not None or self.public:
            return self.rights or ()
        if "{objectName}" in self.path:
            return (f"{VERBS[self.method]} {{objectName}}",)
        if self.manner == "records" or (self.manner == "plain" and self.method == "GET"):
            return ()
        return (f"{RUN} {self.action}",)

    def needs_for(self, parameters: Mapping[str, Any]) -> tuple[str, ...]:
        """The rights a caller needs for one request, whose path has these `parameters`."""
        name = parameters.get("object_name")
        if name is None:
            return self.needs
        definition = BY_LOWER_NAME.get(name.lower())
        return tuple(right.replace("{objectName}", definition.name if definition else name) for right in self.needs)

    @cached_property
    def writes(self) -> bool:
        """Whether the handler works inside a transaction it is given."""
        return "writing" in self.hints

    @cached_property
    def parameters(self) -> Mapping[str, tuple[str, str | None]]:
        """The parts of the path: the handler's name and the object whose id it is, by name in the template."""
        return {name: _parameter(name) for name in re.findall(r"\{(\w+)\}", self.path)}


def _parameter(name: str) -> tuple[str, str | None]:
    object_ = SHORT_NAMES.get(name) or to_wire_name(to_record_name(name)).removesuffix("Id")
    return to_record_name(name), object_ if object_ in BY_NAME and name.endswith("Id") else None


def connect(method: str, path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """A Connect resource: 201 on success, refusals carry the resource's own output (decisions.md W1, W2)."""
    return Operation(method, path, handler, summary, **{"status": 201, "manner": "connect", **about})


def payment(path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """A payment call: it may carry the idempotency key of payments, and empty texts in it mean nothing."""
    return connect("POST", path, handler, summary, **{"tag": "Payments", "pays": True, "read": read_leniently, **about})


def records(method: str, path: str, handler: Handler, summary: str, **about: Any) -> Operation:
    """An sObject resource: refusals name fields."""
    return Operation(method, path, handler, summary, **{"manner": "records", "tag": "Records", **about})
