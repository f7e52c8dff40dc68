"""The Stripe gateway at localstripe, and what localstripe knows of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx

from orderwright.clock import system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.stripe import StripeGateway
from orderwright.gateways.stripe_configuration import StripeConfiguration

SERVER = Path(__file__).with_name("localstripe_server.py")
KEY = "sk_test_1234567890"
WEBHOOK_SECRET = "whsec_for_tests"
GOOD, DECLINED, CONFIRM = "4242424242424242", "4000000000000341", "4000002500003155"


@asynccontextmanager
async def opened(api_base: str, **settings) -> AsyncIterator[StripeGateway]:
    configuration = StripeConfiguration(
        secret_key=Secret(KEY), webhook_secret=Secret(WEBHOOK_SECRET), api_base=api_base, **settings
    )
    gateway = StripeGateway(configuration, system_clock)
    try:
        yield gateway
    finally:
        await gateway.close()


def api(api_base: str, method: str, path: str, **data: str):
    answer = httpx.request(method, f"{api_base}/v1/{path}", data=data or None, auth=(KEY, ""))
    answer.raise_for_status()
    return answer.json()


def card(api_base: str, number: str = GOOD) -> str:
    fields = {"type": "card", "card[number]": number, "card[exp_month]": "12", "card[exp_year]": "2030"}
    method: str = api(api_base, "POST", "payment_methods", **fields, **{"card[cvc]": "123"})["id"]
    return method
