"""The ASGI application of this layer: HTTP in, the operation found, checked and performed, HTTP out."""

from __future__ import annotations

import dataclasses
import functools
import secrets
from collections.abc import AsyncIterator
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from orderwright.decisions.rights import NOTHING, Rights
from orderwright.decisions.routing_rules import STANDARD as STANDARD_RULES
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.custom_fields import STANDARD_SCHEMA, Schema
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.rest.codec import parse_json
from orderwright.rest.context import Context, Received, RestSettings
from orderwright.rest.errors import HttpError
from orderwright.rest.execute import NO_BODY, Answer, answer_of_error, perform, perform_or_raise
from orderwright.rest.idempotency import digest_of, key_of, once, repeatable
from orderwright.rest.negotiate import formed, speaks_xml, uncompressed, wants_xml, without_suffix
from orderwright.rest.oauth.session import Sessions, token_in
from orderwright.rest.operation import NEWEST_VERSION, Operation
from orderwright.rest.request_count import HEADER as LIMIT_INFO
from orderwright.rest.request_count import RequestCount
from orderwright.rest.router import Match, Router, without_host
from orderwright.rest.xml_bodies import MEDIA as XML
from orderwright.rest.xml_bodies import parse_xml
from orderwright.settlement.gateways import Gateways
from orderwright.store.oauth import API_SCOPES
from orderwright.store.transaction import Call, Store

REQUEST_ID_HEADER = "X-Request-Id"
FORM = "application/x-www-form-urlencoded"
COUNTED = ("/services/data", "/services/async")
"""Where the requests are that are counted, and that say in their answer how many there were."""


class RestApi:
    """Answers every request to the API. Whatever happens, the answer is one of the catalogue."""

    def __init__(
        self,
        store: Store,
        settings: RestSettings,
        router: Router,
        gateways: Gateways,
        picklists: Picklists = STANDARD,
        schema: Schema = STANDARD_SCHEMA,
        routing_rules: RoutingRules = STANDARD_RULES,
    ) -> None:
        self._store = store
        self._settings = settings
        self._router = router
        self._gateways = gateways
        self._picklists = picklists
        self._schema = schema
        self._routing_rules = routing_rules
        self._sessions = Sessions(store)
        self.requests = RequestCount(store.database, settings.daily_requests)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1000})
            return
        headers = Headers(scope=scope)
        request_id = secrets.token_hex(16)
        path, asked = without_suffix(without_host(scope["path"]))
        in_xml = wants_xml(headers, asked)
        try:
            answer, operation = await self._answer(scope, path, headers, receive, request_id)
        except ClientDisconnect:
            return
        answer = formed(answer, headers, operation, in_xml)
        media = answer.headers.get("Content-Type", "application/json;charset=UTF-8")
        made = {**answer.headers, REQUEST_ID_HEADER: request_id}
        response = Response(answer.content, answer.status, made)
        if answer.stream is not None:
            response = StreamingResponse(answer.stream, answer.status, made)
        if answer.content:
            response.headers["Content-Type"] = media
        if path.startswith(COUNTED):
            response.headers[LIMIT_INFO] = self.requests.header
        await response(scope, receive, send)

    async def _answer(
        self, scope: Scope, path: str, headers: Headers, receive: Receive, request_id: str
    ) -> tuple[Answer, Operation | None]:
        """The answer, and the operation that gave it; None when there is none on `path`."""
        context = self._context(scope, headers, request_id)
        try:
            # what HEAD answers is what GET answers, and the server below leaves the body out
            match = self._router.find(_method(scope), path)
        except HttpError as error:
            return answer_of_error(error, context, None), None
        return await self._matched(scope, context, match, headers, receive), match.operation

    async def _matched(
        self, scope: Scope, context: Context, match: Match, headers: Headers, receive: Receive
    ) -> Answer:
        try:
            context = await self._known(context, match, headers)
            if match.operation.streamed:
                return await self._streamed(context, match, headers, receive)
            body = await _body(headers, receive, self._settings.largest_body_bytes)
            body = uncompressed(body, headers.get("content-encoding", "").lower(), self._settings.largest_body_bytes)
            if _is_form_of_get(match.operation, headers, body):
                context, body = _with_form(context, body), b""
            context = _with_body(context, match, body)
            value = _value(match.operation, headers, body)
            key = key_of(context, match.operation, value)
            if key is not None:
                path = f"{scope['path']}?{scope.get('query_string', b'').decode('latin-1')}"
                request = digest_of(context, scope["method"], path)
                own = repeatable(context, key, request)
                return await once(own, key, request, functools.partial(perform, own, match, value))
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  # every error becomes an answer
            return answer_of_error(error, context, match)
        return await perform(context, match, value)

    async def _streamed(self, context: Context, match: Match, headers: Headers, receive: Receive) -> Answer:
        """The answer of an operation that takes its body as it comes in; refused, the rest of the body is not read."""
        stream = _pieces(headers, receive, self._settings.largest_upload_bytes)
        try:
            return await perform_or_raise(dataclasses.replace(context, stream=stream), match, NO_BODY)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001  # every error becomes an answer
            answer = answer_of_error(error, context, match)
            return dataclasses.replace(answer, headers={**answer.headers, "Connection": "close"})

    def _context(self, scope: Scope, headers: Headers, request_id: str) -> Context:
        query = scope.get("query_string", b"").decode("latin-1")
        host = headers.get("host") or "{}:{}".format(*(scope.get("server") or ("localhost", 80)))
        received = Received(headers, dict(parse_qsl(query)), b"", f"{scope.get('scheme', 'http')}://{host}", query)
        return Context(
            store=self._store,
            call=Call(user_id="", request_key=request_id),
            version=NEWEST_VERSION,
            settings=self._settings,
            router=self._router,
            sessions=self._sessions,
            requests=self.requests,
            gateways=self._gateways,
            picklists=self._picklists,
            schema=self._schema,
            received=received,
            routing_rules=self._routing_rules,
        )

    async def _known(self, context: Context, match: Match, headers: Headers) -> Context:
        """`context` with the caller, unless the operation is for everybody. Raises HttpError."""
        if match.operation.public:
            return _replaced(context, context.call, match.version, b"", NOTHING)
        owner = await self._sessions.owner(token_in(headers))
        if owner.scopes.isdisjoint(API_SCOPES):
            raise HttpError("INSUFFICIENT_ACCESS", "the scope 'api' is missing; ask for a token that has it")
        await self.requests.add()
        client_id = owner.client_id or owner.user_id
        call = Call(user_id=owner.user_id, request_key=context.call.request_key, client_id=client_id)
        return _replaced(context, call, match.version, b"", owner.rights)


