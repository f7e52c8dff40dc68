"""What one run does: an order, who pays for it and how, and what is asked at once. Drawn from a seed alone."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from tests.torture.matrix import KILLS, NOTHING, RESUMING, SENDING, STEPS, Cell

SCALES = {"USD": 2, "JPY": 0, "KWD": 3}


@dataclass(frozen=True)
class Line:
    """One item: units, and what all of them cost."""

    units: int
    amount: Decimal
    tax: Decimal


@dataclass(frozen=True)
class Tender:
    """One payment summary: an authorization, or one or two payments that were captured elsewhere."""

    kind: str
    amounts: tuple[Decimal, ...]
    references: tuple[str | None, ...]


@dataclass(frozen=True)
class Blow:
    """The `nth` time that `step` is reached, something is killed there. `waits`: what was killed comes back first."""

    step: str
    kill: str
    nth: int = 1
    waits: bool = True


@dataclass(frozen=True)
class Fault:
    """What the gateway is told."""

    operation: str
    kind: str
    times: int
    seconds: float = 0


@dataclass(frozen=True)
class Scenario:
    """One run. Amounts are in `currency`, at its scale."""

    cell: Cell
    name: str
    currency: str
    lines: dict[str, Line]
    shipments: tuple[dict[str, int], ...]
    tenders: tuple[Tender, ...]
    asked_at_once: int
    """How often each invoice, or credit memo, is asked for at the same time."""
    returns: tuple[dict[str, int], ...]
    excess_shares: tuple[int, ...]
    """Refunds of excess funds beside those of the credit memos: hundredths of what is left then."""
    workers: int
    delivered_twice: bool
    """Whether the queue hands each operation to two workers, as after a lost heartbeat."""
    gives_up: bool
    """Whether the queue lets an operation that failed once end, as it does after many attempts."""
    arrival: str
    """When what was on its way arrives: `soon`, once the faults are `healed`, while `recovering`, or at the `end`."""
    settle_seconds: float | None
    timeout_seconds: float
    retries_first: bool
    """Whether what failed is retried, or asked for anew."""
    goes_round: bool
    """Whether workers look after what nobody settled all the time, as they do, or only when asking did not help."""
    goes_round_meanwhile: bool
    """Whether they do so while everything fails, too: then two ask about the same request at once."""
    faults: tuple[Fault, ...] = ()
    blows: tuple[Blow, ...] = ()
    later_blows: tuple[Blow, ...] = field(default=())
    """These fall while the first ones are recovered from."""

    @property
    def total(self) -> Decimal:
        return sum((line.amount + line.tax for line in self.lines.values()), Decimal(0))


def draw(cell: Cell, seed: int, run: int) -> Scenario:
    """The scenario of one run. The same arguments give the same one."""
    dice = random.Random(f"run {seed} {run}")
    currency = dice.choice(list(SCALES))
    lines = {name: _line(dice, currency) for name in ("a", "b")[: dice.randint(1, 2)]}
    total = sum((line.amount + line.tax for line in lines.values()), Decimal(0))
    slow = cell.fault.endswith("slow")
    return Scenario(
        cell=cell,
        name=f"{seed}-{run}",
        currency=currency,
        lines=lines,
        shipments=_shipments(dice, lines),
        tenders=_tenders(dice, total, SCALES[currency], f"{seed}-{run}"),
        asked_at_once=dice.choice((1, 1, 2, 3)),
        returns=tuple({name: dice.randint(1, line.units)} for name, line in lines.items()),
        excess_shares=tuple(dice.randint(1, 45) for _ in range(dice.choice((0, 1, 1, 2)))),
        workers=dice.randint(1, 3),
        delivered_twice=dice.random() < 0.2,
        gives_up=dice.random() < 0.1,
        arrival=dice.choice(("soon", "healed", "recovering", "end")),
        settle_seconds=30 if cell.fault == "pending" else None,
        timeout_seconds=0.01 if slow and dice.random() < 0.5 else 10,
        retries_first=dice.random() < 0.5,
        goes_round=dice.random() < 0.6,
        goes_round_meanwhile=dice.random() < 0.3,
        faults=_faults(dice, cell),
        blows=_blows(dice, cell),
        later_blows=_later_blows(dice),
    )


def _money(dice: random.Random, scale: int, least: int, most: int) -> Decimal:
    return Decimal(dice.randint(least, most)).scaleb(-scale)


def _line(dice: random.Random, currency: str) -> Line:
    scale = SCALES[currency]
    return Line(dice.randint(1, 4), _money(dice, scale, 500, 20_000), _money(dice, scale, 0, 2_000))


def _shipments(dice: random.Random, lines: dict[str, Line]) -> tuple[dict[str, int], ...]:
    """All units, in one to three parcels."""
    parcels: list[dict[str, int]] = [{} for _ in range(dice.randint(1, 3))]
    for name, line in lines.items():
        for _ in range(line.units):
            parcel = dice.choice(parcels)
            parcel[name] = parcel.get(name, 0) + 1
    return tuple(parcel for parcel in parcels if parcel)


def _tenders(dice: random.Random, total: Decimal, scale: int, name: str) -> tuple[Tender, ...]:
    """One or two authorizations and perhaps a captured sale; together the total, somewhat more, or much more.

    Less than half of it is a sale, so that there is something to capture.
    """
    tenders = []
    left = total
    if dice.random() < 0.5:
        paid = _part(dice, total, scale, 45)
        left -= paid
        tenders.append(_tender(dice, "sale", _split(dice, paid, scale), name, 0))
    amounts = _split(dice, left, scale)
    amounts = (*amounts[:-1], amounts[-1] + dice.choice((Decimal(0), _money(dice, scale, 0, 500), total)))
    tenders += [_tender(dice, "authorization", (amount,), name, place) for place, amount in enumerate(amounts, 1)]
    dice.shuffle(tenders)
    return tuple(tenders)


def _tender(dice: random.Random, kind: str, amounts: tuple[Decimal, ...], name: str, place: int) -> Tender:
    """Some of them are known to the gateway by a number of its own, others by ours."""
    references = tuple(f"{kind}-{name}-{place}-{n}" if dice.random() < 0.5 else None for n in range(len(amounts)))
    return Tender(kind, amounts, references)


def _part(dice: random.Random, whole: Decimal, scale: int, most_percent: int) -> Decimal:
    units = int(whole.scaleb(scale))
    return Decimal(dice.randint(1, max(1, units * most_percent // 100))).scaleb(-scale)


def _split(dice: random.Random, whole: Decimal, scale: int) -> tuple[Decimal, ...]:
    """One or two parts of `whole`."""
    part = _part(dice, whole, scale, 90)
    return (whole,) if dice.random() < 0.4 or part >= whole else (part, whole - part)


def _faults(dice: random.Random, cell: Cell) -> tuple[Fault, ...]:
    if cell.fault in {NOTHING, "pending"}:
        return ()
    times = {"flapping": 4}.get(cell.fault, dice.choice((1, 2, 7, 7) if cell.fault == "error_before" else (1, 2, 3)))
    seconds = {"slow": 0.02, "late_notification": 5}.get(cell.fault, 0)
    if not cell.fault.startswith("look_up "):
        return (Fault(cell.operation, cell.fault, times, seconds),)
    kind = cell.fault.removeprefix("look_up ")
    # Somebody has to look: the first answer is lost.
    lost = Fault(cell.operation, "timeout_after_success", 1)
    return (lost, Fault("LookUp", kind, 4 if kind == "flapping" else times, 0.02 if kind == "slow" else 0))


def _blows(dice: random.Random, cell: Cell) -> tuple[Blow, ...]:
    if cell.step == NOTHING or cell.kill not in KILLS:
        return ()
    blow = Blow(cell.step, cell.kill, 1 + (dice.random() < 0.15), waits=dice.random() < 0.5)
    if cell.step not in RESUMING:
        return (blow,)
    # These steps are taken by an operation that was interrupted before.
    first = Blow(dice.choice(("plan committed", *SENDING)), "worker")
    return (first, Blow(cell.step, cell.kill, 1, waits=blow.waits))


def _later_blows(dice: random.Random) -> tuple[Blow, ...]:
    if dice.random() < 0.7:
        return ()
    return (Blow(dice.choice(STEPS), dice.choice(("worker", "connection")), dice.randint(1, 2)),)
