"""An ExternalReference names one Location, or one LocationGroup: inventory and capacity know them by nothing else."""

import asyncio
import uuid
from typing import Any

import httpx
import pytest

from tests.rest.calling import Caller

LOCATION = {"Name": "North", "LocationType": "Warehouse"}
GROUP = {"LocationGroupName": "North"}


@pytest.fixture
def name() -> str:
    return f"north-{uuid.uuid4().hex[:8]}"


async def make(api: Caller, object_: str, **fields: Any) -> httpx.Response:
    given = LOCATION if object_ == "Location" else GROUP
    return await api.send("POST", f"/sobjects/{object_}", given | fields)


@pytest.mark.parametrize("object_", ["Location", "LocationGroup"])
async def test_a_second_one_is_refused_by_the_name_of_the_first(api: Caller, name: str, object_: str):
    first = (await make(api, object_, ExternalReference=name)).json()["id"]
    refused = await make(api, object_, ExternalReference=name)
    assert refused.status_code == 400
    (error,) = refused.json()
    assert (error["errorCode"], error["fields"]) == ("DUPLICATE_VALUE", ["ExternalReference"])
    assert name in error["message"]
    assert first in error["message"]

    second = (await make(api, object_, ExternalReference=f"{name}-2")).json()["id"]
    changed = await api.send("PATCH", f"/sobjects/{object_}/{second}", {"ExternalReference": name})
    assert (changed.status_code, changed.json()[0]["errorCode"]) == (400, "DUPLICATE_VALUE")
    assert (await api.read(object_, second))["ExternalReference"] == f"{name}-2"


async def test_what_one_gave_up_another_may_take_and_the_same_may_be_said_again(api: Caller, name: str):
    first = (await make(api, "Location", ExternalReference=name)).json()["id"]
    assert (await api.send("PATCH", f"/sobjects/Location/{first}", {"ExternalReference": name})).status_code == 204
    assert (await api.send("PATCH", f"/sobjects/Location/{first}", {"ExternalReference": None})).status_code == 204
    assert (await make(api, "Location", ExternalReference=name)).status_code == 201
    again = await api.send("PATCH", f"/sobjects/Location/{first}", {"ExternalReference": name})
    assert again.json()[0]["errorCode"] == "DUPLICATE_VALUE"


async def test_many_have_none_and_a_group_may_be_called_as_a_location(api: Caller, name: str):
    assert [(await make(api, "Location")).status_code for _ in range(2)] == [201, 201]
    assert (await make(api, "Location", ExternalReference=name)).status_code == 201
    assert (await make(api, "LocationGroup", ExternalReference=name)).status_code == 201


async def test_of_many_at_once_one_gets_it(api: Caller, name: str):
    answers = await asyncio.gather(*(make(api, "Location", ExternalReference=name) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + 7 * [400]
    assert {a.json()[0]["errorCode"] for a in answers if a.status_code == 400} == {"DUPLICATE_VALUE"}
