"""Which of several sources of money give how much: the documented choices, as pure functions.

Candidates come in order of creation, then id: where the manual says that ties are broken at random, the earlier one
wins, so the same request always gives the same plan (decisions.md M2).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import msgspec

from orderwright.objects.definition import Id

ZERO = Decimal(0)
ASKED = "named in sequences"
"""Why a payment summary is used that no rule chose."""


class Source(msgspec.Struct, frozen=True):
    """Somewhere money can come from, and how much of it; order currency, not negative."""

    id: Id
    available: Decimal
    preferred: bool = False
    """Wins against others that offer the same (decisions.md M7)."""
    whole_only: bool = False
    """Gives all it has or nothing: its gateway takes no part of it."""


class Take(msgspec.Struct, frozen=True):
    """An amount from one source, and the words that say why this one."""

    id: Id
    amount: Decimal
    why: str


def exact_or_largest(sources: Sequence[Source], amount: Decimal) -> tuple[Take, ...]:
    """Takes that fund `amount`, or all there is: the exact match, else the largest, tested again at each turn.

    Source: connectapi-ordersummary-class.txt#ensureFundsAsync (v66, documented), decisions.md#M1.
    """
    left, takes = amount, []
    rest = [source for source in sources if source.available > 0]
    while left > 0 and (rest := [source for source in rest if not source.whole_only or source.available <= left]):
        exact = _first([s for s in rest if s.available == left])
        chosen = exact or max(rest, key=lambda s: (s.available, s.preferred))
        part = min(chosen.available, left)
        takes.append(Take(chosen.id, part, "exact match" if exact else "largest"))
        left -= part
        rest = [source for source in rest if source is not chosen]
    return tuple(takes)


def exact_or_smallest_sufficient(sources: Sequence[Source], amount: Decimal) -> tuple[Take, ...]:
    """Takes that refund `amount`, or all there is: the exact match; else the smallest that covers it; else several,
    walked in descending order without another search (decisions.md M8).

    Source: connectapi-ordersummary-class.txt#ensureRefundsAsync (documented).
    """
    rest = [s for s in sources if s.available > 0 and not (s.whole_only and s.available > amount)]
    if amount <= 0 or not rest:
        return ()
    exact = _first([s for s in rest if s.available == amount])
    if exact:
        return (Take(exact.id, amount, "exact match"),)
    sufficient = [source for source in rest if source.available > amount]
    if sufficient:
        chosen = min(sufficient, key=lambda s: (s.available, not s.preferred))
        return (Take(chosen.id, amount, "smallest that covers it"),)
    return _descending(rest, amount)


def _descending(sources: Sequence[Source], amount: Decimal) -> tuple[Take, ...]:
    left, takes = amount, []
    for source in sorted(sources, key=lambda s: (-s.available, not s.preferred)):
        part = min(source.available, left)
        if part > 0 and not (source.whole_only and part < source.available):
            takes.append(Take(source.id, part, "several, in descending order"))
            left -= part
    return tuple(takes)


def _first(sources: Sequence[Source]) -> Source | None:
    """The preferred one among equals, else the earliest."""
    return next((s for s in sources if s.preferred), sources[0] if sources else None)


def inside(sources: Sequence[Source], takes: Sequence[Take], why: str) -> tuple[Take, ...]:
    """`takes` from `sources`, all of one payment summary, in the words that say why that one was chosen.

    Where it has several sources, each take says also why it was chosen among them.
    """
    several = sum(source.available > 0 for source in sources) > 1
    return tuple(Take(t.id, t.amount, f"{why}; inside it: {t.why}" if several else why) for t in takes)


def merged(takes: Sequence[Take]) -> tuple[Take, ...]:
    """`takes` with those of one source put together: a gateway is asked once for each, many allow no second capture."""
    by_id: dict[Id, Take] = {}
    for take in takes:
        known = by_id.get(take.id)
        by_id[take.id] = Take(take.id, known.amount + take.amount, f"{known.why}; {take.why}") if known else take
    return tuple(by_id.values())
