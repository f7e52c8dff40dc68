"""What an invocable action is: a name, the operation behind it, and what its parameters are called."""

from __future__ import annotations

import difflib
import functools
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec

from orderwright.rest.codec import read
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.operation import Handler, Operation
from orderwright.rest.properties import About, Alias, IdOf
from orderwright.rest.router import Match

STANDARD = "/actions/standard"
WORDS = re.compile("(?<=[a-z])(?=[A-Z])")
"""Where one word ends and the next begins: `…UsingOCI` has no letters apart."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """An input that is a whole body, or an output that is a whole answer."""

    name: str
    apex: str
    """The documented class, without its `ConnectApi.`."""
    also: tuple[str, ...] = ()
    """Further names that are accepted."""


@dataclass(frozen=True, eq=False)  # each stands once in the table
class Action:
    """An invocable action."""

    name: str
    label: str
    handler: Handler
    """Of the operation that the action runs."""
    body: Parameter | None
    """None: the operation has nothing to be told but what is in its path, or `inputs` says it in parts."""
    output: Parameter
    since: int = 48
    one_of: tuple[str, str] | None = None
    """The lists in the operation's body and answer of which the parameters are the one element; None: the whole."""
    inputs: type[msgspec.Struct] | None = None
    """Inputs that stand for the body in parts."""
    body_of: Callable[[Any], Any] | None = None
    """Makes the body of `inputs`."""
    category: str = "Order Management"

    @property
    def type(self) -> str:
        """The name as the platform spells types: `CANCEL_ORDER_ITEM_SUMMARIES_PREVIEW`."""
        return WORDS.sub("_", self.name).upper()


@dataclass(frozen=True, eq=False)
class Invocable:
    """An action with the operation that it runs."""

    action: Action
    operation: Operation

    @property
    def since(self) -> int:
        """First API version that has both."""
        return max(self.action.since, self.operation.since)

    @functools.cached_property
    def inputs(self) -> type[msgspec.Struct]:
        """All inputs as a Struct, so that they are read and described by the rules of every body."""
        if self.action.inputs is not None:
            return self.action.inputs
        fields: list[tuple[str, Any]] = [
            (name, Annotated[str, IdOf(object_), About(f"Id of a record of {object_}.")])
            for name, (_, object_) in self.operation.parameters.items()
            if object_ is not None
        ]
        body = self.action.body
        if body is not None:
            # as it comes: the operation reads it itself
            fields.append((body.name, Annotated[Any, Alias(*body.also)]))
        return msgspec.defstruct(f"{self.action.name}Inputs", fields, frozen=True, kw_only=True)

    def match(self, given: Mapping[str, Any], version: int) -> tuple[Match, Any]:
        """One input as the operation takes it: what stands in the path, and the body. Raises HttpError."""
        found = read(given, self.inputs, version)
        path = {
            parameter: getattr(found, name)
            for name, (parameter, object_) in self.operation.parameters.items()
            if object_ is not None
        }
        return Match(self.operation, version, path), self._body(found)

    def _body(self, found: msgspec.Struct) -> Any:
        action = self.action
        if action.body_of is not None:
            return action.body_of(found)
        if action.body is None:
            return {}
        body = getattr(found, action.body.name)
        return body if action.one_of is None else {action.one_of[0]: [body]}


@functools.lru_cache(4)
def invocables_of(operations: tuple[Operation, ...], actions: tuple[Action, ...]) -> Mapping[str, Invocable]:
    """The actions whose operation is there, by name."""
    by_handler = {operation.handler: operation for operation in operations}
    return {a.name: Invocable(a, by_handler[a.handler]) for a in actions if a.handler in by_handler}


def needed_invocable(context: Context, actions: tuple[Action, ...], name: str) -> Invocable:
    """The action called `name`. Raises HttpError when this version has none, and MissingRight."""
    known = invocables_of(context.router.operations, actions)
    found = known.get(name)
    if found is None:
        close = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean '{close[0]}'?" if close else f"GET {STANDARD} lists all there are"
        raise HttpError("NOT_FOUND", f"there is no action '{name}'; {hint}")
    if context.version < found.since:
        raise HttpError("NOT_FOUND", f"{name} exists since v{found.since}.0; call it in that version")
    context.rights.refuse_without(*found.operation.needs)
    return found
