"""POST /composite/batch: up to 25 requests in one, each of them by itself."""

from __future__ import annotations

import dataclasses
from http import HTTPStatus
from typing import Annotated, Any

import msgspec

from orderwright.decisions.errors import InvalidInput
from orderwright.rest.codec import to_json
from orderwright.rest.composite.composite import MOST_PARTS, carry_out, keyed
from orderwright.rest.context import Context
from orderwright.rest.errors import plain_body
from orderwright.rest.execute import Answer
from orderwright.rest.operation import DATA
from orderwright.rest.properties import About

HALTED = Answer(
    412,
    to_json(plain_body("BATCH_PROCESSING_HALTED", "this request was not done: an earlier one of the batch failed")),
)


class BatchPart(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One request."""

    method: str
    url: Annotated[str, About("Path from the version on: v67.0/sobjects/Account/…")]
    rich_input: Any = None


class BatchInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The requests, in the order in which they are done."""

    batch_requests: list[BatchPart]
    halt_on_error: Annotated[bool, About("True: after one that fails no other is done.")] = False


class BatchResult(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one request answered; null where the answer has no body."""

    status_code: int
    result: msgspec.Raw


class BatchOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answers, in the order of the requests."""

    has_errors: bool
    results: list[BatchResult]


async def batch(context: Context, body: BatchInput) -> BatchOutput:
    """Does up to 25 requests one after the other; what one did stands, whatever becomes of the next."""
    if not 0 < len(body.batch_requests) <= MOST_PARTS:
        raise InvalidInput(
            f"batchRequests has {len(body.batch_requests)} requests; send 1 to {MOST_PARTS}", "batchRequests"
        )
    done: list[Answer] = []
    for index, part in enumerate(body.batch_requests):
        if body.halt_on_error and any(map(_is_error, done)):
            done.append(HALTED)
            continue
        own = dataclasses.replace(keyed(context, index), headers_out={})
        done.append(await carry_out(own, part.method, _full(part.url), part.rich_input))
    return BatchOutput(
        has_errors=any(map(_is_error, done)),
        results=[BatchResult(status_code=a.status, result=msgspec.Raw(a.content or b"null")) for a in done],
    )


def _is_error(answer: Answer) -> bool:
    return answer.status >= HTTPStatus.BAD_REQUEST


def _full(url: str) -> str:
    path = url.strip("/")
    return f"/{path}" if path.startswith(DATA.strip("/")) else f"{DATA}/{path}"
