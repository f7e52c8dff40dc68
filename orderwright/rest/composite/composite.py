"""POST /composite: up to 25 requests in one, later ones using what earlier ones answered.

With `allOrNone` all parts share one transaction, and what they add is written together at its end, one statement per
table. Only parts that work inside a transaction can be part of it; actions on order summaries, which have transactions
of their own, are refused there. Without `allOrNone` every part is a request of its own.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote

import msgspec

from orderwright.decisions.errors import InvalidInput, InvalidOperation
from orderwright.rest.codec import to_json
from orderwright.rest.composite.references import Answers, Unresolved
from orderwright.rest.context import Context
from orderwright.rest.errors import Undone, plain_body
from orderwright.rest.execute import NO_BODY, Answer, answer_of_error, perform, with_writing
from orderwright.rest.idempotency import KEY_HEADERS, digest_of, key_of, once, repeatable
from orderwright.rest.properties import About, Alias
from orderwright.rest.router import Match
from orderwright.rest.sobjects.writing import Writing
from orderwright.store.fulfillment_stock import Stock, submit_with_stock
from orderwright.store.transaction import Transaction

MOST_PARTS = 25
MOST_LONG_PARTS = 5
"""Queries and collections among them (documented)."""

LONG = re.compile(r"/services/data/[^/]+/(?:composite/sobjects|query|queryAll)(?:[/?]|$)")
NAME = re.compile(r"[A-Za-z0-9]\w*", re.ASCII)
NAMES_CHECKED_SINCE = 52
"""Before it a name that nothing can refer to only hurts who refers to it (documented)."""

INHERITED_HEADERS = frozenset({"accept", "authorization", "content-type"})
"""What every part has from the whole request, and may not bring itself (documented)."""

ROLLED_BACK = "this part was rolled back, because another part of the same transaction failed"
NOT_REACHED = "this part was not done, because an earlier part of the same transaction failed"


class CompositePart(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One request."""

    method: str
    url: Annotated[str, About("Path from /services/data on; may hold @{ref.id}.")]
    reference_id: Annotated[str, About("Name by which later parts refer to this one's answer; case matters.")]
    body: Any = None
    http_headers: Annotated[dict[str, Any] | None, About("Headers of this part alone, as If-None-Match.")] = None


class CompositeInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The requests, in the order in which they are done."""

    all_or_none: Annotated[bool, About("True: one transaction; one failure undoes all.")] = False
    collate_subrequests: Annotated[bool, About("Nothing changes: parts are done in their order in any case.")] = True
    composite_request: Annotated[list[CompositePart], Alias("compositerequest")]


class CompositePartOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What one request answered."""

    body: msgspec.Raw
    http_headers: dict[str, str]
    http_status_code: int
    reference_id: str


class CompositeOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The answers, in the order of the requests."""

    composite_response: list[CompositePartOutput]


async def composite(context: Context, body: CompositeInput) -> CompositeOutput:
    """Does up to 25 requests, each with the answers of earlier ones at hand as `@{referenceId.path}`.

    Up to five of them can be queries or collections.
    """
    parts = body.composite_request
    _refuse_many(parts)
    refuse_odd(parts, context.version)
    if not body.all_or_none:
        return output_of(parts, await _one_by_one(context, parts))
    return output_of(parts, await all_at_once(context, parts))


async def list_composites(context: Context) -> dict[str, str]:
    """Lists the resources that do several requests, or write several records, in one."""
    base = f"/services/data/v{context.version}.0/composite"
    return {name: f"{base}/{name}" for name in ("tree", "batch", "sobjects", "graph")}


def _refuse_many(parts: Sequence[CompositePart]) -> None:
    if not 0 < len(parts) <= MOST_PARTS:
        raise InvalidInput(f"compositeRequest has {len(parts)} parts; send 1 to {MOST_PARTS}", "compositeRequest")
    long = sum(1 for part in parts if LONG.match(part.url))
    if long > MOST_LONG_PARTS:
        raise InvalidInput(
            f"compositeRequest has {long} queries and collections; send at most {MOST_LONG_PARTS}", "compositeRequest"
        )


def refuse_odd(parts: Sequence[CompositePart], version: int) -> None:
    """Raise InvalidInput when two parts have one name, a name cannot be referred to, or a header is the whole's."""
    names = [part.reference_id for part in parts]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InvalidInput(f"referenceId '{twice[0]}' is used twice; give each part its own", "referenceId")
    odd = [name for name in names if not NAME.fullmatch(name)]
    if odd and version >= NAMES_CHECKED_SINCE:
        raise InvalidInput(
            f"referenceId '{odd[0]}' is no name; begin with a letter or a digit, and use these and underscores",
            "referenceId",
        )
    for part in parts:
        inherited = sorted(name for name in part.http_headers or () if name.lower() in INHERITED_HEADERS)
        if inherited:
            raise InvalidInput(
                f"httpHeaders of '{part.reference_id}' has {inherited[0]}, which parts have from the whole request; "
                "leave it out",
                "httpHeaders",
            )


async def _one_by_one(context: Context, parts: Sequence[CompositePart]) -> list[Answer]:
    answers, done = Answers(context.version), []
    for index, part in enumerate(parts):
        done.append(await _part(keyed(context, index), part, answers))
    return done


