"""Why a location is in or out, and what a route ships: each number adds up, each reason is the true one."""

import random
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from orderwright.decisions.explain_routes import LocationWhy, explain_routes, shipments
from orderwright.decisions.find_routes import Available, Ordered, Routing, decide_find_routes


def routing_of(wanted: str, splits: int | None, **locations: str) -> Routing:
    """`A2 B1` is two units of SKU A and one of B, ordered or at a location."""
    rows = [Available(name, part[0], Decimal(part[1:])) for name, text in locations.items() for part in text.split()]
    return decide_find_routes([Ordered(part[0], Decimal(part[1:])) for part in wanted.split()], rows, splits)


def shipped(routing: Routing) -> list[list[str]]:
    return [
        [f"{one.location} {one.stock_keeping_unit}{one.quantity}" for one in shipments(routing.table, route)]
        for route in routing.routes
    ]


def whys(routing: Routing) -> dict[str, str]:
    return {location.location: location.why for location in explain_routes(routing).locations}


def test_the_fullest_location_ships_first_so_that_few_ship_the_same_sku():
    routing = routing_of("A5 B1", 1, U="A2 B1", V="A4", W="A5")
    assert shipped(routing) == [["U A1", "U B1", "V A4"], ["U B1", "W A5"]]


def test_of_equally_full_locations_the_first_named_ships():
    assert shipped(routing_of("A1 B1 C1", 1, U="A1 B1", V="A1 C1")) == [["U A1", "U B1", "V C1"]]


def test_parts_of_units_are_shown_as_they_are():
    assert shipped(routing_of("A2", 1, U="A1.25", V="A0.75")) == [["U A1.25", "V A0.75"]]


def test_what_a_route_ships_is_what_was_ordered_from_what_is_there_and_every_location_ships():
    chance = random.Random(7)
    routes = 0
    for _ in range(300):
        wanted = [Ordered(sku, Decimal(chance.randint(1, 9))) for sku in chance.choices("ABCD", k=4)]
        rows = [Available(name, sku, Decimal(chance.randint(-1, 6))) for name in "UVWXYZ" for sku in "ABCD"]
        needs, held = Counter[str](), defaultdict[tuple[str, str], Decimal](Decimal)
        for sku, quantity in wanted:
            needs[sku] += int(quantity)
        for location, sku, quantity in rows:
            held[location, sku] += quantity
        routing = decide_find_routes(wanted, rows)
        for route in routing.routes:
            found = shipments(routing.table, route)
            totals = Counter[str]()
            for one in found:
                assert 0 < one.quantity <= held[one.location, one.stock_keeping_unit]
                totals[one.stock_keeping_unit] += int(one.quantity)
            assert totals == needs
            assert len({(one.location, one.stock_keeping_unit) for one in found}) == len(found)
            assert {one.location for one in found} == set(routing.names(route))
            routes += 1
    assert routes > 300


def test_a_location_says_what_it_has_and_in_how_many_routes_it_is():
    explained = explain_routes(routing_of("A2 B1", None, U="A2", V="B5", W="B1 C9", X="A1"))
    assert explained.locations[:2] == (
        LocationWhy(enough_of=("A",), location="U", routes=2, some_of=(), why="in: part of 2 of 2 routes"),
        LocationWhy(enough_of=("B",), location="V", routes=1, some_of=(), why="in: part of 1 of 2 routes"),
    )
    assert (explained.locations[3].some_of, explained.locations[3].routes) == (("A",), 0)
    assert explained.why == "2 combinations of 2 cover the order, and none of fewer locations does"


def test_a_sku_says_how_much_there_is_and_how_few_locations_have_enough():
    explained = explain_routes(routing_of("A4 B9", None, U="A1", V="A3 B8", W="A2", X="A0"))
    found = [
        (one.stock_keeping_unit, int(one.ordered), int(one.available), one.locations, one.fewest_locations)
        for one in explained.ordered
    ]
    assert found == [("A", 4, 6, 3, 2), ("B", 9, 8, 1, None)]


@pytest.mark.parametrize(
    ("wanted", "splits", "locations", "location", "why"),
    [
        ("A2", 1, {"U": "A2", "V": "B9"}, "V", "out: it has none of what was ordered"),
        ("A2", 1, {"U": "A2", "V": "A-9"}, "V", "out: it has none of what was ordered"),
        ("A2", 0, {"U": "A2", "V": "A1"}, "V",
         "out: no combination of 1 with it covers the order; U has as much of everything, or more"),
        ("A3 B1", 1, {"U": "A3", "V": "B1", "W": "A1 B0"}, "W",
         "out: no combination of 2 with it covers the order; U has as much of everything, or more"),
        ("A3 B2", 1, {"U": "A3", "V": "B2", "W": "A1 B1"}, "W", "out: no combination of 2 with it covers the order"),
        ("A9", 1, {"U": "A3", "V": "A4"}, "U", "no route: all locations together have 7 of the 9 ordered of A"),
        ("A3", 1, {"U": "A1", "V": "A1", "W": "A1"}, "U",
         "no route: no combination of 2 or fewer locations covers the order"),
        ("A3", 1, {"U": "A1", "V": "A1", "W": "B1"}, "W", "out: it has none of what was ordered"),
    ],
)  # fmt: skip
def test_the_reason_why_a_location_is_out(wanted: str, splits: int, locations: dict[str, str], location: str, why: str):
    assert whys(routing_of(wanted, splits, **locations))[location] == why


def test_a_search_that_hit_a_cap_claims_nothing_it_does_not_know():
    rows = [Available(name, "A", Decimal(1)) for name in "UVWXYZ"]
    few = decide_find_routes([Ordered("A", Decimal(2))], rows, most_routes=2)
    assert whys(few)["Z"] == "out: in none of the 2 routes returned; there may be more"
    assert explain_routes(few).why.endswith("; there are more")
    none = decide_find_routes([Ordered("A", Decimal(2))], rows, most_checked=0)
    assert none.routes == ()
    assert set(whys(none).values()) == {"not known: the search ended after 0 combinations, before it found a route"}
