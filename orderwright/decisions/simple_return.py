"""A return without a ReturnOrder: fulfilled units come back, with their part of every amount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from orderwright.decisions.change_items import ChangeDecision, ChangeItem, decide_change
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import WholeSummary


def decide_simple_return(
    whole: WholeSummary, change_items: Sequence[ChangeItem], now: dt.datetime, picklists: Picklists = STANDARD
) -> ChangeDecision:
    """Return the change order that takes `change_items` back, and its balances.

    Amounts and refusals as `decide_cancel`, with QuantityAvailableToReturn as the cap. No ReturnOrder is made; both
    QuantityReturnInitiated and QuantityReturned rise.
    Source: semantics.md#9 (documented; proration inferred).
    """
    return decide_change(whole, change_items, verb="Return", now=now, picklists=picklists)
