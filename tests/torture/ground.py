"""What all runs of one torture share: the database, the API, the clock, the gateway's books, and the workers."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import asyncpg
import httpx

from orderwright.app import create_app
from orderwright.gateways.simulator import Simulator, open_pool
from orderwright.settings import Settings
from orderwright.store.database import connected
from orderwright.store.oauth import create_client
from orderwright.store.transaction import Store
from orderwright.store.verify import Violation, verify_all
from tests.rest.calling import Caller
from tests.torture.blows import Blows
from tests.torture.clock import MovedClock
from tests.torture.crew import Crew
from tests.torture.postgres import Postgres, throw_away_postgres
from tests.torture.road import Late
from tests.torture.shop import Shop
from tests.torture.worker import NOTIFICATION_SECRET

A_LONG_TIME_SECONDS = 10**9
"""How long a token is good for: every run puts the clock forward by hours."""
CALM = "UPDATE simulator.fault SET remaining = 0 WHERE remaining > 0"


@dataclass
class Ground:
    """Everything a run needs."""

    postgres: Postgres
    clock: MovedClock
    blows: Blows
    late: Late
    crew: Crew
    shop: Shop
    gateway: Simulator
    """The provider itself: told to misbehave, and reached by what was late. No worker uses it."""

    async def calm(self) -> None:
        """End all faults."""
        await self.postgres.fetch(CALM)

    async def broken_rules(self) -> list[Violation]:
        """What `orderwright verify` finds, warnings aside."""
        connection = await asyncpg.connect(self.postgres.url, server_settings={"timezone": "UTC"})
        try:
            return [found for found in await verify_all(connection) if not found.warning]
        finally:
            await connection.close()


@contextlib.asynccontextmanager
async def prepared_ground() -> AsyncIterator[Ground]:
    """A ground on a database of its own."""
    async with throw_away_postgres() as postgres, connected(postgres.url, connections=4) as database:
        clock, late, blows = MovedClock(), Late(), Blows(postgres)
        store = Store(database, clock)
        gateway = Simulator(await open_pool(postgres.url, max_size=2), clock, notification_secret=NOTIFICATION_SECRET)
        async with httpx.AsyncClient(transport=application(store), base_url="http://orderwright.test") as http:
            await sign_in(http, store)
            crew = Crew(postgres, clock, blows, late, gateway)
            with logged_in(blows):
                yield Ground(postgres, clock, blows, late, crew, await Shop.open(Caller(http)), gateway)
                await crew.dismiss()
        await gateway.close()


def application(store: Store) -> httpx.ASGITransport:
    """The API in this process. Nobody has to be woken: the runs hand their operations out themselves."""
    app = create_app(store, Settings(token_lifetime_seconds=A_LONG_TIME_SECONDS))
    store.committed = lambda: None
    # Like a server, it answers 500 to what went wrong, rather than raise it in the client.
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)


async def sign_in(http: httpx.AsyncClient, store: Store) -> None:
    client_id, secret = await create_client(store.database, "Torture", store.now())
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = await http.post("/services/oauth2/token", data=form)
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"


class StoryHandler(logging.Handler):
    """Tells the story what the program logs."""

    def __init__(self, blows: Blows) -> None:
        super().__init__(logging.WARNING)
        self._blows = blows

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        why = f": {type(error).__name__}: {str(error)[:200]}" if error else ""
        self._blows.story.tell(f"{record.name}: {record.getMessage()}{why}")


@contextlib.contextmanager
def logged_in(blows: Blows) -> Iterator[None]:
    """For a block, what the program logs goes into the story and nowhere else: it is full of failures."""
    logger, handler = logging.getLogger("orderwright"), StoryHandler(blows)
    logger.addHandler(handler)
    logger.propagate = False
    try:
        yield
    finally:
        logger.propagate = True
        logger.removeHandler(handler)
