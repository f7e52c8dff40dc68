"""The one place where the parts are wired together."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Mount

from orderwright.jobs.wake import Wake
from orderwright.rest.dispatch import RestApi
from orderwright.rest.operations import ROUTER
from orderwright.settings import Settings
from orderwright.store.transaction import Store


def create_app(store: Store, settings: Settings) -> Starlette:
    """The whole web application. Whoever serves it opens and closes `store`'s database."""
    wake = Wake(store.database)
    store.committed = wake.signal

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await wake.close()

    return Starlette(routes=[Mount("/", app=RestApi(store, settings, ROUTER))], lifespan=lifespan)
