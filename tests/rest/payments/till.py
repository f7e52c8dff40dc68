"""A shop's till for the tests of payment calls: an account, the simulator as its gateway, and a card with a token."""

from dataclasses import dataclass, replace
from typing import Any

import httpx
import msgspec
import pytest

from orderwright.gateways.simulator import AuthorizationTotals, Simulator
from orderwright.objects.identity import to_15
from orderwright.objects.registry import definition_of
from orderwright.store.database import Database
from orderwright.store.ids import shard_of
from orderwright.store.transaction import find_shard
from orderwright.store.verify import verify_all
from tests.rest.calling import Caller, exact, row_counts
from tests.rest.changing import post

PAYMENTS = "/commerce/payments"
NUMBER = "4111111111111111"
CARD = {
    "cardNumber": NUMBER, "cvv": "123", "cardType": "Visa", "cardCategory": "CreditCard",
    "cardHolderName": "Carol Smith", "expiryMonth": 5, "expiryYear": 2035,
}  # fmt: skip
KEY = "sfdc-Payments-Idempotency-Key"
# Told by people, who may be wrong on purpose: a direct refund of what an order needs. And by the true time, which the
# tests' clock is far from.
WARNINGS = ("excess-over-refunded", "gateway-request-open", "inventory-lapsed", "capacity-lapsed", "inventory-place")


@dataclass(frozen=True)
class Till:
    """Ids of the records that payment calls name, and the currency they are made in."""

    api: Caller
    account: str
    gateway: str
    provider: str
    card: str
    currency: str = "GBP"

    async def call(self, path: str, body: Any, **more: Any) -> httpx.Response:
        """One payment call."""
        return await post(self.api, PAYMENTS + path, body, **more)

    async def made(self, path: str, body: Any, **more: Any) -> Any:
        """What a payment call answers that goes well."""
        answer = await self.call(path, body, **more)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    def charge(self, amount: Any = 50, **more: Any) -> dict[str, Any]:
        """The body of an authorization or a sale on the stored card."""
        return {
            "accountId": self.account, "amount": amount, "currencyIsoCode": self.currency,
            "paymentGatewayId": self.gateway, "paymentMethod": {"id": self.card}, **more,
        }  # fmt: skip

    def on_card(self, amount: Any = 50, **card: Any) -> dict[str, Any]:
        """The same on a card that is sent along."""
        return self.charge(amount, paymentMethod={"cardPaymentMethod": {**CARD, **card}})

    async def authorized(self, amount: Any = 50) -> str:
        """The id of a new authorization."""
        return str((await self.made("/authorizations", self.charge(amount)))["paymentAuthorization"]["id"])

    async def sold(self, amount: Any = 50) -> str:
        """The id of a new payment."""
        return str((await self.made("/sales", self.charge(amount)))["payment"]["id"])

    async def capture(self, authorization: str, amount: Any, **more: Any) -> httpx.Response:
        return await self.call(f"/authorizations/{authorization}/captures", {"amount": amount}, **more)

    async def captured(self, authorization: str, amount: Any) -> str:
        """The id of the payment of a capture that goes well."""
        return str(told(await self.capture(authorization, amount))["payment"]["id"])

    async def refund(self, payment: str, amount: Any, **more: Any) -> httpx.Response:
        return await self.call(f"/payments/{payment}/refunds", {"amount": amount}, **more)

    async def reverse(self, authorization: str, amount: Any, **more: Any) -> httpx.Response:
        return await self.call(f"/authorizations/{authorization}/reversals", {"amount": amount}, **more)

    async def read(self, record_id: str) -> Any:
        """A record as the API shows it now."""
        definition = definition_of(to_15(record_id) or "")
        assert definition is not None
        return await self.api.read(definition.name, record_id)

    async def under(self, order_summary: str, **paid: Any) -> httpx.Response:
        """Put an authorization or payments under an order."""
        return await post(
            self.api, "/commerce/order-management/order-payment-summaries", {"orderSummaryId": order_summary, **paid}
        )

    def in_currency(self, currency: str) -> "Till":
        return replace(self, currency=currency)


