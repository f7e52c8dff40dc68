"""Routes with the fewest splits: the manual's sentences, brute force on small cases, and what must not matter."""

import random
from collections import Counter, defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.find_routes import (
    MOST_CHECKED,
    MOST_LOCATIONS,
    MOST_QUANTITIES,
    MOST_ROUTES,
    Available,
    Ordered,
    Routing,
    decide_find_routes,
)

Rows = list[Available]
Wanted = list[Ordered]


def order(text: str) -> Wanted:
    """`A2 B1`: two units of SKU A and one of B."""
    return [Ordered(part[0], Decimal(part[1:])) for part in text.split()]


def stock(**locations: str) -> Rows:
    """`W="A2 B-1"`: location W has a row of two units of SKU A and one of minus one unit of B."""
    return [
        Available(name, part[0], Decimal(part[1:])) for name, text in locations.items() for part in text.split()
    ]  # fmt: skip


def found(routing: Routing) -> list[str]:
    return [" ".join(routing.names(route)) for route in routing.routes]


SENTENCES = [
    ("single locations are tested first, and all that cover the order are returned", "A2", None,
     {"U": "A1", "V": "A2", "W": "A9", "X": "A1"}, ["V", "W"]),
    ("otherwise pairs, and all that cover the order are returned", "A2 B1", 1,
     {"U": "A2", "V": "B5", "W": "B1"}, ["U V", "U W"]),
    ("then trios and so on", "A1 B1 C1", None, {"U": "A1", "V": "B1", "W": "C1", "X": "C1"}, ["U V W", "U V X"]),
    ("larger combinations are never mixed in", "A2", 5, {"U": "A2", "V": "A1", "W": "A1"}, ["U"]),
    ("with N splits the largest combination has N+1 locations", "A3", 2, {"U": "A1", "V": "A1", "W": "A1"}, ["U V W"]),
    ("with N splits no larger one is tried", "A3", 1, {"U": "A1", "V": "A1", "W": "A1"}, []),
    ("with 0 splits only single locations", "A2", 0, {"U": "A1", "V": "A1"}, []),
    ("without a limit as many as it takes", "A4", None, {"U": "A1", "V": "A1", "W": "A1", "X": "A1"}, ["U V W X"]),
    ("one SKU may be split over locations", "A5", 1, {"U": "A3", "V": "A2", "W": "A1"}, ["U V"]),
    ("no route is an empty list", "A2 B1", None, {"U": "A9"}, []),
    ("an ordered SKU that nobody knows has no route", "Z1", None, {"U": "A9"}, []),
    ("SKUs that were not ordered do not matter", "A1", None, {"U": "B9", "V": "A1 B1"}, ["V"]),
    ("rows of the same SKU and location are added up", "A3", 0, {"U": "A1 A1 A1", "V": "A1 A1"}, ["U"]),
    ("ordered rows of the same SKU are added up", "A1 A2", 0, {"U": "A2", "V": "A3"}, ["V"]),
    ("zero is none", "A1", None, {"U": "A0", "V": "A1"}, ["V"]),
    ("less than zero is none, and takes nothing from others", "A2", 1, {"U": "A-5", "V": "A2"}, ["V"]),
    ("a negative row lowers its own location's sum", "A2", 0, {"U": "A3 A-2", "V": "A3 A-1"}, ["V"]),
    ("a location that others outdo is still part of a route", "A4", None, {"U": "A3", "V": "A1", "W": "A2"},
     ["U V", "U W"]),
    ("equal locations are all part of routes", "A2", None, {"U": "A1", "V": "A1", "W": "A1"}, ["U V", "U W", "V W"]),
    ("parts of units count exactly", "A1", 2, {"U": "A0.1", "V": "A0.2", "W": "A0.7"}, ["U V W"]),
    ("and are never rounded up", "A1", 2, {"U": "A0.1", "V": "A0.2", "W": "A0.699999999999999999"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "splits", "locations", "routes"), [row[1:] for row in SENTENCES],
                         ids=[row[0] for row in SENTENCES])  # fmt: skip
def test_the_manual(wanted: str, splits: int | None, locations: dict[str, str], routes: list[str]):
    routing = decide_find_routes(order(wanted), stock(**locations), splits)
    assert found(routing) == routes
    assert routing.limit is None


def test_the_caps_are_the_documented_ones():
    assert (MOST_CHECKED, MOST_ROUTES) == (1_000_000, 10_000)


def test_locations_and_routes_are_in_the_order_in_which_the_request_named_the_locations():
    rows = [Available(*row, Decimal(1)) for row in (("Z", "X"), ("M", "B"), ("A", "A"), ("Z", "A"), ("B", "B"))]
    assert found(decide_find_routes(order("A1 B1"), rows)) == ["Z M", "Z B", "M A", "A B"]


def test_more_digits_than_decimals_usually_keep_are_kept():
    almost, rest = Decimal("9999999999999998.999999999999999999"), Decimal("0.000000000000000001")
    rows = [Available("U", "A", almost), Available("V", "A", rest)]
    assert found(decide_find_routes([Ordered("A", Decimal(9999999999999999))], rows)) == ["U V"]
    assert found(decide_find_routes([Ordered("A", Decimal(9999999999999999))], rows[:1])) == []


# --- brute force ------------------------------------------------------------------------------------------------------


def every_route(wanted: Wanted, rows: Rows, splits: int | None) -> list[str]:
    """What the manual describes, word for word: all combinations, smallest first, until a size has some."""
    needs: dict[str, Fraction] = defaultdict(Fraction)
    for sku, quantity in wanted:
        needs[sku] += Fraction(quantity)
    sums: dict[tuple[str, str], Fraction] = defaultdict(Fraction)
    for location, sku, quantity in rows:
        sums[location, sku] += Fraction(quantity)
    locations = list(dict.fromkeys(row.location for row in rows))
    for size in range(1, min(len(locations), len(locations) if splits is None else splits + 1) + 1):
        routes = [
            " ".join(names)
            for names in combinations(locations, size)
            if all(sum(max(sums[name, sku], Fraction()) for name in names) >= need for sku, need in needs.items())
        ]
        if routes:
            return routes
    return []


def small_case(chance: random.Random) -> tuple[Wanted, Rows, int | None]:
    """A few locations and SKUs, some rows twice, some zero or negative, some in parts of units, some unordered."""
    skus = "ABCDEF"[: chance.randint(1, 6)]
    names = [f"L{number}" for number in chance.sample(range(100), chance.randint(1, 9))]
    wanted = [Ordered(sku, Decimal(chance.randint(1, 5))) for sku in chance.choices(skus, k=chance.randint(1, 5))]
    parts = chance.choice([1, 1, 1, 2, 10])
    rows = [
        Available(name, sku, Decimal(chance.randint(-1, 5 * parts)) / parts)
        for name in names
        for sku in skus
        for _ in range(chance.choice([0, 0, 1, 1, 1, 2]))
    ]
    chance.shuffle(rows)
    return wanted, rows, chance.choice([None, 0, 1, 2, 3])


@pytest.mark.parametrize("block", range(20))
def test_200_small_cases_give_what_brute_force_gives_in_the_same_order(block: int):
    chance = random.Random(block)
    sizes = Counter[int]()
    for _ in range(200):
        wanted, rows, splits = small_case(chance)
        routing = decide_find_routes(wanted, rows, splits)
        routes = every_route(wanted, rows, splits)
        assert found(routing) == routes, (wanted, rows, splits)
        assert routing.limit is None
        sizes[len(routing.routes[0]) if routing.routes else 0] += 1
    # The cases are of every kind, or this would say little.
    assert min(sizes[size] for size in (0, 1, 2, 3)) >= 5


@pytest.mark.parametrize("block", range(4))
def test_a_cap_on_routes_gives_the_first_of_them_and_says_so(block: int):
    chance = random.Random(1000 + block)
    capped = 0
    for _ in range(150):
        wanted, rows, splits = small_case(chance)
        routes = every_route(wanted, rows, splits)
        most = chance.randint(1, 3)
        routing = decide_find_routes(wanted, rows, splits, most_routes=most)
        assert found(routing) == routes[:most], (wanted, rows, splits, most)
        assert routing.limit == ("RoutesReturned" if len(routes) > most else None)
        capped += len(routes) > most and " " in routes[0]
    assert capped >= 10


@pytest.mark.parametrize("block", range(4))
def test_a_cap_on_combinations_gives_true_routes_and_says_that_there_may_be_more(block: int):
    chance = random.Random(2000 + block)
    cut = 0
    for _ in range(150):
        wanted, rows, splits = small_case(chance)
        routes = every_route(wanted, rows, splits)
        most = chance.randint(0, 6)
        routing = decide_find_routes(wanted, rows, splits, most_checked=most, most_routes=5)
        assert routing.checked <= most
        assert set(found(routing)) <= set(routes)
        assert len(routing.routes) <= 5
        if routing.limit is None:
            assert found(routing) == routes
        if routing.limit == "RoutesReturned":
            assert len(routing.routes) == 5 < len(routes)
        cut += routing.limit == "CombinationsChecked"
    assert cut > 10


# --- what must not matter ---------------------------------------------------------------------------------------------

QUANTITIES = st.integers(-1, 6).map(Decimal)
ORDERS = st.lists(st.builds(Ordered, st.sampled_from("ABC"), st.integers(1, 5).map(Decimal)), min_size=1, max_size=4)
STOCKS = st.lists(st.builds(Available, st.sampled_from("UVWXYZ"), st.sampled_from("ABCD"), QUANTITIES), max_size=18)
SPLITS = st.none() | st.integers(0, 4)


def as_sets(routing: Routing) -> set[frozenset[str]]:
    return {frozenset(routing.names(route)) for route in routing.routes}


@given(ORDERS, STOCKS, SPLITS, st.randoms(use_true_random=False))
def test_the_order_of_the_input_changes_the_order_of_the_routes_only(
    wanted: Wanted, rows: Rows, splits: int | None, chance: random.Random
):
    expected = as_sets(decide_find_routes(wanted, rows, splits))
    assert as_sets(decide_find_routes(chance.sample(wanted, len(wanted)), rows, splits)) == expected
    assert as_sets(decide_find_routes(wanted, chance.sample(rows, len(rows)), splits)) == expected


@given(ORDERS, STOCKS, SPLITS, st.integers(2, 1000))
def test_the_same_in_other_units_has_the_same_routes(wanted: Wanted, rows: Rows, splits: int | None, factor: int):
    larger = [Ordered(sku, quantity * factor) for sku, quantity in wanted]
    more = [Available(location, sku, quantity * factor) for location, sku, quantity in rows]
    assert found(decide_find_routes(larger, more, splits)) == found(decide_find_routes(wanted, rows, splits))


@given(ORDERS, STOCKS, SPLITS, st.data())
def test_a_row_in_two_parts_is_the_same_row(wanted: Wanted, rows: Rows, splits: int | None, data: st.DataObject):
    parts = [
        Available(location, sku, part)
        for location, sku, quantity in rows
        for taken in [data.draw(st.decimals(-3, 3, places=3))]
        for part in (taken, quantity - taken)
    ]
    assert found(decide_find_routes(wanted, parts, splits)) == found(decide_find_routes(wanted, rows, splits))


@given(ORDERS, STOCKS, SPLITS)
def test_more_than_is_ordered_counts_as_what_is_ordered(wanted: Wanted, rows: Rows, splits: int | None):
    needs = Counter[str]()
    for sku, quantity in wanted:
        needs[sku] += int(quantity)
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for location, sku, quantity in rows:
        sums[location, sku] += quantity
    much = [Available(*at, Decimal(10**9) if quantity >= needs[at[1]] else quantity) for at, quantity in sums.items()]
    expected, routing = decide_find_routes(wanted, rows, splits), decide_find_routes(wanted, much, splits)
    assert as_sets(routing) == as_sets(expected)
    assert routing.limit is expected.limit is None


# --- many locations, and what is refused ------------------------------------------------------------------------------


def test_a_route_of_thousands_of_locations_is_found():
    rows = [Available(f"L{number}", "A", Decimal(1)) for number in range(3000)]
    routing = decide_find_routes([Ordered("A", Decimal(3000))], rows)
    assert [len(route) for route in routing.routes] == [3000]
    assert routing.limit is None
    assert routing.checked <= 2 * 3000  # once to see that there is one, once to list all; smaller sizes are not tried
    assert decide_find_routes([Ordered("A", Decimal(3001))], rows).routes == ()


def test_the_first_10000_of_millions_of_routes_are_returned():
    rows = [Available(f"L{number}", "A", Decimal(1)) for number in range(2000)]
    routing = decide_find_routes([Ordered("A", Decimal(3))], rows)
    assert routing.limit == "RoutesReturned"
    assert list(routing.routes) == list(islice(combinations(range(2000), 3), MOST_ROUTES))


def test_a_needle_in_thousands_of_locations_is_found_with_few_combinations():
    rows = [Available(f"L{number}", sku, Decimal(1)) for number in range(5000) for sku in "ABC"[: number % 3]]
    rows += [Available("needle", "C", Decimal(2)), Available("thread", "C", Decimal(1))]
    routing = decide_find_routes(order("A1 B1 C3"), rows, 2)
    assert len(routing.routes) == 5000 // 3
    assert {name for route in routing.routes for name in routing.names(route)[1:]} == {"needle", "thread"}
    assert routing.checked < 20


def test_what_exceeds_the_order_makes_no_location_look_better():
    rows = [Available(f"L{number}", "ABCDEF"[number % 6], Decimal(1)) for number in range(600)]
    much = [row._replace(quantity=Decimal(10**9)) for row in rows]
    few, many = (decide_find_routes(order("A1 B1 C1 D1 E1 F1"), each, 4) for each in (rows, much))
    assert few.routes == many.routes == ()
    assert few.checked == many.checked == 0


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1E+18"])
def test_an_ordered_quantity_is_a_whole_number_above_zero(quantity: str):
    wanted = [Ordered("A", Decimal(1)), Ordered("B", Decimal(quantity))]
    with pytest.raises(InvalidInput, match=r"^orderedQuantities\[1\]\.quantity: "):
        decide_find_routes(wanted, stock(U="A1"))


def test_an_order_of_nothing_is_refused():
    with pytest.raises(RequiredFieldMissing, match="orderedQuantities is empty"):
        decide_find_routes([], stock(U="A1"))


def test_a_negative_number_of_splits_is_refused():
    with pytest.raises(InvalidInput, match="maximumNumberOfSplits is -1"):
        decide_find_routes(order("A1"), stock(U="A1"), -1)


def test_no_stock_at_all_is_no_route():
    assert decide_find_routes(order("A1"), []).routes == ()


def test_more_locations_than_one_search_takes_are_refused():
    rows = [Available(f"L{number}", "B", Decimal(1)) for number in range(MOST_LOCATIONS + 1)]
    with pytest.raises(InvalidInput, match="names 10001 locations; send at most 10000"):
        decide_find_routes(order("A1"), rows)
    assert decide_find_routes(order("A1"), rows[:-1]).routes == ()


def test_more_quantities_than_one_search_takes_are_refused():
    rows = [Available(f"L{number}", "S0", Decimal(1)) for number in range(1001)]
    wanted = [Ordered(f"S{number}", Decimal(1)) for number in range(MOST_QUANTITIES // 1000)]
    with pytest.raises(InvalidInput, match="1001 locations × 1000 SKUs are more than 1000000 quantities"):
        decide_find_routes(wanted, rows)
