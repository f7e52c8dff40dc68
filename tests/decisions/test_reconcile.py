"""Our books beside a gateway's: each way in which they can differ is found, and nothing else."""

import datetime as dt
from collections import defaultdict
from decimal import Decimal, localcontext
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from orderwright.decisions.reconcile import decide_reconcile, is_key, to_ask, together
from orderwright.decisions.two_books import (
    LISTED_AS,
    WAYS_OUT,
    Comparison,
    Difference,
    DifferenceKind,
    Ours,
    Said,
    Span,
    Theirs,
    Total,
)

DAY, HOUR, MINUTE = dt.timedelta(days=1), dt.timedelta(hours=1), dt.timedelta(minutes=1)
SINCE = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
UNTIL = SINCE + 7 * DAY
NOW = UNTIL + 2 * DAY
NOON = SINCE + 3 * DAY + 12 * HOUR
LISTED = Span(
    since=SINCE, until=UNTIL, under_way_since=NOW - 10 * MINUTE, listed_since=SINCE - DAY, listed_until=UNTIL + DAY
)
ASKED = Span(since=SINCE, until=UNTIL, under_way_since=NOW - 10 * MINUTE)
MOVED = Said(status="Moved", amount=Decimal("10.00"), gateway_ref_number="n1", at=NOON)


def ours(number: int = 1, **changed: Any) -> Ours:
    """A capture of 10.00 that is Processed."""
    facts = {
        "id": f"9gR{number:012}", "kind": "Capture", "state": "Succeeded", "amount": Decimal("10.00"),
        "currency_iso_code": "EUR", "asked_at": NOON, "at": NOON, "status": "Processed",
        "record_id": f"0aQ{number:012}", "gateway_ref_number": f"n{number}",
    }  # fmt: skip
    return Ours(**facts | changed)  # type: ignore[arg-type]


def theirs(number: int = 1, **changed: Any) -> Theirs:
    """What the gateway has of it."""
    facts = {
        "kind": "Capture", "gateway_ref_number": f"n{number}", "idempotency_key": f"9gR{number:012}",
        "drawn_on": None, "amount": Decimal("10.00"), "currency_iso_code": "EUR", "booked_at": NOON,
    }  # fmt: skip
    return Theirs(**facts | changed)


UNSETTLED: dict[str, Any] = {"status": None, "record_id": None, "gateway_ref_number": None}
REFUSED: dict[str, Any] = {"state": "Refused", **UNSETTLED}
EXTERNAL: dict[str, Any] = {"id": "0aQ000000000007", "state": None, "external": True}


def kinds(
    mine: list[Ours], listed: list[Theirs], said: dict[str, Said] | None = None, span: Span = LISTED
) -> list[str]:
    return [difference.kind for difference in decide_reconcile(mine, listed, said or {}, span).differences]


