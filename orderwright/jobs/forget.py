"""What a worker forgets of inventory and capacity: what is older than the setting `movement_history_days`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

from orderwright.store.capacity import end_lapsed
from orderwright.store.database import Session
from orderwright.store.forget import carry_forward, forget_actions, forget_holds
from orderwright.store.transaction import Call, Store, Transaction

MOST_ROWS = 2000
"""Of one kind in one transaction."""
MOST_LOCATIONS = 100
LAPSED_FOR = dt.timedelta(hours=1)
"""Whoever asks for a location ends what lapsed there: only where nobody came for so long, it is left to a worker."""

Forget = Callable[[Session, dt.datetime, int], Awaitable[int]]


async def forget_history(store: Store, kept: dt.timedelta) -> int:
    """Forget a portion of what is older than `kept`; returns how many rows, or holds, that was."""
    gone = 0
    for forget in (forget_actions, carry_forward, forget_holds):
        gone += await _portion(store, forget, kept)
    return gone


async def _portion(store: Store, forget: Forget, kept: dt.timedelta) -> int:
    async def act(transaction: Transaction) -> int:
        return await forget(transaction.session, transaction.now - kept, MOST_ROWS)

    return int(await store.submit(Call(user_id=""), act, int))


async def end_lapsed_capacity(store: Store) -> int:
    """End capacity holds that lapsed where nobody has come since; returns how many."""

    async def act(transaction: Transaction) -> int:
        return await end_lapsed(transaction.session, transaction.now, LAPSED_FOR, MOST_LOCATIONS)

    return int(await store.submit(Call(user_id=""), act, int))
