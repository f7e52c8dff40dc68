"""64 clients route orders to the last units, through two processes that answer: exactly the stock is given out."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.end_to_end.conftest import Server
from tests.rest.calling import Caller
from tests.rest.routing_shop import Shop

CLIENTS = 64
MUGS = {"here": 11, "there": 9}
HATS = 12
"""There are hats at one location and mugs at two: whoever wants both has to get both, or give the one back."""


@pytest.fixture(scope="module", autouse=True)
def two_processes() -> Iterator[None]:
    """Before the server starts."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ORDERWRIGHT_WORKERS", "2")
        yield


def test_64_clients_route_to_the_last_units(server: Server):
    shipped = asyncio.run(raced(server))
    assert shipped == {"mug": 20, "hat": 12}


async def raced(server: Server) -> dict[str, int]:
    """How many mugs and hats are reserved in the end: as many as are shipped, or this fails."""
    limits, headers = httpx.Limits(max_connections=CLIENTS), {"Authorization": f"Bearer {server.token()}"}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=120, limits=limits) as http:
        shop = Shop(Caller(http), None)  # type: ignore[arg-type]  # the database is the server's own
        counted = {"ShouldTrackFoCapacity": True, "FoCapacity": CLIENTS}
        await shop.stock({name: {"mug": mugs} for name, mugs in MUGS.items()} | {"far": {"hat": HATS}}, far=counted)
        wanted = [{"mug": 1, "hat": 1} if client % 2 else {"mug": 1} for client in range(CLIENTS)]
        orders = [await shop.order(units) for units in wanted]
        answers = await asyncio.gather(*(shop.post(order) for order in orders))
        assert Counter(answer.status_code for answer in answers) == {201: 20, 400: CLIENTS - 20}
        done = [(units, answer.json()) for units, answer in zip(wanted, answers, strict=True) if answer.is_success]
        assert all(sorted(all_of(shop, output)) == sorted(units) for units, output in done)
        with_hat = sum("hat" in units for units, _ in done)
        assert await settled(shop, with_hat) == (0, with_hat)
        mugs = sum([await shop.reserved(name, "mug") for name in MUGS])
        assert await shop.reserved("far", "hat") == with_hat
        # Hats that nobody got with a mug: whoever comes now and wants only those gets them.
        late = [await shop.order({"hat": 1}) for _ in range(HATS - with_hat + 1)]
        codes = [(await shop.post(order)).status_code for order in late]
        assert codes == [201] * (HATS - with_hat) + [400]
        return {"mug": mugs, "hat": await shop.reserved("far", "hat")}


def all_of(shop: Shop, output: Any) -> list[str]:
    """The products that are shipped."""
    return [name for units in shop.shipped(output).values() for name in units]


async def settled(shop: Shop, assigned: int) -> tuple[int, int]:
    """What is held and assigned at the location of the hats, as soon as it is as it should be, or at last."""
    found = await shop.capacity("far")
    for _ in range(50):
        if found == (0, assigned):
            break
        await asyncio.sleep(0.1)
        found = await shop.capacity("far")
    return found
