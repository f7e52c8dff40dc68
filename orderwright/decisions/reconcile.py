"""Our books beside a gateway's: what moved there and not here, here and not there, or not alike.

A movement is one authorization, capture, sale, refund or void. The gateway names it by our idempotency key, which is
the id of our request, else by its own number, which our record keeps. What our side says is what its record says: a
Payment, Refund, PaymentAuthorization or PaymentAuthAdjustment has moved if it is Processed.

The edges of a span of time: neither side dates a movement as the other does, so a pair belongs to the span if either
side's date does, and then both sides count. Whoever collects the two sides therefore looks for the other half of a
movement wherever it lies: for ours by key and number, whatever its date; for the gateway's in a list that is wider than
the span, and what is still missing by asking about its key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple

import msgspec

from orderwright.arithmetic.money import EXACT
from orderwright.decisions.two_books import (
    LISTED_AS,
    WAYS_OUT,
    Comparison,
    Difference,
    DifferenceKind,
    Kind,
    Ours,
    Said,
    Span,
    Theirs,
    Total,
)
from orderwright.objects.definition import Id
from orderwright.objects.rules import OPEN_REQUEST_STATES

_TAKING = frozenset({"Capture", "Sale"})


class _Judged(NamedTuple):
    differences: Sequence[Difference] = ()
    ours: Sequence[Total] = ()
    theirs: Sequence[Theirs] = ()
    under_way: int = 0
    unanswered: tuple[Id, ...] = ()


def decide_reconcile(ours: Iterable[Ours], theirs: Iterable[Theirs], said: Mapping[Id, Said], span: Span) -> Comparison:
    """Return how the two sides differ: first by our movements in their order, then what only the gateway knows.

    `said`: what the gateway says of those that `to_ask` names, by request.
    Source: decisions.md#M13 (inferred), semantics.md#15.7 (inferred).
    """
    matched, strangers = _matched(ours := list(ours), theirs)
    judged = [_judge(movement, matched.get(movement.id, []), said.get(movement.id), span) for movement in ours]
    judged += [
        _Judged([_difference("MissingHere" if is_key(t.idempotency_key) else "Unknown", None, t)], theirs=[t])
        for t in strangers
        if t.booked_at in span
    ]
    return Comparison(
        differences=tuple(difference for one in judged for difference in one.differences),
        totals=_summed(total for one in judged for total in (*one.ours, *map(_there, one.theirs))),
        under_way=sum(one.under_way for one in judged),
        unanswered=tuple(request_id for one in judged for request_id in one.unanswered),
    )


def to_ask(ours: Iterable[Ours], theirs: Iterable[Theirs], span: Span) -> list[Ours]:
    """Return the requests that the gateway has to be asked about before a decision, in their order.

    Where it has listed its books: those whose movement should be there, or might be, and is not. Otherwise all.
    """
    matched, _ = _matched(ours := list(ours), theirs)
    standings = {"Moved", "Unsettled"} if span.listed_until is not None else {"Moved", "Unsettled", "Refused", "Gone"}
    return [
        movement
        for movement in ours
        if movement.state is not None and not matched.get(movement.id) and _standing(movement) in standings
        if _belongs(movement, (), span) and not _is_under_way(movement, span)
    ]  # fmt: skip


def together(one: Comparison, other: Comparison) -> Comparison:
    """Return two comparisons as one; no movement may be in both."""
    return Comparison(
        differences=one.differences + other.differences,
        totals=_summed((*one.totals, *other.totals)),
        under_way=one.under_way + other.under_way,
        unanswered=one.unanswered + other.unanswered,
    )


def is_key(idempotency_key: str | None) -> bool:
    """Whether a key looks like the id of one of our requests."""
    return idempotency_key is not None and len(idempotency_key) == 15 and idempotency_key.startswith("9gR")


def _matched(ours: Sequence[Ours], theirs: Iterable[Theirs]) -> tuple[dict[Id, list[Theirs]], list[Theirs]]:
    """What the gateway has of each of ours, by key, else by number; and what it has of none."""
    keys = {movement.id for movement in ours if movement.state is not None}
    numbers: dict[tuple[str, str], Id] = {}
    for movement in ours:
        if movement.gateway_ref_number is not None:
            numbers.setdefault((_class(LISTED_AS[movement.kind]), movement.gateway_ref_number), movement.id)
    matched: dict[Id, list[Theirs]] = {}
    strangers = []
    for t in theirs:
        key = t.idempotency_key
        found = key if key in keys else numbers.get((_class(t.kind), t.gateway_ref_number))
        if found is None:
            strangers.append(t)
        else:
            matched.setdefault(found, []).append(t)
    return matched, strangers


def _class(kind: Kind) -> str:
    """Kinds that share their numbers: a sale is named by its capture, and a void may be named by its authorization."""
    return "Capture" if kind in _TAKING else kind


def _standing(ours: Ours) -> Literal["Moved", "Refused", "Unsettled", "Gone"]:
    """What our side says. Gone: the request succeeded, and its record is not there."""
    if ours.state in OPEN_REQUEST_STATES:
        return "Unsettled"
    if ours.status is None:
        return "Gone" if ours.state == "Succeeded" else "Refused"
    if ours.status == "Processed":
        return "Moved"
    return "Unsettled" if ours.status == "Pending" else "Refused"


def _belongs(ours: Ours, theirs: Sequence[Theirs], span: Span) -> bool:
    """Whether the pair is to be judged. Money that is pending is pending today, however long ago it was asked for."""
    if ours.state in OPEN_REQUEST_STATES and ours.at < span.until:
        return True
    return ours.at in span or any(t.booked_at in span for t in theirs)


def _is_under_way(ours: Ours, span: Span) -> bool:
    return ours.state in {"Open", "Accepted"} and ours.at >= span.under_way_since


def _judge(ours: Ours, found: Sequence[Theirs], said: Said | None, span: Span) -> _Judged:
    if not _belongs(ours, found, span):
        return _Judged()
    if _is_under_way(ours, span):
        return _Judged(under_way=1)
    found = found or _heard(ours, said, span)
    if not found:
        return _alone(ours, said, span)
    # That which fits is the one that was asked for; else the first.
    first, *others = sorted(found, key=lambda t: (_verdict(ours, t) is not None, t.booked_at, t.gateway_ref_number))
    kind = _verdict(ours, first)
    differences = [] if kind is None else [_difference(kind, ours, first, said)]
    return _Judged(
        differences=[*differences, *(_difference("Twice", ours, other) for other in others)],
        ours=_here(ours, _kind_beside(ours, first)),
        theirs=found,
    )


def _verdict(ours: Ours, theirs: Theirs) -> DifferenceKind | None:
    standing = _standing(ours)
    if standing != "Moved":
        kinds: Mapping[str, DifferenceKind] = {"Unsettled": "Unsettled", "Gone": "MissingHere"}
        return kinds.get(standing, "StateDiffers")
    if theirs.kind != _kind_beside(ours, theirs):
        return "KindDiffers"
    if theirs.currency_iso_code != ours.currency_iso_code:
        return "CurrencyDiffers"
    return "AmountDiffers" if theirs.amount != ours.amount else None


def _kind_beside(ours: Ours, theirs: Theirs) -> Kind:
    """What our side calls the movement. What others made counts as the gateway calls it, if money was taken: whether
    in one step or in two was not ours to say.
    """
    kind = LISTED_AS[ours.kind]
    return theirs.kind if ours.state is None and {kind, theirs.kind} <= _TAKING else kind


def _alone(ours: Ours, said: Said | None, span: Span) -> _Judged:
    """What is to be said of ours that the gateway has nothing of."""
    standing = _standing(ours)
    here = _here(ours, LISTED_AS[ours.kind])
    if standing == "Unsettled":
        return _Judged([_difference("Unsettled", ours, None, said)]) if ours.state is not None else _Judged()
    if ours.state is None:
        is_missing = standing == "Moved" and not ours.external
        return _Judged([_difference("MissingThere", ours, None)], here) if is_missing else _Judged()
    if said is None or said.status == "Unknown":
        return _unheard(ours, said, span)
    if standing == "Moved":
        return _Judged([_difference("MissingThere", ours, None, said)], here)
    return _Judged([_difference("StateDiffers", ours, None, said)]) if said.status == "Pending" else _Judged()


def _unheard(ours: Ours, said: Said | None, span: Span) -> _Judged:
    """As `_alone`, where the gateway was not asked about it or did not say: then its list decides, if it can."""
    if _standing(ours) != "Moved":
        return _Judged() if said is None else _Judged(unanswered=(ours.id,))
    if _should_be_listed(ours, said, span):
        return _Judged([_difference("MissingThere", ours, None, said)], _here(ours, LISTED_AS[ours.kind]))
    return _Judged(unanswered=(ours.id,))


def _heard(ours: Ours, said: Said | None, span: Span) -> list[Theirs]:
    """The movement as the gateway tells it when asked; nothing if its list, which is whole, should have had it."""
    if said is None or said.status != "Moved" or said.amount is None:
        return []
    if _standing(ours) == "Moved" and _should_be_listed(ours, said, span):
        return []
    heard = Theirs(
        kind=LISTED_AS[ours.kind],
        gateway_ref_number=said.gateway_ref_number or ours.gateway_ref_number or "",
        idempotency_key=ours.id,
        drawn_on=ours.drawn_on,
        amount=said.amount,
        currency_iso_code=ours.currency_iso_code,
        booked_at=said.at or ours.at,
    )
    return [heard]


def _should_be_listed(ours: Ours, said: Said | None, span: Span) -> bool:
    """Whether the movement cannot have been booked outside the time that was listed: not before it was asked for, nor
    after its outcome was recorded. What a payer's device authorized was booked before, nobody here knows when.
    """
    if span.listed_since is None or span.listed_until is None or ours.kind == "PostAuth":
        return False
    earliest = max(ours.asked_at, said.at) if said is not None and said.at is not None else ours.asked_at
    return span.listed_since <= earliest and ours.at < span.listed_until


def _difference(kind: DifferenceKind, ours: Ours | None, theirs: Theirs | None, said: Said | None = None) -> Difference:
    return Difference(kind=kind, ours=ours, theirs=theirs, said=said, way_out=WAYS_OUT[kind])


def _here(ours: Ours, kind: Kind) -> list[Total]:
    if _standing(ours) != "Moved":
        return []
    return [Total(currency_iso_code=ours.currency_iso_code, kind=kind, ours=ours.amount, ours_count=1)]


def _there(theirs: Theirs) -> Total:
    return Total(currency_iso_code=theirs.currency_iso_code, kind=theirs.kind, theirs=theirs.amount, theirs_count=1)


def _summed(totals: Iterable[Total]) -> tuple[Total, ...]:
    """One total for each currency and kind, sorted by them."""
    sums: dict[tuple[str, Kind], Total] = {}
    for total in totals:
        place = (total.currency_iso_code, total.kind)
        sums[place] = _plus(sums[place], total) if place in sums else total
    return tuple(sums[place] for place in sorted(sums))


def _plus(one: Total, other: Total) -> Total:
    return msgspec.structs.replace(
        one,
        ours=EXACT.add(one.ours, other.ours),
        theirs=EXACT.add(one.theirs, other.theirs),
        ours_count=one.ours_count + other.ours_count,
        theirs_count=one.theirs_count + other.theirs_count,
    )
