"""What Stripe has on record: reading it, and finding in it what became of a key.

A key cannot be asked for at Stripe. With the object that a request drew on, its place is known, and the answer is sure.
Without it the newest objects are gone through; Stripe's search is not used, as it lags behind and its "no" means
nothing.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import Any

import msgspec
import stripe

from orderwright.arithmetic.money import InvalidAmount, UnknownCurrency
from orderwright.gateways.protocol import AuthorizationReference, GatewayResponse, PaymentReference
from orderwright.gateways.stripe_answers import (
    Said,
    authorized,
    captured,
    not_looked_up,
    refunded,
    verdict_on,
    voided,
)
from orderwright.gateways.stripe_objects import CAPTURE, KEY, VOID, Charge, Intent, ListedCharge, Refund, read

PAGE = 100

Within = Callable[[Awaitable[Any]], Awaitable[Any]]
"""Awaits a call for as long as one may take."""


class StripeRecords:
    """Reads through Stripe's library; changes nothing."""

    def __init__(self, services: Any, within: Within, look_back: int) -> None:
        self._services = services
        self._within = within
        self._look_back = look_back

    async def intent(self, number: str) -> Intent:
        """Return a PaymentIntent with its charge. Raises StripeError and TimeoutError."""
        asked = self._services.payment_intents.retrieve_async(number, {"expand": ["latest_charge"]})
        return read(Intent, await self._within(asked))

    async def charge(self, number: str) -> Charge:
        """Return the charge, which may also be named by its PaymentIntent. Raises StripeError and TimeoutError."""
        if number.startswith("pi_"):
            number = (await self.intent(number)).charge_id or number
        return read(Charge, await self._within(self._services.charges.retrieve_async(number)))

    async def refunds_of(self, charge_id: str) -> list[Refund]:
        """Return all refunds of a charge. Raises StripeError and TimeoutError."""
        return [read(Refund, found) async for found in self._pages(self._services.refunds, {"charge": charge_id})]

    async def charges_made(self, since: int, until: int) -> list[ListedCharge]:
        """Return all charges created from `since` on and before `until`, in seconds since 1970. Raises the same."""
        asked = {**_made(since, until), "expand": ["data.payment_intent", "data.balance_transaction"]}
        return [read(ListedCharge, found) async for found in self._pages(self._services.charges, asked)]

    async def refunds_made(self, since: int, until: int) -> list[Refund]:
        """Return all refunds created from `since` on and before `until`, in seconds since 1970. Raises the same."""
        return [read(Refund, found) async for found in self._pages(self._services.refunds, _made(since, until))]

    @staticmethod
    def read_refund(stripe_object: stripe.StripeObject) -> Refund:
        """Return a refund that was just made."""
        return read(Refund, stripe_object)

    async def look_up(
        self, key: str, drawn_on: AuthorizationReference | PaymentReference | None
    ) -> GatewayResponse | None:
        """Return what became of the key; never raises for what Stripe says or fails to say."""
        log = msgspec.json.encode({"operation": "LookUp", "idempotency_key": key}).decode()
        try:
            if drawn_on is None:
                return await self._search(key, log)
            return await self._look_at(key, drawn_on, log)
        except stripe.InvalidRequestError as error:
            if error.http_status == 404 and drawn_on is not None:
                # What it would draw on is unknown to Stripe, so nothing can have come of it.
                return None
            return not_looked_up(log, verdict_on(error))
        except (stripe.StripeError, TimeoutError) as error:
            return not_looked_up(log, verdict_on(error))
        except (msgspec.ValidationError, UnknownCurrency, InvalidAmount) as error:
            return not_looked_up(log, Said("Indeterminate", "answer_not_understood", str(error)))

    async def _look_at(
        self, key: str, drawn_on: AuthorizationReference | PaymentReference, log: str
    ) -> GatewayResponse | None:
        number = drawn_on.gateway_ref_number
        if not number:
            return None
        if isinstance(drawn_on, PaymentReference):
            charge = await self.charge(number)
            return _among_refunds(key, await self.refunds_of(charge.id), log)
        return _in_intent(key, await self.intent(number), log)

    async def _search(self, key: str, log: str) -> GatewayResponse | None:
        """Go through the newest PaymentIntents and refunds. None only when those are all there are."""
        seen = 0
        async for found in self._pages(self._services.payment_intents, {}):
            seen += 1
            if answer := _in_intent(key, read(Intent, found), log):
                return answer
            if seen == self._look_back:
                return not_looked_up(log, _too_many(self._look_back))
        seen = 0
        async for found in self._pages(self._services.refunds, {}):
            seen += 1
            if answer := _among_refunds(key, [read(Refund, found)], log):
                return answer
            if seen == self._look_back:
                return not_looked_up(log, _too_many(self._look_back))
        return None

    async def _pages(self, service: Any, params: dict[str, Any]) -> AsyncIterator[Any]:
        """All objects of a list, newest first; each page may take as long as one call."""
        after: dict[str, Any] = {}
        while True:
            page = await self._within(service.list_async({**params, "limit": PAGE, **after}))
            for found in page.data:
                yield found
            if not page.has_more or not page.data:
                return
            after = {"starting_after": page.data[-1].id}


def _made(since: int, until: int) -> dict[str, Any]:
    return {"created": {"gte": since, "lt": until}}


def _in_intent(key: str, intent: Intent, log: str) -> GatewayResponse | None:
    metadata = intent.metadata
    if metadata.get(CAPTURE) == key and intent.status == "succeeded":
        return captured(log, intent, duplicate=False)
    if metadata.get(VOID) == key and intent.status in {"canceled", "succeeded"}:
        return voided(log, intent, duplicate=False)
    if metadata.get(KEY) == key:
        return authorized(log, intent, duplicate=False)
    return None


def _among_refunds(key: str, refunds: Iterable[Refund], log: str) -> GatewayResponse | None:
    found = next((refund for refund in refunds if refund.metadata.get(KEY) == key), None)
    return None if found is None else refunded(log, found, duplicate=False)


def _too_many(look_back: int) -> Said:
    return Said("Indeterminate", "not_found_yet", f"The key is not among the newest {look_back}, and there are more")
