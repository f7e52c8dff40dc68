"""GET /actions, /actions/standard and /actions/custom: which actions there are."""

from __future__ import annotations

import msgspec

from orderwright.rest.actions.action import STANDARD, invocables_of
from orderwright.rest.actions.table import ACTIONS
from orderwright.rest.context import Context


class ActionKinds(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where the lists of actions are."""

    standard: str
    custom: str


class ActionLink(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One action."""

    label: str
    name: str
    type: str
    url: str


class ActionLinks(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Actions, by subject."""

    actions: tuple[ActionLink, ...]


async def list_action_kinds(context: Context) -> ActionKinds:
    """Lists the kinds of actions."""
    base = f"/services/data/v{context.version}.0/actions"
    return ActionKinds(standard=f"{base}/standard", custom=f"{base}/custom")


async def list_standard_actions(context: Context) -> ActionLinks:
    """Lists the actions that this version has and the caller has the right to run."""
    base = f"/services/data/v{context.version}.0{STANDARD}"
    found = tuple(
        ActionLink(label=one.action.label, name=name, type=one.action.type, url=f"{base}/{name}")
        for name, one in invocables_of(context.router.operations, ACTIONS).items()
        if one.since <= context.version and all(context.rights.has(right) for right in one.operation.needs)
    )
    return ActionLinks(actions=found)


async def list_custom_actions(context: Context) -> ActionLinks:  # noqa: ARG001  # all handlers are called alike
    """Lists actions of the merchant's own, of which there are none: nobody can define one here."""
    return ActionLinks(actions=())
