"""A real PostgreSQL, the real application, and a client that calls it in the same process."""

import asyncio
import datetime as dt
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from orderwright.app import create_app
from orderwright.settings import Settings
from orderwright.store.database import Database, connected
from orderwright.store.embedded import EmbeddedPostgres
from orderwright.store.migrate import migrate
from orderwright.store.oauth import create_client
from orderwright.store.transaction import Store
from tests.rest.calling import Caller


class Hands:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = dt.datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=dt.UTC)

    def __call__(self) -> dt.datetime:
        return self.now


@pytest.fixture(scope="session")
def database_url() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)  # run by root, PostgreSQL itself runs as nobody, who must get in
        with EmbeddedPostgres.open(folder / "data") as postgres:
            asyncio.run(migrate(postgres.url))
            yield postgres.url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with connected(database_url, connections=4) as opened:
        yield opened


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def store(database: Database, clock: Hands) -> Store:
    return Store(database, clock)


@pytest.fixture
async def client_secret(database: Database, clock: Hands) -> tuple[str, str]:
    return await create_client(database, "Test shop", clock())


@pytest.fixture
async def http(store: Store) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(store, Settings())
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://orderwright.test") as client,
    ):
        yield client


@pytest.fixture
async def api(http: httpx.AsyncClient, client_secret: tuple[str, str]) -> Caller:
    client_id, secret = client_secret
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret}
    answer = await http.post("/services/oauth2/token", data=form)
    http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return Caller(http)
