"""Routes where each demand names its locations: brute force that hands out units one by one; what does not matter."""

import random
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions.errors import InvalidInput, RequiredFieldMissing
from orderwright.decisions.explain_routes import explain_routes, shipments
from orderwright.decisions.find_routes import (
    MOST_CHECKED,
    MOST_ROUTES,
    MOST_WORK,
    Available,
    Ordered,
    Routing,
    decide_find_routes,
    routed,
)
from orderwright.decisions.find_routes_for_demands import (
    MOST_CONDITIONS,
    MOST_PLACES,
    Demand,
    decide_find_routes_for_demands,
)
from orderwright.decisions.search_budget import Budget


def demands(*texts: str) -> list[Demand]:
    """`A2 UV`: two units of SKU A, from locations U and V."""
    pairs = [text.split() for text in texts]
    return [Demand(what[0], Decimal(what[1:]), frozenset(where), where) for what, where in pairs]


def stock(**locations: str) -> list[Available]:
    """`W="A2 B1"`: location W has two units of SKU A and one of B."""
    return [
        Available(name, part[0], Decimal(part[1:])) for name, text in locations.items() for part in text.split()
    ]  # fmt: skip


def found(routing: Routing) -> list[str]:
    return [" ".join(routing.names(route)) for route in routing.routes]


CASES = [
    ("a location counts for an item only inside the item's group",
     ["A1 U", "B1 VW"], {"U": "A1 B1", "V": "B1", "W": "A1"}, ["U V"]),
    ("a unit that two items may have goes to one of them",
     ["A1 UV", "A1 VW"], {"U": "A1", "V": "A1", "W": "A1"}, ["U V", "U W", "V W"]),
    ("enough for both is enough", ["A1 UV", "A1 VW"], {"U": "A1", "V": "A2", "W": "A1"}, ["V"]),
    ("the shared unit goes where only it can go", ["A1 UV", "A1 V"], {"U": "A1", "V": "A1"}, ["U V"]),
    ("each alone could be filled, both together not", ["A2 UV", "A2 VW"], {"U": "A1", "V": "A1", "W": "A1"}, []),
    ("three that share pairwise", ["A1 UV", "A1 VW", "A1 UW"], {"U": "A2", "V": "A1", "W": "A1"}, ["U V", "U W"]),
    ("groups that are apart are each filled for themselves",
     ["A2 UV", "A2 WX"], {"U": "A2", "V": "A9", "W": "A1", "X": "A2"}, ["U X", "V X"]),
    ("a group within a group", ["A2 U", "A1 UV"], {"U": "A2", "V": "A1"}, ["U V"]),
    ("an item whose group has nobody", ["A1 U", "A1 "], {"U": "A9"}, []),
    ("equal items are added up", ["A1 UV", "A2 UV"], {"U": "A2", "V": "A3"}, ["V"]),
    ("what lies outside of all groups is no use", ["A2 U"], {"U": "A1", "V": "A9"}, []),
    ("only whole units are shipped", ["A1 UV"], {"U": "A0.5", "V": "A0.9"}, []),
    ("of 1200.35 units 1200 are", ["A1200 U"], {"U": "A1200.35"}, ["U"]),
    ("and no more", ["A1201 UV"], {"U": "A1200.35", "V": "A0.65"}, []),
    ("less than none is none", ["A1 UV"], {"U": "A-3.5", "V": "A1"}, ["V"]),
]  # fmt: skip


@pytest.mark.parametrize(("wanted", "locations", "routes"), [row[1:] for row in CASES], ids=[row[0] for row in CASES])
def test_items_of_groups(wanted: list[str], locations: dict[str, str], routes: list[str]):
    items = [Demand(what.split(" ")[0][0], Decimal(what.split(" ")[0][1:]), frozenset(what.split(" ")[1]))
             for what in wanted]  # fmt: skip
    routing = decide_find_routes_for_demands(items, stock(**locations))
    assert found(routing) == routes
    assert routing.limit is None


# --- brute force ------------------------------------------------------------------------------------------------------


def can_be_filled(wanted: list[Demand], held: dict[tuple[str, str], int], members: tuple[str, ...]) -> bool:
    """Whether all units can be handed out, each from a member that its demand allows: augmented one unit at a time."""
    seats: dict[tuple[str, str, int], int] = {}
    units = [(demand, number) for demand in wanted for number in range(int(demand.quantity))]

    def place(unit: int, tried: set[tuple[str, str, int]]) -> bool:
        demand = units[unit][0]
        for name in members:
            if name not in demand.locations:
                continue
            for piece in range(held.get((name, demand.stock_keeping_unit), 0)):
                seat = (name, demand.stock_keeping_unit, piece)
                if seat not in tried:
                    tried.add(seat)
                    if seat not in seats or place(seats[seat], tried):
                        seats[seat] = unit
                        return True
        return False

    return all(place(unit, set()) for unit in range(len(units)))