async def till(api: Caller, name: str = "Simulator") -> Till:
    """A till whose gateway is the one called `name`."""
    account = await api.create("Account", Name="Carol")
    provider = await api.create("PaymentGatewayProvider", DeveloperName=name, MasterLabel=name)
    gateway = await api.create(
        "PaymentGateway", PaymentGatewayName="Till", PaymentGatewayProviderId=provider, Status="Active"
    )
    card = await api.create(
        "CardPaymentMethod", AccountId=account, CardType="Visa", CardLastFour=1111, GatewayToken="tok_1",
        PaymentGatewayId=gateway, ProcessingMode="External", Status="Active",
    )  # fmt: skip
    return Till(api, account, gateway, provider, card)


def keyed(text: str) -> dict[str, Any]:
    """The idempotency key of payments, as options of a call."""
    return {"headers": {KEY: text}}


def told(answer: httpx.Response) -> Any:
    """What a call answers that was carried out, whatever the gateway said."""
    assert answer.status_code == 201, answer.text
    return exact(answer)


async def books_of(simulator: Simulator, reference: str) -> AuthorizationTotals:
    """What the provider's own books say of an authorization, or of what a sale authorized for itself."""
    books = await simulator.books()
    captures = {c.reference: c.authorization_reference for c in books.captures}
    [found] = [a for a in books.authorizations if a.reference == captures.get(reference, reference)]
    return found


async def moved(simulator: Simulator, reference: str) -> tuple[Any, ...]:
    """Captured, reversed and refunded of an authorization, by the provider's own books."""
    found = await books_of(simulator, reference)
    return found.captured, found.reversed, found.refunded


async def stored(database: Database, record_id: str) -> Any:
    """The row of a record, wherever it is: with what the API does not show."""
    short = to_15(record_id) or ""
    definition = definition_of(short)
    assert definition is not None
    shard = await find_shard(database.main, short)
    return await database.main.fetchrow(
        f'SELECT * FROM "{definition.table}" WHERE shard = $1 AND id = $2',  # noqa: S608  # our own name
        shard,
        short,
    )


async def requests_of(database: Database, kind: str, **where: str | None) -> list[Any]:
    """The requests to gateways of this kind, the newest last; `where`: values of text columns."""
    conditions = "".join(f" AND {name} IS NOT DISTINCT FROM ${place}" for place, name in enumerate(where, start=2))
    values = [to_15(v) if v is not None and to_15(v) else v for v in where.values()]
    return list(
        await database.main.fetch(
            f"SELECT * FROM gateway_request WHERE kind = $1{conditions} ORDER BY id",  # noqa: S608  # our own names
            kind,
            *values,
        )
    )


async def request_of(database: Database, record_id: str) -> Any:
    """The request that an authorization, payment or refund came of."""
    short = to_15(record_id)
    [found] = await database.main.fetch("SELECT * FROM gateway_request WHERE made_id = $1", short)
    return found


async def sound(database: Database) -> None:
    """Assert that no stored row breaks a rule."""
    async with database.main.acquire() as session:
        found = await verify_all(session)
    broken = [violation for violation in found if not violation.rule.startswith(WARNINGS)]
    assert not broken, broken


class Untouched:
    """Asserts at the end of a block that nothing was written in it, by us or by the provider."""

    def __init__(self, database: Database, *record_ids: str) -> None:
        self._database = database
        self._ids = record_ids
        self._before: Any = None

    async def __aenter__(self) -> None:
        self._before = await self._state()

    async def __aexit__(self, kind: object, *_: object) -> None:
        if kind is None:
            assert await self._state() == self._before

    async def _state(self) -> Any:
        tables = "authorization", "capture", "refund", "void", "answer"
        theirs = [await self._database.main.fetchval(f"SELECT count(*) FROM simulator.{t}") for t in tables]  # noqa: S608
        rows = [dict(await stored(self._database, record_id)) for record_id in self._ids]
        return await row_counts(self._database), theirs, rows


def home_of(record_id: str) -> int:
    """The shard that an id was made in."""
    return shard_of(to_15(record_id) or "")


def refused(answer: httpx.Response, code: str, status: int = 400) -> str:
    """The message of a refusal."""
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"]) == (status, code), answer.text
    return str(error["message"])


def limit(monkeypatch: pytest.MonkeyPatch, **limits: bool) -> None:
    """The simulator as a gateway that can do less."""
    made = Simulator.__init__

    def init(self: Simulator, *args: Any, **more: Any) -> None:
        made(self, *args, **more)
        self.capabilities = msgspec.structs.replace(self.capabilities, **limits)

    monkeypatch.setattr(Simulator, "__init__", init)
