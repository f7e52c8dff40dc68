"""Cards by Stripe, through its own library: an authorization is a PaymentIntent that is captured by hand, a sale one
that is not.

Stripe keeps a key's answer for a day at least. What must hold longer rests on metadata (see stripe_objects.py): before
a refund is sent, the refunds of its charge are searched for its key; before a capture or a cancellation is sent, its
key is written into the PaymentIntent. Limits are checked here, before Stripe is asked (stripe_limits.py).

A PaymentIntent is captured once: the first capture releases what it leaves. So `multiple_capture` is false, and a
second capture is asked for only after the first was refused; a claim younger than ten minutes is waited for all the
same. Requests of this process that draw on the same thing go one after another.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import datetime
from typing import Literal, TypeVar
from weakref import WeakValueDictionary

import httpx
import msgspec
import stripe

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.clock import Clock, system_clock
from orderwright.gateways.configuration import ConfigurationError, variable_of
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
from orderwright.gateways.stripe_answers import (
    Request,
    Said,
    authorized,
    captured,
    failed,
    log_text,
    recorded,
    refunded,
    said,
    voided,
)
from orderwright.gateways.stripe_configuration import StripeConfiguration
from orderwright.gateways.stripe_limits import (
    Refused,
    check_capture,
    check_claim,
    check_recordable,
    check_refund,
    check_void,
)
from orderwright.gateways.stripe_listing import list_account
from orderwright.gateways.stripe_objects import AMOUNT_SUFFIX, CAPTURE, KEY, TIME_SUFFIX, VOID, Charge, Intent, read
from orderwright.gateways.stripe_preparing import is_replayed, nothing_before, prepared
from orderwright.gateways.stripe_records import StripeRecords
from orderwright.gateways.stripe_tokens import make_token
from orderwright.gateways.stripe_webhook import parse_webhook
from orderwright.gateways.surroundings import Surroundings

T = TypeVar("T")

INTENT_NUMBER = re.compile(r"pi_[A-Za-z0-9]+")
"""Not the secret that a payer's device has of it, which goes on after that."""


async def open_stripe(surroundings: Surroundings) -> StripeGateway:
    """Return the gateway; nothing is asked of Stripe yet. Raises ConfigurationError."""
    configuration = surroundings.configuration(StripeConfiguration)
    if not configuration.secret_key.reveal().startswith(("sk_", "rk_")):
        variable = variable_of(surroundings.name, "secret_key")
        raise ConfigurationError(f"{variable} is no secret key of Stripe: those start with sk_ or rk_.")
    return StripeGateway(configuration, system_clock)


