"""A database for each file of payment stories, which is verified whole; a till; and the simulator's books."""

from collections.abc import AsyncIterator

import pytest

from orderwright.gateways.simulator import Simulator
from orderwright.store.database import Database
from orderwright.store.transaction import Store
from tests.rest.calling import Caller
from tests.rest.funding import simulated
from tests.rest.payments.orders import Sold, invoiced, start_in
from tests.rest.payments.till import Till, till


@pytest.fixture(scope="module")
def database_url(module_database_url: str) -> str:
    return module_database_url


@pytest.fixture
async def shop(api: Caller) -> Till:
    return await till(api)


@pytest.fixture
async def simulator(store: Store) -> AsyncIterator[Simulator]:
    """The provider behind the till, to be told of faults, and to look into its books."""
    async with simulated(store) as simulator:
        yield simulator
        await simulator._books.execute("DELETE FROM simulator.fault")  # what a test left over is not the next one's


@pytest.fixture
async def sold(shop: Till) -> Sold:
    return await invoiced(shop)


@pytest.fixture(params=["same shard", "other shard"])
def shard(request: pytest.FixtureRequest, sold: Sold, database: Database, monkeypatch: pytest.MonkeyPatch) -> int:
    """Where the money begins."""
    found = sold.shard if request.param == "same shard" else (sold.shard + 1) % 4096
    start_in(database, monkeypatch, found)
    return found
