"""Order management: from a placed order to money captured, goods returned and money refunded.

    with orderwright.connect() as salesforce:
        salesforce.OrderSummary.preview_cancel(order_summary_id, change_input)

`ConnectApi` is the Apex namespace of that name. What is here is loaded when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from types import ModuleType

    from orderwright import connect_api as ConnectApi  # noqa: N812  # Salesforce's own name
    from orderwright.connect_api.in_process import Wiring

__all__ = ["ConnectApi", "connect", "connect_async"]


def connect(
    url: str | None = None,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    username: str | None = None,
    password: str | None = None,
    token: str | None = None,
    worker: bool = True,
    migrate: bool = False,
    **settings: object,
) -> ConnectApi.Connection:
    """An open connection, to be used in a `with` block, or closed.

    `url` is that of a server (https://…), called as an OAuth client, as a user of one, or with a token; or that of a
    database (postgresql://…), for an installation inside this process; None: inside, on the embedded PostgreSQL in the
    folder `data`, or where `orderwright serve` has it. Inside, `settings` are those that `orderwright settings` lists,
    the environment's where not given; a worker carries out background operations, unless there is one elsewhere
    (`worker=False`); a database of your own is brought up to date only with `migrate=True`.
    Raises TypeError without credentials; SettingsError, EmbeddedPostgresError, MigrationError, ClockIsSet and OSError.
    """
    from orderwright.connect_api import connecting

    credentials = connecting.Credentials(client_id, client_secret, username, password, token)
    return connecting.connect(_wiring, url, credentials, worker=worker, migrate=migrate, **settings)


def connect_async(
    url: str | None = None,
    *,
    client_id: str | None = None,
    client_secret: str | None = None,
    username: str | None = None,
    password: str | None = None,
    token: str | None = None,
    worker: bool = True,
    migrate: bool = False,
    **settings: object,
) -> AbstractAsyncContextManager[ConnectApi.AsyncConnection]:
    """A connection for `async` code, for an `async with` block; everything else as `connect`."""
    from orderwright.connect_api import connecting

    credentials = connecting.Credentials(client_id, client_secret, username, password, token)
    return connecting.connect_async(_wiring, url, credentials, worker=worker, migrate=migrate, **settings)


def _wiring() -> Wiring:
    from orderwright import app
    from orderwright.connect_api.in_process import Wiring

    return Wiring(app.create_app, app.work, app.writers_of)


def __getattr__(name: str) -> ModuleType:
    if name == "ConnectApi":
        from orderwright import connect_api

        return connect_api
    raise AttributeError(f"module 'orderwright' has no attribute {name!r}")
