"""Any gateway that speaks a small JSON contract over HTTP, in whatever language it is written.

Each request is signed and each answer must be, bound to its request: an answer that is not, of whatever status, says
nothing about money, and is Indeterminate. The contract is docs/gateways.md; examples/http_gateway is its other side.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta

from orderwright.clock import Clock, system_clock
from orderwright.gateways.configuration import ConfigurationError, Secret, variable_of
from orderwright.gateways.http_client import HttpAnswer, NoAnswer, exchange
from orderwright.gateways.http_contract import (
    OPTIONAL,
    PATHS,
    Request,
    hide,
    key_path,
    log_text,
    read_answer,
    read_answer_to,
    token_of,
    wire_body,
)
from orderwright.gateways.http_listing import list_pages
from orderwright.gateways.http_refusals import TROUBLE, Verdict, refused, troubled
from orderwright.gateways.http_tokens import PATH as TOKENS
from orderwright.gateways.http_tokens import no_token, read_token, token_body
from orderwright.gateways.notices import parse_notice
from orderwright.gateways.protocol import (
    AuthorizationReference,
    AuthorizeRequest,
    Capabilities,
    CaptureRequest,
    GatewayResponse,
    ListedTransaction,
    Notification,
    PaymentReference,
    PostAuthorizeRequest,
    RefundRequest,
    SaleRequest,
    TokenizeRequest,
    TokenizeResponse,
    VoidRequest,
)
from orderwright.gateways.signing import SIGNATURE, NotSigned, sign, verify
from orderwright.gateways.surroundings import Surroundings

SHORTEST_SECRET = 32


class HttpConfiguration(msgspec.Struct, frozen=True, kw_only=True):
    """The variables ORDERWRIGHT_GATEWAY_HTTP_…"""

    url: Annotated[str, Meta(pattern=r"^https?://[^/?#\s]+[^?#\s]*$")]
    """Where the gateway is; the paths of the contract follow behind it."""
    shared_secret: Secret
    capabilities: str = "partial_capture,multiple_capture,partial_refund,void,partial_void"
    """Names of `Capabilities`, separated by commas; what is not named it cannot do."""
    connect_timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 5
    timeout_seconds: Annotated[float, Meta(gt=0, le=120)] = 10
    allow_unencrypted: bool = False
    """Whether http:// is good enough although the gateway is not on this machine."""


async def open_http(surroundings: Surroundings) -> HttpGateway:
    """Return the gateway; nothing is asked of it yet. Raises ConfigurationError."""
    name, configuration = surroundings.name, surroundings.configuration(HttpConfiguration)
    if len(configuration.shared_secret.reveal()) < SHORTEST_SECRET:
        raise ConfigurationError(f"{variable_of(name, 'shared_secret')} has less than {SHORTEST_SECRET} characters.")
    place = urlsplit(configuration.url)
    if place.scheme == "http" and not (_is_here(place.hostname) or configuration.allow_unencrypted):
        raise ConfigurationError(
            f"{variable_of(name, 'url')} is not https. Payment method tokens would be readable on the way; "
            f"if the network between is yours alone, set {variable_of(name, 'allow_unencrypted')}=true."
        )
    return HttpGateway(configuration, _capabilities(name, configuration.capabilities), system_clock)


