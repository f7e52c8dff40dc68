"""POST /actions/standard/{actionName}: an action, once for each input.

Each input is a request to the action's operation, carried out as if it had come by itself: with its own transaction,
its own refusal, and the same rights. What one did stands, whatever becomes of the next; the request sent again under
its Idempotency-Key does only what was not done.

Source: Actions developer guide, Invoking Actions (documented: one result for each input, in order; of `errors` code,
message and fields; 400 when something failed; an input of which a part failed is no success and has its output). That
these actions can be run at all is observed, where the manual sends callers to the Connect resources.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Awaitable, Callable, Iterator
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.rights import MissingRight
from orderwright.rest.actions.action import Invocable, needed_invocable
from orderwright.rest.actions.table import ACTIONS
from orderwright.rest.codec import About, parse_json, to_json
from orderwright.rest.composite.composite import keyed
from orderwright.rest.context import Context
from orderwright.rest.errors import FRAMEWORK, HttpError, Unsettled, spoken
from orderwright.rest.execute import Answer, answer_of_error, perform_or_raise
from orderwright.rest.idempotency import KEY_HEADERS, digest_of, key_of, once, repeatable
from orderwright.rest.router import Match

MOST_INPUTS = 200
STATUSES = {entry.code: entry.status for entry in FRAMEWORK if entry.status == 403 or entry.status >= 500}
"""Errors that a caller should not take for a fault of the input: a right is missing, or the server is to blame."""


class RunInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The inputs, in the order in which they are done."""

    inputs: Annotated[list[dict[str, Any]], About(f"1 to {MOST_INPUTS}; what is in each, the action's describe says.")]


class ActionError(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why an input failed."""

    status_code: str
    message: str
    fields: list[str] = []


class ActionResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one input."""

    action_name: str
    errors: list[ActionError] | None
    invocation_id: None = None
    is_success: bool
    outcome: None = None
    output_values: Annotated[
        dict[str, Any] | None, About("The output by its name; of a refused input too, where it tells more than errors.")
    ]
    sort_order: int = -1
    version: int = 1


async def run_action(context: Context, action_name: str, body: RunInput) -> list[ActionResult]:
    """Runs an action for each input, one after the other; each succeeds or fails alone. 200 when all succeeded."""
    invocable = needed_invocable(context, ACTIONS, action_name)
    if not 0 < len(body.inputs) <= MOST_INPUTS:
        raise InvalidInput(f"inputs has {len(body.inputs)} entries; send 1 to {MOST_INPUTS}", "inputs")
    is_only = len(body.inputs) == 1
    done = [await _run(context, invocable, index, given, is_only=is_only) for index, given in enumerate(body.inputs)]
    results = [result for result, _ in done]
    if not all(is_final for _, is_final in done):
        raise Unsettled(results)
    return results


def status_of(results: list[ActionResult]) -> int:
    """200 when all inputs succeeded, else 400; 403 when a right is missing, 500 and above for a fault of the server."""
    failed = [error.status_code for result in results if not result.is_success for error in result.errors or []]
    if all(result.is_success for result in results):
        return 200
    return max([400, *(STATUSES.get(code, 400) for code in failed)])


async def _run(
    context: Context, invocable: Invocable, index: int, given: dict[str, Any], *, is_only: bool
) -> tuple[ActionResult, bool]:
    """The result of one input, and whether the same input, sent again under its key, is answered the same."""
    try:
        match, body = invocable.match(given, context.version)
    except HttpError as error:
        refused = ActionError(status_code=error.code, message=spoken(error.message), fields=list(error.fields))
        return _result(invocable, [refused], None), True
    own = dataclasses.replace(keyed(context, index), headers_out={})
    answer, fields = await _answered(own, match, body)
    # the token of a preview; of several inputs none is more than its neighbours
    context.headers_out.update(own.headers_out if is_only else {})
    return _told(invocable, answer, fields), answer.is_final


async def _answered(context: Context, match: Match, body: Any) -> tuple[Answer, list[str]]:
    """What the operation answers, and the properties that a refusal is about."""
    fields: list[str] = []

    async def attempt(own: Context) -> Answer:
        try:
            return await perform_or_raise(own, match, body)
        except Exception as error:  # noqa: BLE001  # every error becomes an answer
            fields.extend(getattr(error, "fields", ()))
            return answer_of_error(error, own, match)

    try:
        answer = await (_paid(context, match, body, attempt) if match.operation.pays else attempt(context))
    except (HttpError, MissingRight) as error:
        answer = answer_of_error(error, context, match)
    return answer, fields


async def _paid(context: Context, match: Match, body: Any, attempt: Callable[[Context], Awaitable[Answer]]) -> Answer:
    """What a payment call answers, under its idempotency key: it holds whichever way the payment is asked for."""
    # the other header's key is that of the whole request, and has been seen to
    headers = {name: value for name, value in context.received.headers.items() if name not in KEY_HEADERS}
    received = dataclasses.replace(context.received, headers=headers, body=to_json(body))
    own = dataclasses.replace(context, received=received)
    key = key_of(own, match.operation, body)
    if key is None:
        return await attempt(context)
    digest = digest_of(own, match.operation.method, match.operation.path)
    repeated = repeatable(own, key, digest)
    return await once(repeated, key, digest, functools.partial(attempt, repeated))


def _told(invocable: Invocable, answer: Answer, fields: list[str]) -> ActionResult:
    body = parse_json(answer.content)
    if isinstance(body, list):
        [refusal] = body
        error = ActionError(status_code=refusal["errorCode"], message=refusal["message"], fields=fields)
        return _result(invocable, [error], refusal.get("output"))
    # payments have one `error` where others have `success` (decisions.md W1)
    succeeded = answer.succeeded and body.get("success") is not False and body.get("error") is None
    return _result(invocable, None if succeeded else list(_errors_in(body)), body)


def _errors_in(value: Any) -> Iterator[ActionError]:
    """The errors that an output lists, its own and those of its parts."""
    if isinstance(value, list):
        for part in value:
            yield from _errors_in(part)
    elif isinstance(value, dict):
        if value.get("errorCode") and value.get("message"):
            yield ActionError(status_code=value["errorCode"], message=value["message"])
        for part in value.values():
            yield from _errors_in(part)


def _result(invocable: Invocable, errors: list[ActionError] | None, output: Any) -> ActionResult:
    action = invocable.action
    if output is not None and action.one_of is not None:
        output = next(iter(output.get(action.one_of[1]) or ()), None)
    return ActionResult(
        action_name=action.name,
        errors=errors,
        is_success=errors is None,
        output_values=None if output is None else {action.output.name: output},
    )