@pytest.mark.parametrize(
    ("mine", "listed", "expected"),
    [
        pytest.param([ours()], [theirs()], [], id="what both have alike is no difference"),
        pytest.param([ours()], [theirs(amount=Decimal(10))], [], id="10 is 10.00"),
        pytest.param([], [], [], id="two empty books are alike"),
        pytest.param([], [theirs()], ["MissingHere"], id="a key of ours that we have no request for"),
        pytest.param([ours(status=None, record_id=None)], [theirs()], ["MissingHere"], id="the record was deleted"),
        pytest.param([ours()], [], ["MissingThere"], id="Processed here, nothing there"),
        pytest.param([ours()], [theirs(amount=Decimal("9.99"))], ["AmountDiffers"], id="another amount"),
        pytest.param([ours()], [theirs(currency_iso_code="USD")], ["CurrencyDiffers"], id="another currency"),
        pytest.param([ours()], [theirs(kind="Void")], ["KindDiffers"], id="another kind under the same key"),
        pytest.param(
            [ours()],
            [theirs(kind="Sale", currency_iso_code="USD", amount=Decimal(1))],
            ["KindDiffers"],
            id="one movement is one difference, the kind before currency and amount",
        ),
        pytest.param([ours(**REFUSED)], [theirs()], ["StateDiffers"], id="refused here, moved there"),
        pytest.param([ours(status="Failed")], [theirs()], ["StateDiffers"], id="a Failed record, moved there"),
        pytest.param([ours(status="Canceled")], [theirs()], ["StateDiffers"], id="a Canceled record, moved there"),
        pytest.param([ours(**REFUSED)], [], [], id="refused here, nothing there"),
        pytest.param([ours(status="Failed", state="Refused")], [], [], id="a Failed record, nothing there"),
        pytest.param([ours(state="Open", **UNSETTLED)], [], ["Unsettled"], id="open"),
        pytest.param([ours(state="Indeterminate", **UNSETTLED)], [theirs()], ["Unsettled"], id="no answer came"),
        pytest.param([ours(state="Accepted", status="Pending")], [], ["Unsettled"], id="taken, not yet carried out"),
        pytest.param([], [theirs(idempotency_key=None)], ["Unknown"], id="made without a key"),
        pytest.param([], [theirs(idempotency_key="order-1")], ["Unknown"], id="made with another program's key"),
        pytest.param(
            [ours()], [theirs(), theirs(gateway_ref_number="n2")], ["Twice"], id="two movements under one key"
        ),
        pytest.param(
            [ours()],
            [theirs(gateway_ref_number="n2", amount=Decimal(7), booked_at=NOON - HOUR), theirs()],
            ["Twice"],
            id="of two under one key, that which fits is ours, whichever came first",
        ),
        pytest.param(
            [ours(**REFUSED)],
            [theirs(), theirs(gateway_ref_number="n2")],
            ["StateDiffers", "Twice"],
            id="refused here, moved twice there",
        ),
        pytest.param([ours()], [theirs(idempotency_key=None)], [], id="without a key, the number names it"),
        pytest.param(
            [ours(), ours(2, kind="Reversal", gateway_ref_number="n1")],
            [theirs(idempotency_key=None), theirs(kind="Void", idempotency_key=None)],
            [],
            id="a void may bear the number of what it voids",
        ),
        pytest.param([ours(**EXTERNAL)], [], [], id="made elsewhere, and this gateway does not know it"),
        pytest.param(
            [ours(**EXTERNAL)], [theirs(idempotency_key="x")], [], id="made elsewhere, and known there by its number"
        ),
        pytest.param(
            [ours(**EXTERNAL)],
            [theirs(idempotency_key=None, amount=Decimal(9))],
            ["AmountDiffers"],
            id="made elsewhere, and this gateway knows it with another amount",
        ),
        pytest.param(
            [ours(**EXTERNAL)],
            [theirs(idempotency_key=None, kind="Sale")],
            [],
            id="whether money was taken in one step or two elsewhere is not ours to say",
        ),
        pytest.param(
            [ours(**EXTERNAL | {"external": False})], [], ["MissingThere"], id="said to be made by us, unknown there"
        ),
        pytest.param(
            [ours(kind="PostAuth")],
            [theirs(kind="Authorize", booked_at=SINCE - 9 * DAY)],
            [],
            id="a post-authorization is an authorization, booked when the payer's device made it",
        ),
    ],
)  # fmt: skip
def test_with_a_list(mine: list[Ours], listed: list[Theirs], expected: list[str]):
    assert kinds(mine, listed) == expected


@pytest.mark.parametrize(
    ("mine", "said", "expected"),
    [
        (ours(), MOVED, []),
        (ours(), replace(MOVED, amount=Decimal(9)), ["AmountDiffers"]),
        (ours(), Said(status="NoRecord"), ["MissingThere"]),
        (ours(), Said(status="Refused"), ["MissingThere"]),
        (ours(), Said(status="Pending"), ["MissingThere"]),
        (ours(**REFUSED), MOVED, ["StateDiffers"]),
        (ours(**REFUSED), Said(status="Pending"), ["StateDiffers"]),
        (ours(**REFUSED), Said(status="Refused"), []),
        (ours(**REFUSED), Said(status="NoRecord"), []),
        (ours(status=None, record_id=None), MOVED, ["MissingHere"]),
        (ours(state="Indeterminate", **UNSETTLED), MOVED, ["Unsettled"]),
        (ours(state="Indeterminate", **UNSETTLED), Said(status="Unknown"), ["Unsettled"]),
        (ours(state="Accepted", status="Pending"), Said(status="Pending"), ["Unsettled"]),
    ],
)
def test_by_asking(mine: Ours, said: Said, expected: list[str]):
    found = decide_reconcile([mine], [], {mine.id: said}, ASKED)
    assert [difference.kind for difference in found.differences] == expected
    assert found.unanswered == ()
    assert all(difference.said in {None, said} for difference in found.differences)