class HttpGateway:
    """A gateway behind HTTP. `clock` is for signatures alone: the real time, as the other side has no other."""

    def __init__(self, configuration: HttpConfiguration, capabilities: Capabilities, clock: Clock) -> None:
        self.capabilities = capabilities
        self._configuration = configuration
        self._url = configuration.url.rstrip("/")
        self._clock = clock

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse:
        """POST …/authorizations"""
        return await self._post(request)

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        """POST …/captures"""
        return await self._post(request)

    async def refund(self, request: RefundRequest) -> GatewayResponse:
        """POST …/refunds"""
        return await self._post(request)

    async def void(self, request: VoidRequest) -> GatewayResponse:
        """POST …/voids"""
        return await self._post(request)

    async def sale(self, request: SaleRequest) -> GatewayResponse:
        """POST …/sales; a signed 404 says that the gateway has none."""
        return await self._post(request)

    async def post_authorize(self, request: PostAuthorizeRequest) -> GatewayResponse:
        """POST …/post-authorizations; a signed 404 says that the gateway has none."""
        return await self._post(request)

    async def tokenize(self, request: TokenizeRequest) -> TokenizeResponse:
        """POST …/payment-methods; a signed 404 says that the gateway takes no card data."""
        try:
            answer = await self._exchange("POST", TOKENS, token_body(request))
            if answer.status == 200:
                return read_token(answer.body, request)
            return no_token(request, refused(answer, f"POST {TOKENS}", is_optional=True))
        except TROUBLE as error:
            return no_token(request, troubled(error))

    def transactions(self, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
        """GET …/transactions, page by page; a signed 404 is NotListed."""
        return list_pages(lambda path: self._exchange("GET", path, b""), since, until)

    async def look_up(
        self,
        idempotency_key: str,
        drawn_on: AuthorizationReference | PaymentReference | None = None,  # noqa: ARG002 - the key is enough here
    ) -> GatewayResponse | None:
        """GET …/answers/{SHA-256 of the key}; a signed 404 is None."""
        log = msgspec.json.encode({"operation": "LookUp", "idempotency_key": idempotency_key}).decode()
        try:
            answer = await self._exchange("GET", key_path(idempotency_key), b"")
            if answer.status == 404:
                return None
            if answer.status != 200:
                raise NoAnswer(f"it answered with status {answer.status}")
            return read_answer(answer.body, idempotency_key, None, log)
        except TROUBLE as error:
            return _said(Verdict("Indeterminate", "not_looked_up", str(error)), Decimal(0), log)

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification:
        """See `Notifying.parse_notification`."""
        return parse_notice(self._configuration.shared_secret, headers, body, self._clock())

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _post(self, request: Request) -> GatewayResponse:
        log, path = log_text(request), PATHS[type(request)]
        try:
            answer = await self._exchange("POST", path, wire_body(request))
            if answer.status == 200:
                return read_answer_to(request, answer.body, log)
            verdict = refused(answer, f"POST {path}", is_optional=isinstance(request, OPTIONAL))
            return _said(verdict, request.amount, log, answer.body.decode(), token_of(request))
        except TROUBLE as error:
            return _said(troubled(error), request.amount, log)

    async def _exchange(self, method: str, path: str, body: bytes) -> HttpAnswer:
        """Return an answer whose signature is right. Raises NotSent, NoAnswer and NotSigned."""
        configuration, url = self._configuration, self._url + path
        secret = configuration.shared_secret
        place = urlsplit(url)
        about = f"{place.path}?{place.query}" if place.query else place.path
        signed = sign(secret, method, about, body, self._clock())
        answer = await exchange(
            method,
            url,
            {"Content-Type": "application/json", "Accept": "application/json", **signed},
            body,
            connect_seconds=configuration.connect_timeout_seconds,
            answer_seconds=configuration.timeout_seconds,
        )
        try:
            verify(secret, f"ANSWER {answer.status}", signed[SIGNATURE], answer.headers, answer.body, self._clock())
        except NotSigned as error:
            raise NotSigned(f"an answer with status {answer.status} is not believed: {error}") from None
        return answer


def _said(verdict: Verdict, amount: Decimal, log: str, response: str = "", token: str = "") -> GatewayResponse:
    return GatewayResponse(
        sf_result_code=verdict.sf_result_code,
        gateway_ref_number=None,
        gateway_result_code=hide(verdict.code, token),
        gateway_message=hide(verdict.message, token),
        amount=amount,
        gateway_date=None,
        request=log,
        response=hide(response, token),
    )


def _capabilities(gateway: str, names: str) -> Capabilities:
    """The capabilities that are named, and no other. Raises ConfigurationError for a name that is none."""
    can = {name.strip() for name in names.split(",") if name.strip()}
    known = Capabilities.__struct_fields__
    if unknown := can - {*known}:
        raise ConfigurationError(
            f"{variable_of(gateway, 'capabilities')} names {', '.join(sorted(unknown))}; it can be: {', '.join(known)}."
        )
    return Capabilities(**{name: name in can for name in known})


def _is_here(host: str | None) -> bool:
    return host in {"localhost", "127.0.0.1", "::1"}
