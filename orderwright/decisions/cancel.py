"""How a cancel is computed: unallocated units leave the order, with their part of every amount."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from orderwright.decisions.change_items import ChangeDecision, ChangeItem, decide_change
from orderwright.objects.picklists import STANDARD, Picklists
from orderwright.objects.whole import WholeSummary


def decide_cancel(
    whole: WholeSummary, change_items: Sequence[ChangeItem], now: dt.datetime, picklists: Picklists = STANDARD
) -> ChangeDecision:
    """Return the change order that cancels `change_items`, and its balances.

    Amounts: order currency, at its scale; reductions negative on the change order, positive in the balances.
    Raises InvalidOperation for an unmanaged order, InvalidCrossReference for an item of another order, InvalidInput for
    a delivery charge, a repeated item or an unknown reason, QuantityUnavailable above QuantityAvailableToCancel.
    Source: semantics.md#7 (documented; proration inferred), decisions.md#Q1.
    """
    return decide_change(whole, change_items, verb="Cancel", now=now, picklists=picklists)