def keyed(context: Context, index: int) -> Context:
    """`context` for one of several parts that have transactions of their own: each leaves its answer under its key."""
    key = f"{context.call.request_key}.{index}"
    return dataclasses.replace(context, call=msgspec.structs.replace(context.call, request_key=key))


async def all_at_once(context: Context, parts: Sequence[CompositePart]) -> list[Answer]:
    """The answers of `parts`, done in one transaction; when one fails none is done, and the answers say so."""

    async def act(transaction: Transaction, stock: Stock) -> list[Answer]:
        writing = Writing(
            transaction,
            context.call.user_id,
            context.settings.default_currency,
            context.picklists,
            stock,
            context.schema,
        )
        return await _in_one(context, writing, parts)

    try:
        done: list[Answer] = await submit_with_stock(
            context.store, context.call, act, list[Answer], reserves=context.reserves_stock
        )
    except Undone as undone:
        done = undone.result
    return done


async def _in_one(context: Context, writing: Writing, parts: Sequence[CompositePart]) -> list[Answer]:
    await writing.look_up([part.body for part in parts])
    inner, answers = with_writing(context, writing), Answers(context.version)
    done: list[Answer] = []
    for part in parts:
        done.append(await _part(inner, part, answers))
        if not went_well(done[-1]):
            raise Undone(_halted(done, len(parts)))
    try:
        await writing.flush()
    except Exception as error:
        raise Undone(_failed_at_end(error, context, done)) from error
    return done


async def _part(context: Context, part: CompositePart, answers: Answers) -> Answer:
    try:
        url, body = answers.resolved_url(part.url), answers.resolved(part.body)
    except Unresolved as problem:
        answer = Answer(400, to_json(plain_body("PROCESSING_HALTED", str(problem))))
    else:
        answer = await carry_out(context, part.method, url, body, part.http_headers or {})
    answers.keep(part.reference_id, answer.content, succeeded=went_well(answer))
    return answer


def went_well(answer: Answer) -> bool:
    """Whether a part did what it was to do: also when nothing has changed since its sender asked the last time."""
    return answer.succeeded or answer.status == HTTPStatus.NOT_MODIFIED


async def carry_out(
    context: Context, method: str, url: str, body: Any, headers: Mapping[str, Any] = MappingProxyType({})
) -> Answer:
    """The answer to one request that came inside another, with `headers` of its own."""
    match: Match | None = None
    try:
        path, _, query = url.partition("?")
        match = context.router.find(method.upper(), unquote(path))
        own = _as_part(context, match, query, body, headers)
        _refuse_outside(own, match)
        attempt = functools.partial(perform, match=match, body=NO_BODY if body is None else body)
        key = key_of(own, match.operation, body) if own.writing is None else None
        if key is not None:
            digest = digest_of(own, method.upper(), url)
            own = repeatable(own, key, digest)
            return await once(own, key, digest, functools.partial(attempt, own))
    except Exception as error:  # noqa: BLE001  # becomes the part's answer
        return answer_of_error(error, context, match)
    return await attempt(own)


def _as_part(context: Context, match: Match, query: str, body: Any, added: Mapping[str, Any]) -> Context:
    """`context` as the part would have it that came by itself; a key in the header is the whole request's, not its."""
    headers = {name: value for name, value in context.received.headers.items() if name not in KEY_HEADERS}
    headers |= {name.lower(): str(value) for name, value in added.items()}
    sent = b"" if body is None else to_json(body)
    received = dataclasses.replace(
        context.received, headers=headers, query=dict(parse_qsl(query)), query_string=query, body=sent
    )
    return dataclasses.replace(context, version=match.version, received=received, headers_out={})


def _refuse_outside(context: Context, match: Match) -> None:
    operation = match.operation
    if operation.absolute or operation.holds_others:
        raise InvalidOperation(f"{operation.path} cannot be part of a composite; send it as a request of its own")
    if context.writing is not None and not operation.writes and operation.method != "GET":
        raise InvalidOperation(
            f"{operation.path} has a transaction of its own and cannot be part of one with allOrNone; "
            "send it as a request of its own, or with allOrNone false"
        )


def _halted(done: Sequence[Answer], count: int) -> list[Answer]:
    *before, failed = done
    undone = Answer(400, to_json(plain_body("PROCESSING_HALTED", ROLLED_BACK)))
    not_reached = Answer(400, to_json(plain_body("PROCESSING_HALTED", NOT_REACHED)))
    return [undone] * len(before) + [failed] + [not_reached] * (count - len(done))


def _failed_at_end(error: Exception, context: Context, done: Sequence[Answer]) -> list[Answer]:
    """What only shows when totals are computed is told at the last part. What is no refusal is raised again."""
    answer = answer_of_error(error, context, context.router.find("POST", "/services/data/v67.0/sobjects/Order"))
    if answer.status >= 500:
        raise error
    undone = Answer(400, to_json(plain_body("PROCESSING_HALTED", ROLLED_BACK)))
    return [*[undone] * (len(done) - 1), answer]


def output_of(parts: Sequence[CompositePart], done: Sequence[Answer]) -> CompositeOutput:
    """The answers as a composite has them."""
    return CompositeOutput(
        composite_response=[
            CompositePartOutput(
                body=msgspec.Raw(answer.content or b"null"),
                http_headers=dict(answer.headers),
                http_status_code=answer.status,
                reference_id=part.reference_id,
            )
            for part, answer in zip(parts, done, strict=True)
        ]
    )
