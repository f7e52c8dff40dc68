"""/commerce/order-management/clock: the one clock of a test instance, seen and set. Extensions of ours."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Annotated

import msgspec

from orderwright.clock import LATEST, MILLISECOND, Change, advance_by, advance_to, freeze, run
from orderwright.decisions.errors import InvalidInput, InvalidOperation
from orderwright.rest.codec import About
from orderwright.rest.context import Context
from orderwright.rest.representations import ErrorResponse, NoInput
from orderwright.store.clock import SharedClock

NOTHING = dt.timedelta(0)
MOST_SECONDS = (LATEST - dt.datetime.min.replace(tzinfo=dt.UTC)) // dt.timedelta(seconds=1)


class FreezeClockInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Where to stop the clock."""

    at: Annotated[dt.datetime | None, About("Not before what the clock shows. Null: where it is.")] = None


class AdvanceClockInput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How far to set the clock ahead: one of both."""

    seconds: Annotated[Decimal | None, About("By how much; not negative, to the millisecond.")] = None
    to: Annotated[dt.datetime | None, About("To which moment; not before what the clock shows.")] = None


class ClockOutput(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """The clock as it is now."""

    errors: tuple[ErrorResponse, ...] = ()
    is_frozen: bool | None = None
    now: dt.datetime | None = None
    offset_seconds: Annotated[Decimal | None, About("How far it is ahead of the true time; negative: behind.")] = None
    success: bool = True


async def get_clock(context: Context) -> ClockOutput:
    """Extension: what the one clock of this instance shows. Timestamps, expiry and retry times all go by it."""
    return shown(context)


async def freeze_clock(context: Context, body: FreezeClockInput) -> ClockOutput:
    """Extension, on test instances: stop the clock of all processes, where it is or at a moment to come."""
    return await changed(context, partial(freeze, at=body.at))


async def advance_clock(context: Context, body: AdvanceClockInput) -> ClockOutput:
    """Extension, on test instances: set the clock ahead, by seconds or to a moment; a frozen one stays frozen. What is
    due by then is done at once; access tokens run out by the same clock.
    """
    return await changed(context, advanced(body))


async def run_clock(context: Context, body: NoInput) -> ClockOutput:  # noqa: ARG001 - it is empty
    """Extension, on test instances: let a frozen clock run on from where it stands."""
    return await changed(context, run)


def advanced(body: AdvanceClockInput) -> Change:
    """The change that was asked for. Raises InvalidInput unless there is one."""
    if (body.seconds is None) == (body.to is None):
        raise InvalidInput("send either seconds or to", "seconds", "to")
    if body.to is not None:
        return partial(advance_to, to=body.to)
    seconds = max(min(body.seconds or Decimal(0), Decimal(MOST_SECONDS)), Decimal(-MOST_SECONDS))
    return partial(advance_by, by=int(seconds * 1000) * MILLISECOND)


async def changed(context: Context, change: Change) -> ClockOutput:
    """The clock after `change`, by which all processes go. Raises InvalidOperation on a production instance, and what
    `change_clock` raises.
    """
    clock = context.store.clock
    if not isinstance(clock, SharedClock):
        raise InvalidOperation(
            "this is a production instance: it goes by the true time alone. The clock of a test instance can be set; "
            "the server is one when it is started with ORDERWRIGHT_INSTANCE=test, on a database for tests"
        )
    await clock.change(change)
    context.store.committed()  # what became due is looked for at once
    return shown(context)


def shown(context: Context) -> ClockOutput:
    """The clock as it is now."""
    clock = context.store.clock
    shared = clock if isinstance(clock, SharedClock) else None
    return ClockOutput(
        is_frozen=shared is not None and shared.state.frozen_at is not None,
        now=context.store.now(),
        offset_seconds=Decimal((shared.offset if shared else NOTHING) // MILLISECOND).scaleb(-3),
    )
