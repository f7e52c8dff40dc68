"""Which source gives how much: the documented choices, one row per sentence of the manual."""

from decimal import Decimal

import pytest

from orderwright.decisions.choose import Source, Take, exact_or_largest, exact_or_smallest_sufficient

FUNDS = [
    ("exact match wins over a larger source", {"a": 100, "b": 60}, 60, {"b": 60}),
    ("no exact match: the largest", {"a": 60, "b": 100, "c": 90}, 70, {"b": 70}),
    ("the exact match is looked for again at each turn", {"a": 50, "b": 60, "c": 30, "d": 40}, 100, {"b": 60, "d": 40}),
    ("no exact match at the second turn: the largest again", {"a": 50, "b": 60, "c": 30}, 100, {"b": 60, "a": 40}),
    ("equal amounts: the one created first (M2)", {"a": 50, "b": 50}, 50, {"a": 50}),
    ("equal largest amounts: the one created first (M2)", {"a": 50, "b": 50}, 30, {"a": 30}),
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
