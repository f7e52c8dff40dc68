"""Which source gives how much: the documented choices, one row per sentence of the manual."""

from collections.abc import Callable, Sequence
from decimal import Decimal

import pytest

from orderwright.decisions.choose import Source, Take, exact_or_largest, exact_or_smallest_sufficient, merged

Choice = Callable[[Sequence[Source], Decimal], tuple[Take, ...]]
FUNDS = [
    ("exact match wins over a larger source", {"a": 100, "b": 60}, 60, {"b": 60}),
    ("no exact match: the largest", {"a": 60, "b": 100, "c": 90}, 70, {"b": 70}),
    ("the exact match is looked for again at each turn", {"a": 50, "b": 60, "c": 30, "d": 40}, 100, {"b": 60, "d": 40}),
    ("no exact match at the second turn: the largest again", {"a": 50, "b": 60, "c": 30}, 100, {"b": 60, "a": 40}),
    ("equal amounts: the one created first (M2)", {"a": 50, "b": 50}, 50, {"a": 50}),
    ("equal largest amounts: the one created first (M2)", {"a": 50, "b": 50}, 30, {"a": 30}),
    ("equal exact matches: the one created first (M2)", {"c": 90, "a": 50, "b": 50}, 50, {"a": 50}),
    ("equal ones at a later turn: the one created first (M2)", {"a": 30, "b": 50, "c": 30}, 60, {"b": 50, "a": 10}),
    (
        "an exact match found at a later turn wins over a larger one",
        {"a": 60, "b": 55, "c": 40},
        100,
        {"a": 60, "c": 40},
    ),
    ("all there is when that is too little", {"a": 10, "b": 20}, 100, {"b": 20, "a": 10}),
    ("an empty source is not used", {"a": 0, "b": 20}, 20, {"b": 20}),
    ("nothing needed, nothing taken", {"a": 10}, 0, {}),
]
REFUNDS = [
    ("exact match wins", {"a": 100, "b": 60}, 60, {"b": 60}),
    ("no exact match: the smallest that is sufficient", {"a": 100, "b": 80, "c": 90}, 70, {"b": 70}),
    ("none is sufficient: descending, and the last piece is not searched for anew (M8)",
     {"a": 40, "b": 60, "c": 50}, 90, {"b": 60, "c": 30}),
    ("descending, equal amounts: the one created first (M2)",
     {"a": 50, "b": 50, "c": 60}, 120, {"c": 60, "a": 50, "b": 10}),
    ("equal sufficient amounts: the one created first (M2)", {"a": 90, "b": 90}, 80, {"a": 80}),
    ("equal exact matches: the one created first (M2)", {"c": 95, "a": 90, "b": 90}, 90, {"a": 90}),
    ("the walk goes on though one of the rest would match exactly (M8)", {"a": 60, "b": 50, "c": 30}, 90,
     {"a": 60, "b": 30}),
    ("the walk goes on though a smaller one would be sufficient (M8)", {"a": 60, "b": 50, "c": 45, "d": 31}, 91,
     {"a": 60, "b": 31}),
    ("an empty source is not used", {"a": 0, "b": 20}, 20, {"b": 20}),
    ("all there is when that is too little", {"a": 10, "b": 20}, 100, {"b": 20, "a": 10}),
    ("nothing owed, nothing taken", {"a": 10}, 0, {}),
]  # fmt: skip


def sources(available: dict[str, int], preferred: str = "") -> list[Source]:
    return [Source(name, Decimal(amount), name == preferred) for name, amount in available.items()]


def taken(takes: tuple[Take, ...]) -> list[tuple[str, int]]:
    return [(take.id, int(take.amount)) for take in takes]


@pytest.mark.parametrize(("available", "amount", "expected"), [r[1:] for r in FUNDS], ids=[r[0] for r in FUNDS])
def test_funds(available: dict[str, int], amount: int, expected: dict[str, int]):
    assert taken(exact_or_largest(sources(available), Decimal(amount))) == list(expected.items())


@pytest.mark.parametrize(("available", "amount", "expected"), [r[1:] for r in REFUNDS], ids=[r[0] for r in REFUNDS])
def test_refunds(available: dict[str, int], amount: int, expected: dict[str, int]):
    assert taken(exact_or_smallest_sufficient(sources(available), Decimal(amount))) == list(expected.items())


@pytest.mark.parametrize("amount", [50, 30, 70], ids=["exact", "smallest sufficient", "descending"])
def test_of_equal_sources_a_preferred_one_wins(amount: int):
    takes = exact_or_smallest_sufficient(sources({"a": 50, "b": 50}, preferred="b"), Decimal(amount))
    assert takes[0].id == "b"


WORDS: list[tuple[Choice, dict[str, int], int, list[str]]] = [
    (exact_or_largest, {"a": 60, "b": 40}, 100, ["largest", "exact match"]),
    (exact_or_largest, {"a": 60, "b": 50}, 100, ["largest", "largest"]),
    (exact_or_smallest_sufficient, {"a": 60, "b": 50}, 60, ["exact match"]),
    (exact_or_smallest_sufficient, {"a": 60, "b": 50}, 45, ["smallest that covers it"]),
    (exact_or_smallest_sufficient, {"a": 60, "b": 50}, 70, ["several, in descending order"] * 2),
]


@pytest.mark.parametrize(("choose", "available", "amount", "why"), WORDS, ids=[str(row[3]) for row in WORDS])
def test_each_take_says_why(choose: Choice, available: dict[str, int], amount: int, why: list[str]):
    assert [take.why for take in choose(sources(available), Decimal(amount))] == why


def test_a_preferred_one_does_not_win_against_a_better_fit():
    assert taken(exact_or_smallest_sufficient(sources({"a": 50, "b": 60}, preferred="b"), Decimal(50))) == [("a", 50)]
    assert taken(exact_or_smallest_sufficient(sources({"a": 50, "b": 60}, preferred="b"), Decimal(40))) == [("a", 40)]
    assert taken(exact_or_smallest_sufficient(sources({"a": 60, "b": 50}, preferred="b"), Decimal(90))) == [
        ("a", 60),
        ("b", 30),
    ]


def test_takes_from_one_source_become_one_with_all_their_words():
    takes = merged([Take("a", Decimal(20), "largest"), Take("b", Decimal(5), "largest"), Take("a", Decimal(1), "more")])
    assert takes == (Take("a", Decimal(21), "largest; more"), Take("b", Decimal(5), "largest"))