@pytest.mark.parametrize("mine", [ours(), ours(**REFUSED), ours(status=None, record_id=None)])
def test_what_the_gateway_does_not_say_is_neither_alike_nor_different(mine: Ours):
    found = decide_reconcile([mine], [], {mine.id: Said(status="Unknown")}, ASKED)
    assert (found.differences, found.unanswered) == ((), (mine.id,))


def test_every_difference_has_a_way_out_and_both_sides():
    assert set(WAYS_OUT) == set(get_args(DifferenceKind))
    mine, listed = ours(), theirs(amount=Decimal(9))
    (difference,) = decide_reconcile([mine], [listed], {}, LISTED).differences
    assert (difference.ours, difference.theirs) == (mine, listed)
    assert difference.way_out == WAYS_OUT["AmountDiffers"]


def test_totals_are_exact_by_currency_and_kind():
    mine = [
        ours(1, amount=Decimal("9999999999999999.99")),
        ours(2, amount=Decimal("0.01")),
        ours(3, kind="Refund", amount=Decimal("1.10")),
        ours(4, currency_iso_code="JPY", amount=Decimal(7)),
        ours(5, **REFUSED),
    ]
    listed = [
        theirs(1, amount=Decimal("9999999999999999.99")),
        theirs(2, amount=Decimal("0.02")),
        theirs(3, kind="Refund", amount=Decimal("1.10")),
    ]
    with localcontext(prec=5):
        found = decide_reconcile(mine, listed, {}, LISTED)
    assert found.totals == (
        Total(currency_iso_code="EUR", kind="Capture", ours=Decimal("10000000000000000.00"), ours_count=2,
              theirs=Decimal("10000000000000000.01"), theirs_count=2),
        Total(currency_iso_code="EUR", kind="Refund", ours=Decimal("1.10"), ours_count=1, theirs=Decimal("1.10"),
              theirs_count=1),
        Total(currency_iso_code="JPY", kind="Capture", ours=Decimal(7), ours_count=1),
    )  # fmt: skip
    assert Total(currency_iso_code="EUR", kind="Void", ours=Decimal(3), theirs=Decimal(1)).difference == -2


# The edges of the span.


def test_a_pair_belongs_to_the_span_if_either_side_does_and_counts_whole():
    before = theirs(booked_at=SINCE - HOUR)
    after = ours(2, at=UNTIL + HOUR)
    found = decide_reconcile([ours(), after], [before, theirs(2)], {}, LISTED)
    assert found.differences == ()
    assert [(total.ours_count, total.theirs_count) for total in found.totals] == [(2, 2)]


@pytest.mark.parametrize(("moment", "belongs"), [(SINCE, True), (UNTIL, False), (UNTIL - MINUTE, True)])
def test_since_belongs_to_the_span_and_until_does_not(moment: dt.datetime, belongs: bool):
    assert kinds([ours(at=moment, asked_at=moment)], []) == (["MissingThere"] if belongs else [])
    assert kinds([], [theirs(booked_at=moment)]) == (["MissingHere"] if belongs else [])


def test_what_neither_side_dates_in_the_span_is_left_out():
    found = decide_reconcile([ours(at=UNTIL + HOUR)], [theirs(booked_at=UNTIL + MINUTE, amount=Decimal(1))], {}, LISTED)
    assert found == Comparison()


def test_what_may_be_booked_outside_the_list_is_believed_when_the_gateway_says_so():
    early = ours(asked_at=SINCE - 20 * DAY)  # asked for long ago, settled in the span
    late = ours(2, at=UNTIL - MINUTE)
    fresh = replace(LISTED, listed_until=UNTIL - HOUR)
    assert kinds([early], [], {early.id: replace(MOVED, at=SINCE - 19 * DAY)}) == []
    assert kinds([late], [], {late.id: MOVED}, fresh) == []
    assert kinds([ours(kind="PostAuth")], [], {ours().id: MOVED}) == []


def test_what_the_list_should_have_is_missing_whatever_the_gateway_says_when_asked():
    mine = ours()
    assert kinds([mine], [], {mine.id: MOVED}) == ["MissingThere"]
    assert kinds([mine], [], {mine.id: Said(status="Unknown")}) == ["MissingThere"]
    # A gateway may date a capture by its authorization; it was not booked before it was asked for.
    assert kinds([mine], [], {mine.id: replace(MOVED, at=SINCE - 9 * DAY)}) == ["MissingThere"]