def _replaced(context: Context, call: Call, version: int, body: bytes, rights: Rights) -> Context:
    # dataclasses.replace costs more than the rest of this layer together
    received = context.received
    return Context(
        context.store,
        call,
        version,
        context.settings,
        context.router,
        context.sessions,
        context.requests,
        context.gateways,
        context.picklists,
        context.schema,
        dataclasses.replace(received, body=body) if body else received,
        rights,
        context.routing_rules,
    )


def _with_body(context: Context, match: Match, body: bytes) -> Context:
    return _replaced(context, context.call, match.version, body, context.rights) if body else context


def _is_form_of_get(operation: Operation, headers: Headers, body: bytes) -> bool:
    """Whether the parameters of a GET are in the body: queries that are too long for a URL come so, as a POST."""
    return bool(body) and operation.method == "GET" and headers.get("content-type", "").lower().startswith(FORM)


def _with_form(context: Context, body: bytes) -> Context:
    query = f"{context.received.query_string}&{body.decode('latin-1')}"
    received = dataclasses.replace(context.received, query=dict(parse_qsl(query)), query_string=query)
    return dataclasses.replace(context, received=received)


def _method(scope: Scope) -> str:
    """The method that is meant: `POST …?_HttpMethod=PATCH` is how clients ask that cannot send PATCH."""
    method = str(scope["method"])
    if method == "POST" and b"_HttpMethod=" in scope.get("query_string", b""):
        asked = dict(parse_qsl(str(scope["query_string"], "latin-1")))
        return asked.get("_HttpMethod", method).upper()
    return "GET" if method == "HEAD" else method


async def _body(headers: Headers, receive: Receive, most_bytes: int) -> bytes:
    """The body. Raises HttpError as soon as it is known to be too large, without having kept it."""
    parts = [part async for part in _pieces(headers, receive, most_bytes)]
    return b"".join(parts) if len(parts) > 1 else parts[0]


async def _pieces(headers: Headers, receive: Receive, most_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes in, at least one piece. Raises HttpError as soon as it is known to be too large."""
    announced = headers.get("content-length", "")
    if announced.isdigit() and int(announced) > most_bytes:
        raise _too_large(most_bytes)
    size, goes_on = 0, True
    while goes_on:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise _too_large(most_bytes)
        goes_on = message.get("more_body", False)
        yield part


def _too_large(most_bytes: int) -> HttpError:
    return HttpError(
        "REQUEST_LIMIT_EXCEEDED",
        f"the body is larger than {most_bytes} bytes; send it in parts",
        headers={"Connection": "close"},
    )


def _value(operation: Operation, headers: Headers, body: bytes) -> object:
    """The decoded body, or `NO_BODY`. Raises HttpError for another content type, or for what is none of it."""
    if not body or operation.raw:
        return NO_BODY
    sent = headers.get("content-type", operation.media).partition(";")[0].strip().lower()
    if sent in (XML, "text/xml") and operation.media == "application/json" and speaks_xml(operation):
        return parse_xml(body, operation.input) if operation.input is not None else NO_BODY
    if sent != operation.media and not (sent.endswith("+json") and operation.input):
        raise HttpError("UNSUPPORTED_MEDIA_TYPE", f"the body is '{sent}'; send {operation.media}")
    return parse_json(body) if operation.input is not None else NO_BODY
