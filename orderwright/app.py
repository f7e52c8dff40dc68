"""The one place where the parts are wired together."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.routing import Mount

from orderwright.rest.dispatch import RestApi
from orderwright.rest.operations import ROUTER
from orderwright.settings import Settings
from orderwright.store.transaction import Store


def create_app(store: Store, settings: Settings) -> Starlette:
    """The whole web application. Whoever serves it opens and closes `store`'s database."""
    return Starlette(routes=[Mount("/", app=RestApi(store, settings, ROUTER))])
