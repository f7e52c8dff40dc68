"""An operation that could not be carried out now: when it is tried again, or that it is given up."""

from __future__ import annotations

import datetime as dt

import msgspec

from orderwright.decisions.decision import Decision
from orderwright.decisions.finish_operation import decide_give_up
from orderwright.decisions.funds import funds_decision, with_operation
from orderwright.objects.background_operation import BackgroundOperation
from orderwright.objects.whole import WholeSummary

MOST_TRIES = 8
LONGEST_PAUSE = dt.timedelta(minutes=5)


def decide_put_off(whole: WholeSummary, operation: BackgroundOperation, why: str, now: dt.datetime) -> Decision:
    """Return `operation` with its next try put into ProcessAfter; after MOST_TRIES of one run it is given up.

    The pause doubles from one second to LONGEST_PAUSE. Error says why it waits.
    Source: the record is silent; semantics.md#15.4 (what may be retried, documented).
    """
    tries = operation.tries + 1
    if tries >= MOST_TRIES:
        return decide_give_up(whole, msgspec.structs.replace(operation, tries=tries), why, now)
    after = msgspec.structs.replace(
        operation,
        tries=tries,
        attempts=operation.attempts + 1,
        error=why[:1000],
        process_after=now + pause(tries),
        handed_at=None,
    )
    return funds_decision(whole, with_operation(whole, after))


def pause(tries: int) -> dt.timedelta:
    """How long an operation waits after `tries` vain ones."""
    return min(LONGEST_PAUSE, dt.timedelta(seconds=2 ** min(tries - 1, 16)))