def test_what_is_just_under_way_is_left_out_on_both_sides():
    now = replace(LISTED, until=NOW, under_way_since=NOW - 10 * MINUTE)
    fresh: dict[str, Any] = {"asked_at": NOW - MINUTE, "at": NOW - MINUTE}
    listed = [theirs(booked_at=NOW - MINUTE)]
    for state in ("Open", "Accepted"):
        mine = ours(state=state, **UNSETTLED | fresh)
        assert to_ask([mine], [], now) == []
        assert decide_reconcile([mine], listed, {}, now) == Comparison(under_way=1)
    assert kinds([ours(state="Indeterminate", **UNSETTLED | fresh)], listed, span=now) == ["Unsettled"]
    due: dict[str, Any] = {"asked_at": NOW - 11 * MINUTE, "at": NOW - 11 * MINUTE}
    assert kinds([ours(state="Open", **UNSETTLED | due)], [], span=now) == ["Unsettled"]


def test_pending_money_is_reported_however_old():
    old: dict[str, Any] = {"asked_at": SINCE - 90 * DAY, "at": SINCE - 90 * DAY}
    assert kinds([ours(state="Indeterminate", **UNSETTLED | old)], []) == ["Unsettled"]


def test_the_gateway_is_asked_about_what_its_list_lacks_and_without_a_list_about_all():
    mine = [
        ours(1), ours(2), ours(3, **REFUSED), ours(4, state="Open", **UNSETTLED), ours(5, at=UNTIL), ours(**EXTERNAL)
    ]  # fmt: skip
    assert [movement.id[-1] for movement in to_ask(mine, [theirs(1)], LISTED)] == ["2", "4"]
    assert [movement.id[-1] for movement in to_ask(mine, [], ASKED)] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    ("key", "expected"), [(None, False), ("", False), ("order-1", False), ("9gR000000000001", True), ("9gR1", False)]
)
def test_a_key_of_ours_is_known_by_its_look(key: str | None, expected: bool):
    assert is_key(key) is expected


# Random books.

CURRENCIES = ("EUR", "JPY", "KWD")
AMOUNTS = st.integers(1, 10**6).map(lambda cents: Decimal(cents).scaleb(-2))


@st.composite
def books(draw: st.DrawFn) -> tuple[list[Ours], list[Theirs]]:
    """Two books that are alike: what we have moved, refused and recorded for others, and what the gateway has."""
    mine, listed = [], []
    for number in range(draw(st.integers(1, 8))):
        kind = draw(st.sampled_from(sorted(LISTED_AS)))
        at = SINCE + draw(st.integers(0, 7 * 24 * 60 - 1)) * MINUTE
        facts: dict[str, Any] = {
            "kind": kind, "amount": draw(AMOUNTS), "currency_iso_code": draw(st.sampled_from(CURRENCIES)),
            "asked_at": at - draw(st.integers(0, 60)) * MINUTE, "at": at,
        }  # fmt: skip
        fate = draw(st.sampled_from(["moved", "moved", "refused", "external", "external there"]))
        if fate.startswith("external"):
            facts |= {"id": f"0aQ{number:012}", "state": None, "external": True}
        movement = ours(number, **facts | (REFUSED if fate == "refused" else {}))
        mine.append(movement)
        if fate in {"moved", "external there"}:
            has_key = fate == "moved" and draw(st.booleans())
            listed.append(
                theirs(
                    number,
                    kind=LISTED_AS[kind],
                    amount=movement.amount,
                    currency_iso_code=movement.currency_iso_code,
                    booked_at=at + draw(st.integers(-20 * 60, 20 * 60)) * MINUTE,
                    **({} if has_key else {"idempotency_key": None}),
                )
            )
    return mine, draw(st.permutations(listed))


