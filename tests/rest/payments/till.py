"""A shop's till for the tests of payment calls: an account, a gateway that is the simulator, and a card with a token."""

from dataclasses import dataclass
from typing import Any

import httpx

from tests.rest.calling import Caller, exact
from tests.rest.changing import post

PAYMENTS = "/commerce/payments"
CARD = {
    "cardNumber": "4111111111111111", "cvv": "123", "cardType": "Visa", "cardCategory": "CreditCard",
    "cardHolderName": "Carol Smith", "expiryMonth": 5, "expiryYear": 2035,
}  # fmt: skip


@dataclass(frozen=True)
class Till:
    """Ids of the records that payment calls name."""

    api: Caller
    account: str
    gateway: str
    provider: str
    card: str

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
            "accountId": self.account, "amount": amount, "currencyIsoCode": "GBP", "paymentGatewayId": self.gateway,
            "paymentMethod": {"id": self.card}, **more,
        }  # fmt: skip

    async def authorized(self, amount: Any = 50) -> str:
        """The id of a new authorization."""
        return str((await self.made("/authorizations", self.charge(amount)))["paymentAuthorization"]["id"])

    async def sold(self, amount: Any = 50) -> str:
        """The id of a new payment."""
        return str((await self.made("/sales", self.charge(amount)))["payment"]["id"])


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
