"""Searches for routes, beside the other work of a server and never in its way.

A search is processor time and nothing else, up to two seconds of it. In a thread it lets other requests go on; several
at once would leave them little to go on with. So one search works at a time. Most need a few milliseconds, and must not
wait for one that needs seconds: each begins in the quick lane, and what is not ended soon begins anew in the long one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from orderwright.decisions.find_routes import Routing

T = TypeVar("T")

QUICK_WORK = 200_000
"""Steps of a search in the quick lane: about fifty milliseconds."""
_QUICK = ThreadPoolExecutor(1, "quick-routing")
_LONG = ThreadPoolExecutor(1, "long-routing")


async def searched(search: Callable[[int], Routing], most_work: int) -> Routing:
    """What `search` finds, given how many steps it may take: `most_work` if it needs them."""
    quick = min(QUICK_WORK, most_work)
    routing = await in_turn(lambda: search(quick))
    if routing.work <= quick or quick == most_work:
        return routing
    return await asyncio.get_running_loop().run_in_executor(_LONG, search, most_work)


async def in_turn(make: Callable[[], T]) -> T:
    """What `make` makes of a search's result, after what others make."""
    return await asyncio.get_running_loop().run_in_executor(_QUICK, make)