def every_route(wanted: list[Demand], rows: list[Available], splits: int | None) -> list[str]:
    """All combinations, smallest first, until a size has some."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for location, sku, quantity in rows:
        sums[location, sku] += quantity
    held = {at: max(int(total // 1), 0) if total >= 0 else 0 for at, total in sums.items()}
    names = list(dict.fromkeys(row.location for row in rows))
    for size in range(1, min(len(names), len(names) if splits is None else splits + 1) + 1):
        routes = [" ".join(each) for each in combinations(names, size) if can_be_filled(wanted, held, each)]
        if routes:
            return routes
    return []


def small_case(chance: random.Random) -> tuple[list[Demand], list[Available], int | None]:
    """Few locations, one to three SKUs, the same SKU often ordered from several groups that overlap."""
    names = [f"L{number}" for number in range(chance.randint(2, 7))]
    skus = "ABC"[: chance.choice([1, 1, 2, 3])]
    groups = [frozenset(chance.sample(names, chance.randint(2, len(names)))) for _ in range(chance.randint(1, 4))]
    wanted = [
        Demand(chance.choice(skus), Decimal(chance.randint(1, 3)), chance.choice(groups))
        for _ in range(chance.randint(1, 4))
    ]
    rows = [
        Available(name, sku, Decimal(chance.randint(-1, 6)) / chance.choice([1, 1, 2]))
        for name in names
        for sku in skus
        for _ in range(chance.choice([0, 1, 1, 1, 2]))
    ]
    chance.shuffle(rows)
    return wanted, rows, chance.choice([None, None, None, 1, 2])


@pytest.mark.parametrize("block", range(15))
def test_200_small_cases_give_what_brute_force_gives_in_the_same_order(block: int):
    chance = random.Random(block)
    kinds = Counter[object]()
    for _ in range(200):
        wanted, rows, splits = small_case(chance)
        routing = decide_find_routes_for_demands(wanted, rows, splits)
        routes = every_route(wanted, rows, splits)
        assert found(routing) == routes, (wanted, rows, splits)
        assert routing.limit is None
        kinds[len(routing.routes[0]) if routes else 0] += 1
        # What would be found if each demand were looked at alone.
        alone = routed(replace(routing.table, together=()), splits, MOST_ROUTES, Budget(MOST_CHECKED, MOST_WORK))
        kinds["shared"] += alone.routes != routing.routes
    # The cases are of every kind, or this would say little.
    assert min(kinds[kind] for kind in (0, 1, 2, "shared")) >= 8, kinds


@pytest.mark.parametrize("block", range(3))
def test_what_a_route_ships_is_what_was_ordered_from_who_may_ship_it_and_has_it(block: int):
    chance = random.Random(500 + block)
    explained = 0
    for _ in range(200):
        wanted, rows, splits = small_case(chance)
        routing = decide_find_routes_for_demands(wanted, rows, splits)
        table = routing.table
        for route in routing.routes[:5]:
            shipped = shipments(table, route)
            explained += 1
            totals = Counter[str]()
            for one in shipped:
                totals[one.stock_keeping_unit] += int(one.quantity)
                number = table.locations.index(one.location)
                assert one.quantity <= max(
                    row for row, sku in zip(table.held[number], table.skus, strict=True)
                    if sku == one.stock_keeping_unit
                )  # fmt: skip
            needs = Counter[str]()
            for demand in wanted:
                needs[demand.stock_keeping_unit] += int(demand.quantity)
            assert totals == needs
            assert {one.location for one in shipped} == set(routing.names(route)), "each location has its use"
            # Handed out unit by unit, what is shipped fills every demand from who may ship it.
            handed = {(one.location, one.stock_keeping_unit): int(one.quantity) for one in shipped}
            assert can_be_filled(wanted, handed, routing.names(route))
    assert explained > 100


QUANTITIES = st.integers(-1, 6).map(Decimal)
STOCKS = st.lists(st.builds(Available, st.sampled_from("UVWXYZ"), st.sampled_from("ABC"), QUANTITIES), max_size=18)
ORDERS = st.lists(st.builds(Ordered, st.sampled_from("ABC"), st.integers(1, 5).map(Decimal)), min_size=1, max_size=4)
SPLITS = st.none() | st.integers(0, 4)


@given(ORDERS, STOCKS, SPLITS)
def test_demands_that_anybody_may_ship_are_an_order_like_any_other(
    ordered: list[Ordered], rows: list[Available], splits: int | None
):
    anywhere = [Demand(*row, frozenset("UVWXYZ")) for row in ordered]
    expected = found(decide_find_routes(ordered, rows, splits))
    assert found(decide_find_routes_for_demands(anywhere, rows, splits)) == expected


DEMANDS = st.lists(
    st.builds(
        Demand, st.sampled_from("AB"), st.integers(1, 3).map(Decimal), st.frozensets(st.sampled_from("UVWXYZ")),
        st.sampled_from("gh"),
    ),
    min_size=1, max_size=5,
)  # fmt: skip


@given(DEMANDS, STOCKS, SPLITS, st.data())
def test_an_item_in_two_lines_is_the_same_item_and_order_does_not_matter(
    wanted: list[Demand], rows: list[Available], splits: int | None, data: st.DataObject
):
    lines = [
        demand._replace(quantity=Decimal(part))
        for demand in wanted
        for taken in [data.draw(st.integers(0, int(demand.quantity)))]
        for part in (taken, int(demand.quantity) - taken)
        if part
    ]
    expected = found(decide_find_routes_for_demands(wanted, rows, splits))
    mixed = data.draw(st.permutations(lines))
    assert found(decide_find_routes_for_demands(mixed, rows, splits)) == expected


# --- why, and what is refused -----------------------------------------------------------------------------------------


def test_the_explanation_tells_which_items_lack_units_together():
    routing = decide_find_routes_for_demands(demands("A2 UV", "A2 VW"), stock(U="A1", V="A1", W="A1"))
    explained = explain_routes(routing)
    assert explained.why == "no route: all locations together have 3 of the 4 ordered of A from UV, VW"
    rows = [(row.location_group_identifier, row.available, row.ordered, row.fewest_locations) for row in
            explained.ordered]  # fmt: skip
    two = Decimal(2)
    assert rows == [("UV", two, two, 2), ("VW", two, two, 2)]


def test_the_explanation_tells_who_is_left_out_and_who_has_enough_for_all_items():
    routing = decide_find_routes_for_demands(
        demands("A1 UV", "A1 VW", "B1 W"), stock(U="A1", V="A2", W="B1", X="A1", Y="A1")
    )
    explained = explain_routes(routing, {"X": "excludeLocations names it", "W": "its A does not count"})
    assert [(one.location, one.enough_of, one.some_of) for one in explained.locations] == [
        ("U", (), ("A",)), ("V", ("A",), ()), ("W", ("B",), ()), ("X", (), ()), ("Y", (), ()),
    ]  # fmt: skip
    assert [one.why for one in explained.locations[1:]] == [
        "in: part of 1 of 1 routes",
        "in: part of 1 of 1 routes; its A does not count",
        "out: excludeLocations names it",
        "out: it has none of what was ordered",
    ]


def test_groups_that_are_apart_or_within_each_other_make_no_more_conditions_than_items():
    names = [f"L{number}" for number in range(40)]
    rows = [Available(name, "A", Decimal(1)) for name in names]
    apart = [Demand("A", Decimal(1), frozenset([name])) for name in names]
    within = [Demand("A", Decimal(1), frozenset(names[:number])) for number in range(1, 41)]
    for wanted in (apart, within):
        routing = decide_find_routes_for_demands(wanted, rows)
        assert len(routing.table.together) == 40
        assert found(routing) == [" ".join(names)]


def test_ten_groups_that_overlap_in_every_way_are_routed():
    names = [f"L{number}" for number in range(11)]
    rows = [Available(name, "A", Decimal(1)) for name in names]
    star = [Demand("A", Decimal(1), frozenset([name, "L10"])) for name in names[:10]]
    routing = decide_find_routes_for_demands(star, rows)
    assert len(routing.table.together) == MOST_CONDITIONS == 2**10 - 1
    assert len(routing.routes) == 11


@pytest.mark.parametrize("count", [12, MOST_PLACES + 1])
def test_more_ways_to_overlap_than_can_be_looked_at_are_refused(count: int):
    names = [f"L{number}" for number in range(count)]
    rows = [Available(name, "A", Decimal(1)) for name in [*names, "shared"]]
    star = [Demand("A", Decimal(1), frozenset([name, "shared"])) for name in names]
    with pytest.raises(InvalidInput, match=f"A is ordered from {count} location groups"):
        decide_find_routes_for_demands(star, rows)


@pytest.mark.parametrize("quantity", ["0", "-1", "1.5", "1E+18"])
def test_an_ordered_quantity_is_a_whole_number_above_zero(quantity: str):
    wanted = [*demands("A1 U"), Demand("B", Decimal(quantity), frozenset("U"))]
    with pytest.raises(InvalidInput, match=r"^orderedItems\[1\]\.quantity: "):
        decide_find_routes_for_demands(wanted, stock(U="A1"))


def test_an_order_of_nothing_and_a_negative_number_of_splits_are_refused():
    with pytest.raises(RequiredFieldMissing, match="orderedItems is empty"):
        decide_find_routes_for_demands([], stock(U="A1"))
    with pytest.raises(InvalidInput, match="maximumNumberOfSplits is -1"):
        decide_find_routes_for_demands(demands("A1 U"), stock(U="A1"), -1)
