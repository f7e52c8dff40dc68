"""64 clients want the last places of two locations, from two processes that answer: exactly those are given out."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
import pytest
from simple_salesforce import Salesforce

from tests.end_to_end.conftest import Server

CLIENTS = 64
FREE = {"here": 25, "there": 40}
ACTIONS = "commerce/order-management/routing/fulfillment-order-capacity/actions"


@pytest.fixture(scope="module", autouse=True)
def two_processes() -> Iterator[None]:
    """Before the server starts."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERWRIGHT_WORKERS", "2")
        yield


def test_64_clients_hold_the_last_places(salesforce: Salesforce, server: Server):
    """Each wants both locations or none; who got them confirms one and gives the other back, twice over."""
    about = {"Name": "Depot", "LocationType": "Store", "ShouldTrackFoCapacity": True}
    limits = {name: {"FoCapacity": free + 3, "AssignedFoCount": 3} for name, free in FREE.items()}
    ids = {name: salesforce.Location.create(about | limit)["id"] for name, limit in limits.items()}
    wanted = [[(f"{client}-{name}", ids[name]) for name in FREE] for client in range(CLIENTS)]

    held = asyncio.run(asked(server, [("hold-capacity", "holdFOCapacity", both) for both in wanted]))

    winners = [both for both, codes in zip(wanted, held, strict=True) if codes == [None, None]]
    assert len(winners) == 25
    rolled = ["CAPACITY_EXCEEDED", "ALL_OR_NONE_OPERATION_ROLLED_BACK"]
    assert Counter(map(tuple, held)) == {(None, None): 25, tuple(rolled): CLIENTS - 25}
    assert values(salesforce, ids) == {"here": (3, 25), "there": (3, 25)}

    here = [("confirm-held-capacity", "confirmHeldFOCapacity", both[:1]) for both in winners] * 2
    there = [("release-held-capacity", "releaseHeldFOCapacity", both[1:]) for both in winners] * 2
    assert asyncio.run(asked(server, here + there)) == [[None]] * 100
    assert values(salesforce, ids) == {"here": (28, 0), "there": (3, 0)}
    assert salesforce.Location.get(ids["here"])["AssignedFoCount"] == 28


def values(salesforce: Salesforce, ids: dict[str, str]) -> dict[str, tuple[int, int]]:
    """What is assigned and what is held, by location."""
    found = salesforce.restful(f"{ACTIONS}/get-capacity-values", method="POST", json={"locationIds": [*ids.values()]})
    return {name: (one["assigned"], one["heldCapacity"]) for name, one in zip(ids, found["locations"], strict=True)}


async def asked(server: Server, wanted: Sequence[tuple[str, str, Any]]) -> list[list[str | None]]:
    """The error codes of each client's requests, all or nothing; None for what succeeded."""
    headers = {"Authorization": f"Bearer {server.token()}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60, limits=limits) as client:

        async def send(action: str, name: str, requests: list[tuple[str, str]]) -> list[str | None]:
            listed = [{"actionRequestId": id_, "locationId": where} for id_, where in requests]
            body = {f"{name}Requests": [{"allOrNothing": True, "capacityRequests": listed}]}
            answer = await client.post(f"/services/data/v67.0/{ACTIONS}/{action}", json=body)
            assert answer.status_code == 201, answer.text
            told = answer.json()[f"{name}Responses"][0]["capacityResponses"]
            return [one["error"] and one["error"]["errorCode"] for one in told]

        return await asyncio.gather(*(send(*one) for one in wanted))