def effect(difference: Difference) -> dict[tuple[str, str], Decimal]:
    """By how much a difference lets the gateway's sums be more than ours."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    mine, listed = difference.ours, difference.theirs
    if listed is not None:
        sums[listed.currency_iso_code, listed.kind] += listed.amount
    if mine is not None and difference.kind not in {"Twice", "StateDiffers", "Unsettled", "MissingHere"}:
        sums[mine.currency_iso_code, LISTED_AS[mine.kind]] -= mine.amount
    return sums


def check_sums(found: Comparison) -> None:
    """The totals differ by what the differences come to, exactly."""
    expected: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for difference in found.differences:
        for place, amount in effect(difference).items():
            expected[place] += amount
    assert {place: amount for place, amount in expected.items() if amount} == {
        (total.currency_iso_code, total.kind): total.difference for total in found.totals if total.difference
    }


@given(books())
def test_books_that_are_alike_show_no_difference_and_equal_sums(both: tuple[list[Ours], list[Theirs]]):
    found = decide_reconcile(*both, {}, LISTED)
    assert found.differences == ()
    check_sums(found)


CORRUPTIONS = [
    "MissingHere", "deleted", "MissingThere", "AmountDiffers", "CurrencyDiffers", "KindDiffers", "StateDiffers",
    "Unsettled", "Unknown", "Twice",
]  # fmt: skip


@given(books(), st.sampled_from(CORRUPTIONS), st.data())
def test_exactly_what_was_corrupted_is_reported(
    both: tuple[list[Ours], list[Theirs]], corruption: str, data: st.DataObject
):
    mine, listed = both
    # One more pair, wholly ours, in any place: it is the one that is corrupted.
    kind = data.draw(st.sampled_from(["Capture", "Refund", "Reversal", "Authorization", "Sale"]))
    movement = ours(99, kind=kind, amount=data.draw(AMOUNTS))
    there = theirs(99, kind=LISTED_AS[kind], amount=movement.amount)
    mine, listed = corrupted(corruption, mine, listed, movement, there)
    mine, listed = data.draw(st.permutations(mine)), data.draw(st.permutations(listed))
    found = decide_reconcile(mine, listed, {}, LISTED)
    (difference,) = found.differences
    assert difference.kind == ("MissingHere" if corruption == "deleted" else corruption)
    assert (difference.ours or movement).id == movement.id
    assert (difference.theirs or there).gateway_ref_number in {"n99", "n100"}
    check_sums(found)


def corrupted(
    corruption: str, mine: list[Ours], listed: list[Theirs], movement: Ours, there: Theirs
) -> tuple[list[Ours], list[Theirs]]:
    """Both books with one more movement, which is in this way not the same in both."""
    mine_by = {
        "MissingHere": [],
        "Unknown": [],
        "deleted": [replace(movement, status=None, record_id=None, gateway_ref_number=None)],
        "StateDiffers": [replace(movement, **REFUSED)],
        "Unsettled": [replace(movement, state="Indeterminate", **UNSETTLED)],
    }
    other_kind = "Void" if there.kind != "Void" else "Refund"
    theirs_by = {
        "MissingThere": [],
        "AmountDiffers": [replace(there, amount=there.amount + Decimal("0.01"))],
        "CurrencyDiffers": [replace(there, currency_iso_code="USD")],
        "KindDiffers": [replace(there, kind=other_kind)],
        "Unknown": [replace(there, idempotency_key=None)],
        "Twice": [there, replace(there, gateway_ref_number="n100", booked_at=NOON + HOUR)],
    }
    return mine + mine_by.get(corruption, [movement]), listed + theirs_by.get(corruption, [there])


@given(books(), st.lists(st.sampled_from(CORRUPTIONS), min_size=1, max_size=6), st.data())
def test_sums_differ_by_the_differences_and_pages_add_up_to_the_whole(
    both: tuple[list[Ours], list[Theirs]], corruptions: list[str], data: st.DataObject
):
    pages = [both]
    for number, corruption in enumerate(corruptions, start=100):
        movement, there = ours(number, amount=data.draw(AMOUNTS)), theirs(number, amount=data.draw(AMOUNTS))
        pages.append(corrupted(corruption, [], [], movement, replace(there, gateway_ref_number=f"m{number}")))
    whole = decide_reconcile(
        [movement for page in pages for movement in page[0]], [t for page in pages for t in page[1]], {}, LISTED
    )
    check_sums(whole)
    paged = Comparison()
    for page in pages:
        paged = together(paged, decide_reconcile(*page, {}, LISTED))
    assert sorted(map(str, paged.differences)) == sorted(map(str, whole.differences))
    assert paged.totals == whole.totals
