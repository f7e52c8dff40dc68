"""The one place where the parts are wired together."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.routing import Mount

from orderwright.jobs import worker
from orderwright.jobs.bulk_rows import Writers
from orderwright.jobs.wake import Wake
from orderwright.rest.bulk.singles import SingleRows
from orderwright.rest.dispatch import RestApi
from orderwright.rest.operations import ROUTER
from orderwright.settings import Settings, read_custom_fields, read_picklists
from orderwright.settlement.gateways import ConfiguredGateways
from orderwright.store.database import Database
from orderwright.store.transaction import Store


async def work(database: Database, store: Store, settings: Settings, stop: asyncio.Event) -> None:
    """Carry out background jobs until `stop` is set."""
    await worker.run(database, store, settings, stop, writers_of(settings))


def writers_of(settings: Settings) -> Writers:
    """What bulk jobs write records with."""
    picklists, schema = read_picklists(settings.picklists), read_custom_fields(settings.custom_fields)
    singles = SingleRows(settings.default_currency, picklists, schema)
    return Writers(schema, settings.default_currency, settings.fulfillment_inventory == "on", singles)


def create_app(store: Store, settings: Settings) -> Starlette:
    """The whole web application. Whoever serves it opens and closes `store`'s database."""
    wake = Wake(store.database)
    store.committed = wake.signal

    gateways = ConfiguredGateways(store.database, settings.gateway, environment=os.environ, clock=store.clock)
    picklists, schema = read_picklists(settings.picklists), read_custom_fields(settings.custom_fields)
    api = RestApi(store, settings, ROUTER, gateways, picklists, schema, settings.rules())

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        yield
        await wake.close()
        await api.requests.close()
        await gateways.close()

    return Starlette(routes=[Mount("/", app=api)], lifespan=lifespan)