class StripeGateway:
    """Stripe, with one secret key. A payment method token is `pm_…`, or `cus_…/pm_…` for a customer's saved one.

    `clock` dates claims, by real time: several processes compare them.
    """

    capabilities = Capabilities(
        partial_capture=True,
        multiple_capture=False,
        partial_refund=True,
        void=True,
        partial_void=False,
        reauthorize=True,
        needs_lines=False,
        asynchronous=True,
    )

    def __init__(self, configuration: StripeConfiguration, clock: Clock) -> None:
        self._configuration = configuration
        self._clock = clock
        times = httpx.Timeout(configuration.timeout_seconds, connect=configuration.connect_timeout_seconds)
        self._http = stripe.HTTPXClient(timeout=times)
        client = stripe.StripeClient(
            configuration.secret_key.reveal(),
            base_addresses={"api": configuration.api_base},
            http_client=self._http,
            # A repetition is the jobs' to decide, who know what was sent before.
            max_network_retries=0,
        )
        self._services = client.v1
        self._payment_intents = client.v1.payment_intents
        self._refunds = client.v1.refunds
        self._records = StripeRecords(client.v1, self._within, configuration.look_back)
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def authorize(self, request: AuthorizeRequest) -> GatewayResponse:
        """Create and confirm a PaymentIntent. Who would have to confirm with the bank is declined."""
        return await self._confirm(request, "manual")

    async def sale(self, request: SaleRequest) -> GatewayResponse:
        """Create and confirm a PaymentIntent that captures by itself. Its reference is the charge."""
        return await self._confirm(request, "automatic")

    async def post_authorize(self, request: PostAuthorizeRequest) -> GatewayResponse:
        """Write our key into the PaymentIntent that the token names, if it waits to be captured."""
        number = request.payment_method_token

        async def prepare(units: int) -> GatewayResponse | None:
            if not INTENT_NUMBER.fullmatch(number):
                raise Refused(
                    Said("ValidationError", "not_an_intent", "The token is not the number of a PaymentIntent")
                )
            intent = await self._records.intent(number)
            if intent.metadata.get(KEY) == request.idempotency_key:
                return recorded(log_text(request), intent, duplicate=True)
            check_recordable(intent, request, units)
            return None

        async def act(_: int) -> GatewayResponse:
            mark = {"metadata": {KEY: request.idempotency_key}, "expand": ["latest_charge"]}
            made = await self._within(self._payment_intents.update_async(number, mark))  # type: ignore[arg-type]  # TypedDict
            return recorded(log_text(request), read(Intent, made), duplicate=False)

        return await self._move(request, number, prepare, act)

    async def tokenize(self, request: TokenizeRequest) -> TokenizeResponse:
        """Keep a card at Stripe. Bank accounts are not offered."""
        return await make_token(self._services, self._within, request)

    def transactions(self, since: datetime, until: datetime) -> AsyncIterator[ListedTransaction]:
        """See `Listing.transactions`. All of the account is listed, also what is not ours."""
        return list_account(self._records, since, until)

    async def capture(self, request: CaptureRequest) -> GatewayResponse:
        """Capture the PaymentIntent: the amount, and never again."""
        number = request.authorization.gateway_ref_number or ""

        async def prepare(units: int) -> GatewayResponse | None:
            intent = await self._records.intent(number)
            if intent.status == "succeeded" and intent.metadata.get(CAPTURE) == request.idempotency_key:
                return captured(log_text(request), intent, duplicate=True)
            check_capture(intent, request, units)
            await self._claim(intent, CAPTURE, request, units)
            return None

        async def act(units: int) -> GatewayResponse:
            made = await self._within(
                self._payment_intents.capture_async(
                    number, {"amount_to_capture": units}, {"idempotency_key": request.idempotency_key}
                )
            )
            return captured(log_text(request), read(Intent, made), duplicate=is_replayed(made))

        return await self._move(request, number, prepare, act)

    async def refund(self, request: RefundRequest) -> GatewayResponse:
        """Refund a part or all of the charge."""
        number = request.payment.gateway_ref_number or ""
        charges: list[Charge] = []

        async def prepare(units: int) -> GatewayResponse | None:
            charges.append(charge := await self._records.charge(number))
            refunds = await self._records.refunds_of(charge.id)
            for refund in refunds:
                if refund.metadata.get(KEY) == request.idempotency_key:
                    return refunded(log_text(request), refund, duplicate=True)
            check_refund(charge, refunds, request, units)
            return None

        async def act(units: int) -> GatewayResponse:
            metadata = {KEY: request.idempotency_key}
            made = await self._within(
                self._refunds.create_async(
                    {"charge": charges[0].id, "amount": units, "metadata": metadata},
                    {"idempotency_key": request.idempotency_key},
                )
            )
            return refunded(log_text(request), self._records.read_refund(made), duplicate=is_replayed(made))

        return await self._move(request, number, prepare, act)

    async def void(self, request: VoidRequest) -> GatewayResponse:
        """Cancel the PaymentIntent, or agree that its capture has released the amount."""
        number = request.authorization.gateway_ref_number or ""

        async def prepare(units: int) -> GatewayResponse | None:
            intent = await self._records.intent(number)
            if intent.status in {"canceled", "succeeded"} and intent.metadata.get(VOID) == request.idempotency_key:
                return voided(log_text(request), intent, duplicate=True)
            check_void(intent, request, units)
            claimed = await self._claim(intent, VOID, request, units)
            return voided(log_text(request), claimed, duplicate=False) if intent.status == "succeeded" else None

        async def act(_: int) -> GatewayResponse:
            made = await self._within(
                self._payment_intents.cancel_async(number, {}, {"idempotency_key": request.idempotency_key})
            )
            return voided(log_text(request), read(Intent, made), duplicate=is_replayed(made))

        return await self._move(request, number, prepare, act)

    async def look_up(
        self, idempotency_key: str, drawn_on: AuthorizationReference | PaymentReference | None = None
    ) -> GatewayResponse | None:
        """See `Gateway.look_up`. With `drawn_on` certain; without it the newest objects are searched."""
        return await self._records.look_up(idempotency_key, drawn_on)

    def parse_notification(self, headers: Mapping[str, str], body: bytes) -> Notification | None:
        """See `Notifying.parse_notification`."""
        return parse_webhook(self._configuration.webhook_secret, headers, body)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]  # the SDK has no types for it

    async def _confirm(
        self, request: AuthorizeRequest | SaleRequest, capture_method: Literal["manual", "automatic"]
    ) -> GatewayResponse:
        async def act(units: int) -> GatewayResponse:
            customer, _, method = request.payment_method_token.rpartition("/")
            made = await self._within(
                self._payment_intents.create_async(
                    {
                        "amount": units,
                        "currency": request.currency_iso_code.lower(),
                        "payment_method": method,
                        "payment_method_types": ["card"],
                        "capture_method": capture_method,
                        "confirm": True,
                        "metadata": {KEY: request.idempotency_key},
                        "expand": ["latest_charge"],
                        # mypy cannot follow a conditional part of a TypedDict
                        **({"customer": customer, "off_session": True} if customer else {}),  # type: ignore[typeddict-item]  # one of two
                    },
                    {"idempotency_key": request.idempotency_key},
                )
            )
            intent = read(Intent, made)
            if intent.status == "requires_action":
                await self._give_up(intent.id)
            return authorized(log_text(request), intent, duplicate=is_replayed(made))

        return await self._move(request, None, nothing_before, act)

    async def _move(
        self,
        request: Request,
        about: str | None,
        prepare: Callable[[int], Awaitable[GatewayResponse | None]],
        act: Callable[[int], Awaitable[GatewayResponse]],
    ) -> GatewayResponse:
        """Ask what is there and refuse what cannot be; then, and only then, let money move.

        `about` is the Stripe object that is drawn on. What goes wrong in `prepare` has moved nothing.
        """
        async with self._locks.setdefault(about or request.idempotency_key, asyncio.Lock()):
            ready = await prepared(request, about, prepare)
            if isinstance(ready, GatewayResponse):
                return ready
            try:
                return await act(ready)
            except (stripe.StripeError, TimeoutError) as error:
                return failed(request, error)
            except (msgspec.ValidationError, UnknownCurrency, InvalidAmount) as error:
                return said(request, Said("Indeterminate", "answer_not_understood", str(error)))

    async def _claim(self, intent: Intent, claim: str, request: CaptureRequest | VoidRequest, units: int) -> Intent:
        """Write into the PaymentIntent which request is about to change it; return it as it is then."""
        now = self._clock()
        check_claim(intent, claim, request.idempotency_key, now)
        metadata = {
            claim: request.idempotency_key,
            claim + AMOUNT_SUFFIX: str(units),
            claim + TIME_SUFFIX: now.isoformat(),
        }
        return read(Intent, await self._within(self._payment_intents.update_async(intent.id, {"metadata": metadata})))

    async def _give_up(self, intent_id: str) -> None:
        """Cancel an intent that waits for its payer, so that nobody confirms later what was answered as declined."""
        await self._within(self._payment_intents.cancel_async(intent_id))

    async def _within(self, call: Awaitable[T]) -> T:
        """Bound the whole call: the library's own timeout starts again with each piece of an answer."""
        async with asyncio.timeout(self._configuration.timeout_seconds):
            return await call
