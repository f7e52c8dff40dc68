"""What a Connect property's declaration says beyond its Python type: since when, other names, whose id it is.

    class AdjustItemInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
        adjustment_type: Annotated[str, Alias("appeasementType")]
        order_item_summary_id: Annotated[Id, IdOf("OrderItemSummary")]
        reason_for_change_text: Annotated[str | None, Since(59), Longest(255)] = None

A property without a default is required. The reader, the writer and the OpenAPI page all read this one declaration.
"""

from __future__ import annotations

import functools
import types
import typing
from dataclasses import dataclass
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Since:
    """First API version (major) that knows the property."""

    version: int


class Alias:
    """Further names that are accepted on input; output always has the property's own (decisions.md W7)."""

    __slots__ = ("names",)

    def __init__(self, *names: str) -> None:
        self.names = names


class IdOf:
    """The property holds the id of a record of one of `objects`."""

    __slots__ = ("objects",)

    def __init__(self, *objects: str) -> None:
        self.objects = objects


@dataclass(frozen=True, slots=True)
class Longest:
    """Most characters of a text."""

    characters: int


class Bare:
    """The property's list may also be sent alone, without the object around it, as an example of the manual has it."""

    __slots__ = ()


class OnlyWhenSet:
    """The property is left out of an output in which it is null: an extension that has to be asked for."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class About:
    """What people should know about the property; shown in the OpenAPI page."""

    text: str


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a Connect input or output."""

    name: str
    wire_name: str
    hint: Any
    """The annotation, with its metadata."""
    since: int
    aliases: tuple[str, ...]
    required: bool
    nullable: bool
    text: str
    only_when_set: bool = False
    bare: bool = False


@functools.cache
def properties_of(type_: type) -> tuple[Property, ...]:
    """The properties of a Struct, in order of declaration."""
    hints = typing.get_type_hints(type_, include_extras=True)
    return tuple(_property(info, hints[info.name]) for info in msgspec.structs.fields(type_))


def _property(info: msgspec.structs.FieldInfo, hint: Any) -> Property:
    bare, marks = unwrapped(hint)
    return Property(
        name=info.name,
        wire_name=info.encode_name,
        hint=hint,
        since=next((m.version for m in marks if isinstance(m, Since)), 48),
        aliases=tuple(name for m in marks if isinstance(m, Alias) for name in m.names),
        required=info.required,
        nullable=optional_of(bare) is not None,
        text=next((m.text for m in marks if isinstance(m, About)), ""),
        only_when_set=any(isinstance(m, OnlyWhenSet) for m in marks),
        bare=any(isinstance(m, Bare) for m in marks),
    )


def unwrapped(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint without its Annotated, and the metadata."""
    if typing.get_origin(hint) is typing.Annotated:
        bare, *marks = typing.get_args(hint)
        return bare, tuple(marks)
    return hint, ()


def optional_of(bare: Any) -> Any | None:
    """The hint inside `... | None`; None when null is not allowed."""
    if typing.get_origin(bare) in (typing.Union, types.UnionType):
        inner = [part for part in typing.get_args(bare) if part is not type(None)]
        if len(inner) == 1 and len(typing.get_args(bare)) == 2:
            return inner[0]
    return None


def is_struct(hint: Any) -> bool:
    """Whether a hint is a Struct class."""
    return isinstance(hint, type) and issubclass(hint, msgspec.Struct)
