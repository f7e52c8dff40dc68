"""Two gateways in one shop: the provider of a PaymentGateway, by its DeveloperName, says which one is asked."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from orderwright.clock import Clock, system_clock
from orderwright.gateways.configuration import Secret
from orderwright.gateways.notices import signed_notice
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.settlement import gateways
from orderwright.store.database import Database
from tests.rest.calling import Caller
from tests.rest.changing import plain
from tests.rest.payments.news import notice, post
from tests.rest.payments.till import Till, refused, request_of, sound, till, told

SECRETS = {"Simulator": Secret("of the first"), "Other": Secret("of the other")}


@pytest.fixture
async def other(api: Caller, monkeypatch: pytest.MonkeyPatch) -> Till:
    """A till whose gateway captures only once; each of the two has a secret of its own."""

    async def opened(name: str, *, environment: Mapping[str, str], database_url: str, clock: Clock) -> Simulator:
        made = Simulator(
            await open_pool(database_url, max_size=2), clock, settles_after=dt.timedelta(minutes=1),
            notification_secret=SECRETS[name],
        )  # fmt: skip
        limits: dict[str, Any] = {"multiple_capture": False} if name == "Other" else {}
        made.capabilities = msgspec.structs.replace(made.capabilities, **limits)
        return made

    monkeypatch.setattr(gateways, "known_gateways", lambda: ("Other", "Simulator"))
    monkeypatch.setattr(gateways, "open_gateway", opened)
    return await till(api, "Other")


async def test_each_payment_goes_through_its_own_gateway(shop: Till, other: Till):
    for here, many in ((shop, True), (other, False)):
        answer = await here.made("/authorizations", here.charge(50))
        assert answer["isMultiCaptureSupported"] is many
        authorization = answer["paymentAuthorization"]["id"]
        told(await here.capture(authorization, 20))
        second = await here.capture(authorization, 20)
        if many:
            told(second)
        else:
            refused(second, "INVALID_OPERATION")


async def test_the_token_of_one_is_not_shown_to_the_other(shop: Till, other: Till):
    refused(await other.call("/sales", other.charge(paymentMethod={"id": shop.card})), "INVALID_OPERATION")
    second = await shop.api.create(
        "PaymentGateway", PaymentGatewayName="Second", PaymentGatewayProviderId=shop.provider, Status="Active"
    )
    told(await shop.call("/sales", shop.charge(paymentGatewayId=second)))


async def test_a_message_is_believed_by_the_secret_of_its_own_provider(shop: Till, other: Till, database: Database):
    payment = await other.sold(50)
    about = notice(await request_of(database, payment))
    theirs, ours = (signed_notice(SECRETS[name], about, system_clock()) for name in ("Other", "Simulator"))
    plain(await post(other, ours), 401, "INVALID_SIGNATURE")
    plain(await post(shop, theirs), 401, "INVALID_SIGNATURE")
    assert (await other.read(payment))["Status"] == "Pending"
    assert (await post(other, theirs)).status_code == 200
    assert (await other.read(payment))["Status"] == "Processed"
    await sound(database)
