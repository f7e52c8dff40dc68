"""What a worker looks after by itself, again and again: requests nobody settled, authorizations about to expire, what
the Simulator's provider has to say, and inventory and capacity: uploads to carry out, what lapsed, and what is so old
that it is forgotten.
"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
from collections.abc import Awaitable, Callable

from orderwright.gateways.protocol import InvalidNotification
from orderwright.gateways.simulator import Simulator
from orderwright.jobs.bulk import carry_out_rows, forget_jobs
from orderwright.jobs.bulk_pieces import Pieces
from orderwright.jobs.bulk_query import carry_out_query
from orderwright.jobs.bulk_rows import Writers
from orderwright.jobs.forget import end_lapsed_capacity, forget_history
from orderwright.jobs.inventory import carry_out_piece, forget_half_received, give_back_lapsed
from orderwright.settlement.gateways import Gateways
from orderwright.settlement.settle import settle_due
from orderwright.settlement.take_notification import take_notification
from orderwright.settlement.warn_of_expiry import warn_of_expiry
from orderwright.store.fulfillment_inventory import carry_out_left_duties
from orderwright.store.routing_capacity import settle_left_capacity
from orderwright.store.transaction import Store

SETTLE_SECONDS, EXPIRY_SECONDS, NOTIFY_SECONDS = 5.0, 60.0, 1.0
UPLOAD_SECONDS, LAPSE_SECONDS, ABANDONED_SECONDS = 0.5, 5.0, 3600.0
FORGET_SECONDS = 3600.0
BULK_SECONDS = 1.0
FORGET_PAUSE_SECONDS = 0.2
"""Between two portions: a year's history may fall due at once, and others want the database too."""
DUTY_SECONDS = 2.0

_log = logging.getLogger(__name__)


class Rounds:
    """The rounds of one worker; several workers do no harm to each other."""

    def __init__(
        self,
        store: Store,
        gateways: Gateways,
        *,
        warn_ahead: dt.timedelta,
        kept: dt.timedelta,
        writers: Writers | None = None,
    ) -> None:
        self._store = store
        self._gateways = gateways
        self._warn_ahead = warn_ahead
        self._kept = kept
        self._writers = writers
        self._rows_wait, self._queries_wait = asyncio.Event(), asyncio.Event()

    def wake(self) -> None:
        """Look at once whether there is a bulk job to be carried out."""
        self._rows_wait.set()
        self._queries_wait.set()

    async def go(self) -> None:
        """Go round until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(SETTLE_SECONDS, lambda: settle_due(self._store, self._gateways)))
            group.create_task(_every(EXPIRY_SECONDS, lambda: warn_of_expiry(self._store, self._warn_ahead)))
            group.create_task(_every(UPLOAD_SECONDS, lambda: carry_out_piece(self._store)))
            group.create_task(_every(LAPSE_SECONDS, lambda: give_back_lapsed(self._store)))
            group.create_task(_every(ABANDONED_SECONDS, lambda: forget_half_received(self._store)))
            group.create_task(_every(DUTY_SECONDS, lambda: carry_out_left_duties(self._store)))
            group.create_task(_every(DUTY_SECONDS, lambda: settle_left_capacity(self._store)))
            group.create_task(_every(ABANDONED_SECONDS, lambda: end_lapsed_capacity(self._store)))
            group.create_task(
                _every(FORGET_SECONDS, lambda: forget_history(self._store, self._kept), FORGET_PAUSE_SECONDS)
            )
            group.create_task(_every(NOTIFY_SECONDS, lambda: deliver_notifications(self._store, self._gateways)))
            if self._writers is not None:
                self._go_bulk(group, self._writers)

    def _go_bulk(self, group: asyncio.TaskGroup, writers: Writers) -> None:
        pieces = Pieces(self._store.database)
        group.create_task(
            _every(BULK_SECONDS, lambda: carry_out_rows(self._store, writers, pieces), woken=self._rows_wait)
        )
        group.create_task(
            _every(BULK_SECONDS, lambda: carry_out_query(self._store, writers.schema), woken=self._queries_wait)
        )
        group.create_task(_every(ABANDONED_SECONDS, lambda: forget_jobs(self._store)))


async def _every(
    seconds: float, look: Callable[[], Awaitable[int]], pause: float = 0, *, woken: asyncio.Event | None = None
) -> None:
    """Look again and again, and at once when `woken`."""
    woken = woken or asyncio.Event()
    while True:
        woken.clear()
        try:
            while await look():  # noqa: ASYNC110 - nobody tells when there is something, so one has to look
                await asyncio.sleep(pause)
        except Exception as error:  # noqa: BLE001  # the next round may go better
            _log.warning("a round failed and comes again: %s", error)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), seconds)


async def deliver_notifications(store: Store, gateways: Gateways) -> int:
    """Take what the Simulator's provider has to say, as the notification endpoint would; returns how much that was.

    A provider that is part of this system has nobody else who would post it.
    """
    gateway = await gateways.of(None)
    if not isinstance(gateway, Simulator):
        return 0
    messages = await gateway.due_notifications()
    for message in messages:
        try:
            notification = gateway.parse_notification(message.headers, message.body)
        except InvalidNotification as error:
            _log.warning("a notification of the simulator was refused: %s", error)
            continue
        await take_notification(store, notification, "")
    return len(messages)
