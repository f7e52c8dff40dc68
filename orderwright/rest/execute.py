"""Runs one matched operation: reads its input, calls its handler, writes its output or its refusal."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from orderwright.decisions.errors import Refusal
from orderwright.decisions.rights import MissingRight
from orderwright.rest import errors
from orderwright.rest.codec import encode, to_json
from orderwright.rest.context import Context
from orderwright.rest.errors import HttpError
from orderwright.rest.operation import Operation
from orderwright.rest.properties import is_struct, properties_of
from orderwright.rest.router import Match
from orderwright.rest.sobjects.writing import Writing
from orderwright.rest.writer import refused_output
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.transaction import Transaction

LOG = logging.getLogger(__name__)

NO_BODY = object()


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back, for a request of its own or a part of a composite."""

    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = True
    """Whether the same request, sent again under its key, is answered the same."""
    stream: AsyncIterator[bytes] | None = None
    """The content of a large answer, which is sent while it is made."""

    @property
    def succeeded(self) -> bool:
        return self.status < 300


async def perform(context: Context, match: Match, body: object) -> Answer:
    """The answer of an operation, whatever happens. `body` is decoded JSON, or `NO_BODY`.

    Inside an atomic composite only refusals become answers: a lost connection must end, and rerun, the transaction.
    """
    try:
        return await perform_or_raise(context, match, body)
    except Exception as error:
        answer = answer_of_error(error, context, match)
        if context.writing is not None and answer.status >= 500:
            raise
        return answer


async def perform_or_raise(context: Context, match: Match, body: object) -> Answer:
    """The answer of an operation that goes well; errors are raised as they are."""
    operation = match.operation
    context.rights.refuse_without(*operation.needs_for(match.parameters))
    arguments = dict(match.parameters)
    if operation.input is not None:
        arguments["body"] = _input(body, operation, match.version)
    if not operation.writes:
        result = await operation.handler(context, **arguments)
    elif context.writing is not None:
        result = await operation.handler(context, context.writing, **arguments)
    else:
        try:
            result = await _submit(context, operation, arguments)
        except errors.Undone as undone:
            result = undone.result
    answer = _answer(result, operation, match.version)
    if context.headers_out:
        return dataclasses.replace(answer, headers={**answer.headers, **context.headers_out})
    return answer


async def _submit(context: Context, operation: Operation, arguments: Mapping[str, Any]) -> Any:
    async def act(transaction: Transaction, stock: Stock) -> Any:
        writing = Writing(
            transaction,
            context.call.user_id,
            context.settings.default_currency,
            context.picklists,
            stock,
            context.schema,
        )
        result = await operation.handler(context, writing, **arguments)
        await writing.flush()
        return result

    answer = operation.hints["return"]
    return await submit_with_stock(context.store, context.call, act, answer, reserves=context.reserves_stock)


def _input(body: object, operation: Operation, version: int) -> Any:
    if body is NO_BODY and is_struct(operation.input) and not any(p.required for p in properties_of(operation.input)):
        body = {}
    if body is NO_BODY:
        raise HttpError("JSON_PARSER_ERROR", f"{operation.method} {operation.path} needs a JSON body; send one")
    return operation.read(body, operation.input, version)


def _answer(result: Any, operation: Operation, version: int) -> Answer:
    if isinstance(result, Answer):
        return result
    if operation.output is None:
        return Answer(operation.status, b"")
    content = encode(result, version, operation.output)
    headers = {}
    if operation.location is not None:
        headers["Location"] = f"/services/data/v{version}.0{operation.location(result)}"
    status = operation.status if operation.status_for is None else operation.status_for(result)
    return Answer(status, content, headers)


def answer_of_error(error: Exception, context: Context, match: Match | None) -> Answer:
    """`error` as an answer, in the form of the resource that was asked."""
    answer = _usual_answer(error, context, match)
    if match is None or match.operation.refused is None or answer.succeeded:
        return answer
    shaped: Answer = match.operation.refused(context, answer)
    return shaped


def _usual_answer(error: Exception, context: Context, match: Match | None) -> Answer:
    """What is nobody's refusal is logged and becomes UNKNOWN_EXCEPTION."""
    if isinstance(error, errors.Unsettled) and match is not None:
        return dataclasses.replace(_answer(error.result, match.operation, match.version), is_final=False)
    if isinstance(error, errors.Undone) and match is not None:
        return dataclasses.replace(_answer(error.result, match.operation, match.version), status=error.status)
    refusal = errors.as_refusal(error)
    if refusal is not None and match is not None:
        return _refused(refusal, match)
    known = errors.as_http_error(error)
    if known is None:
        LOG.error("request %s failed", context.call.request_key, exc_info=error)
        message = f"an unexpected fault of this server; its log has it under request {context.call.request_key}"
        known = HttpError("UNKNOWN_EXCEPTION", message)
    return answer_of_http_error(known, match.operation if match else None)


def answer_of_http_error(error: HttpError, operation: Operation | None) -> Answer:
    """An error of the framework as an answer: the plain array; with field names on sObject resources."""
    if error.code == "INVALID_SESSION_ID":
        # to the letter, as clients that renew their session compare it
        body: Any = [{"message": error.message, "errorCode": error.code}]
    elif operation is not None and operation.manner == "records":
        body = errors.record_body(error.code, error.message, error.fields)
    else:
        body = errors.plain_body(error.code, error.message)
    return Answer(error.status, to_json(body), error.headers)


def _refused(refusal: Refusal, match: Match) -> Answer:
    operation = match.operation
    if isinstance(refusal, MissingRight):
        # decisions.md W2: who may do nothing here gets no output of the resource either
        return answer_of_http_error(HttpError(refusal.code, refusal.message), operation)
    if operation.manner == "connect" and is_struct(operation.output):
        output = refused_output(operation.output or object, match.version, errors.error_of(refusal))
        return Answer(errors.status_of(refusal), to_json(errors.output_body(refusal, output)))
    return Answer(400, to_json(errors.record_body(refusal.code, refusal.message, refusal.fields)))


def with_writing(context: Context, writing: Writing) -> Context:
    """`context` for a part of an atomic composite: it works in the composite's transaction."""
    return dataclasses.replace(context, writing=writing)
