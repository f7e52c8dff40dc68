"""GET /actions/standard/{actionName}: what an action takes and gives, from the inputs and outputs of its operation.

Source: REST API guide, Invocable Actions Standard, and the Actions developer guide (documented: the properties of an
action and of its parameters); `properties`, which tells what is inside a parameter, is an extension.
"""

from __future__ import annotations

import datetime as dt
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from orderwright.rest.actions.action import Invocable, Parameter, needed_invocable
from orderwright.rest.actions.table import ACTIONS
from orderwright.rest.codec import About
from orderwright.rest.context import Context
from orderwright.rest.properties import IdOf, Property, is_struct, optional_of, properties_of, unwrapped

TYPES: Mapping[Any, str] = {
    str: "STRING", bool: "BOOLEAN", int: "NUMBER", Decimal: "NUMBER", dt.datetime: "DATETIME", dt.date: "DATE",
}  # fmt: skip
CLASS, REFERENCE, ANY = "APEX", "REFERENCE", "ANY"


Inside = Annotated[
    list[dict[str, Any]],
    About("Extension: the properties of what is inside, each with those inside it, as far as this version knows them."),
]


class ActionInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an action is given."""

    apex_class: str | None
    byte_length: int = 0
    description: str
    label: str
    max_occurs: int = 1
    name: str
    picklist_values: None = None
    properties: Inside = []
    required: bool
    sobject_type: str | None = None
    type: str


class ActionOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What an action answers."""

    apex_class: str | None
    description: str
    label: str
    max_occurs: int = 1
    name: str
    picklist_values: None = None
    properties: Inside = []
    sobject_type: str | None = None
    type: str


class ActionDescription(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """An action."""

    category: str
    description: str
    inputs: tuple[ActionInput, ...]
    label: str
    name: str
    outputs: tuple[ActionOutput, ...]
    standard: bool = True
    target_entity_name: str | None = None
    type: str


async def describe_action(context: Context, action_name: str) -> ActionDescription:
    """Describes an action: its inputs, and what it answers."""
    invocable = needed_invocable(context, ACTIONS, action_name)
    action, operation = invocable.action, invocable.operation
    return ActionDescription(
        category=action.category,
        description=operation.description,
        inputs=tuple(_input(invocable, p, context.version) for p in properties_of(invocable.inputs)),
        label=action.label,
        name=action.name,
        outputs=(_output(action.output, _part(operation.output, action.one_of, 1), context.version),),
        type=action.type,
    )


def _part(hint: Any, one_of: tuple[str, str] | None, side: int) -> Any:
    """The type of a parameter: an operation's input or output, or that of the elements of its list."""
    if one_of is None:
        return hint
    whole = next(p.hint for p in properties_of(hint) if p.wire_name == one_of[side])
    return typing.get_args(unwrapped(whole)[0])[0]


def _input(invocable: Invocable, given: Property, version: int) -> ActionInput:
    action = invocable.action
    if action.body is None or given.wire_name != action.body.name:
        return ActionInput(
            apex_class=None,
            description=given.text,
            label=_label(given.wire_name),
            name=given.wire_name,
            required=given.required,
            type=_type(given.hint),
        )
    part = _part(invocable.operation.input, action.one_of, 0)
    return ActionInput(
        apex_class=f"ConnectApi.{action.body.apex}",
        description=_first_line(part),
        label=_label(given.wire_name),
        name=given.wire_name,
        properties=_inside(part, version),
        required=True,
        type=CLASS,
    )


def _output(parameter: Parameter, part: Any, version: int) -> ActionOutput:
    return ActionOutput(
        apex_class=f"ConnectApi.{parameter.apex}",
        description=_first_line(part),
        label=_label(parameter.name),
        name=parameter.name,
        properties=_inside(part, version),
        type=CLASS,
    )


def _inside(hint: Any, version: int) -> list[dict[str, Any]]:
    """What a Struct holds, in `version`; nothing for any other type."""
    bare, _ = _one(hint)
    return [_property(p, version) for p in properties_of(bare) if p.since <= version] if is_struct(bare) else []


def _property(found: Property, version: int) -> dict[str, Any]:
    bare, is_collection = _one(found.hint)
    values = typing.get_args(bare) if typing.get_origin(bare) is typing.Literal else None
    return {
        "description": found.text,
        "isCollection": is_collection,
        "name": found.wire_name,
        "picklistValues": None if values is None else [{"label": value, "value": value} for value in values],
        "properties": _inside(found.hint, version),
        "required": found.required,
        "type": _type(found.hint),
    }


def _one(hint: Any) -> tuple[Any, bool]:
    """A type without what may be around it, and whether there can be several."""
    bare, _ = unwrapped(hint)
    inside = optional_of(bare)
    if inside is not None:
        return _one(inside)
    if typing.get_origin(bare) in (list, tuple):
        return _one(typing.get_args(bare)[0])[0], True
    return bare, False


def _type(hint: Any) -> str:
    bare, _ = _one(hint)
    if _names_records(hint):
        return REFERENCE
    if is_struct(bare):
        return CLASS
    return "STRING" if typing.get_origin(bare) is typing.Literal else TYPES.get(bare, ANY)


def _names_records(hint: Any) -> bool:
    bare, marks = unwrapped(hint)
    if any(isinstance(mark, IdOf) for mark in marks):
        return True
    inner = optional_of(bare)
    items = typing.get_args(bare)[:1] if typing.get_origin(bare) in (list, tuple) else ()
    return any(_names_records(part) for part in (*((inner,) if inner is not None else ()), *items))


def _label(name: str) -> str:
    """`orderSummaryId` -> `Order Summary Id`."""
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in name)
    return (spaced[:1].upper() + spaced[1:]).replace("O C I", "OCI").replace("F O ", "FO ")


def _first_line(part: Any) -> str:
    return (part.__doc__ or "").split("\n", 1)[0]
