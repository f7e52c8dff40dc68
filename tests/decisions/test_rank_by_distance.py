"""Ranking by average distance: what the manual says, sentence by sentence, and the geometry behind it."""

import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orderwright.decisions.errors import InvalidInput
from orderwright.decisions.rank_by_distance import (
    EARTH_RADIUS_METRES,
    Place,
    Position,
    Stop,
    decide_rank_by_distance,
    metres_between,
    place_of,
)

HALF_WAY_ROUND = math.pi * EARTH_RADIUS_METRES
A_METRE = 1


def at(latitude, longitude, found_as="x"):
    return Position(latitude=latitude, longitude=longitude, source="Own", found_as=found_as)


# On the equator a degree is a degree of the sphere: 111.195 km.
EQUATOR = {Place("KE", str(degree)): at(0, degree) for degree in range(20)}
HERE = Place("KE", "0")


def stop(degree, identifier=None):
    return Stop(identifier or f"L{degree}", Place("KE", str(degree)))


def ranked(*sets, direction="ASC", unit="km", positions=EQUATOR):
    stops = [[one if isinstance(one, Stop) else stop(one) for one in degrees] for degrees in sets]
    return decide_rank_by_distance(HERE, stops, positions, unit, direction)


def order(found):
    return [[s.stop.identifier for s in one.stops] for one in found]


@pytest.mark.parametrize(
    ("unit", "distance"),
    [pytest.param("km", "111.2", id="kilometers"), pytest.param("mi", "69.1", id="miles")],
)
def test_per_set_distance_of_each_location_to_recipient_in_the_unit_asked_for(unit, distance):
    [one] = ranked([1], unit=unit)
    assert [s.distance for s in one.stops] == [Decimal(distance)]


def test_then_the_average_an_unweighted_mean_rounded_once():
    [one] = ranked([1, 2])
    # 111.195 and 222.390 show as 111.2 and 222.4, whose mean would be 166.8 as well; of 1, 1 and 2 it tells.
    assert (one.average_distance, [s.distance for s in one.stops]) == (
        Decimal("166.8"),
        [Decimal("111.2"), Decimal("222.4")],
    )
    [other] = ranked([1, 1, 2])
    assert other.average_distance == Decimal("148.3")


def test_asc_orders_results_by_average_distance_and_ranks_them_from_1():
    found = ranked([5], [1, 2], [3])
    assert order(found) == [["L1", "L2"], ["L3"], ["L5"]]
    assert [one.rank for one in found] == [1, 2, 3]


def test_desc_orders_them_the_other_way_round_and_rank_follows_the_result_inferred():
    found = ranked([5], [1, 2], [3], direction="DESC")
    assert order(found) == [["L5"], ["L3"], ["L1", "L2"]]
    assert [one.rank for one in found] == [1, 2, 3]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
def test_ties_keep_the_order_of_input_inferred(direction):
    found = ranked([stop(2, "b")], [stop(1, "c"), stop(3, "d")], [stop(2, "a")], direction=direction)
    assert order(found) == [["b"], ["c", "d"], ["a"]]
    assert [one.rank for one in found] == [1, 2, 3]


def test_averages_that_look_equal_are_equal_inferred():
    positions = EQUATOR | {Place("KE", "far"): at(0, 1.0001)}
    assert order(ranked([Stop("far", Place("KE", "far"))], [1], positions=positions)) == [["far"], ["L1"]]


def test_locations_keep_their_order_inside_a_set():
    assert order(ranked([3, 1, 2])) == [["L3", "L1", "L2"]]


def test_a_location_counts_as_often_as_it_is_listed():
    [one] = ranked([1, 1, 1, 4])
    assert one.average_distance == Decimal("194.6")


def test_a_set_is_approximate_when_one_of_its_positions_is_the_middle_of_a_country():
    positions = EQUATOR | {Place("KE", "9"): at(0, 9, found_as=None)}
    assert [one.is_approximate for one in ranked([1, 2], [1, 9], positions=positions)] == [False, True]


def test_every_set_is_approximate_when_the_recipient_is():
    assert all(one.is_approximate for one in ranked([1], [2], positions=EQUATOR | {HERE: at(0, 0, found_as=None)}))


def test_refused_no_set():
    with pytest.raises(InvalidInput, match="targetLocations is empty"):
        ranked()


def test_refused_a_set_without_locations():
    with pytest.raises(InvalidInput, match=r"targetLocations\[1\]\.locations is empty") as refusal:
        ranked([1], [])
    assert refusal.value.fields == ("targetLocations[1].locations",)


def test_refused_a_country_that_is_none():
    with pytest.raises(InvalidInput, match="'ZZ'") as refusal:
        ranked([1, Stop("x", Place("ZZ", "1"))])
    assert refusal.value.fields == ("countryCode",)
    with pytest.raises(InvalidInput, match="'KE'") as refusal:
        ranked([1], positions={})
    assert refusal.value.fields == ("deliveryCountryCode",)


def test_an_empty_set_is_refused_before_an_unknown_country():
    with pytest.raises(InvalidInput, match="is empty"):
        ranked([Stop("x", Place("ZZ", "1"))], [])


def test_a_place_is_the_same_whatever_case_and_spaces_around_it():
    assert place_of(" gb", "sw1a 1aa ") == Place("GB", "SW1A 1AA")


positions_anywhere = st.builds(
    at,
    st.floats(-90, 90, allow_nan=False),
    st.floats(-180, 180, allow_nan=False),
)


@given(positions_anywhere, positions_anywhere)
def test_a_distance_is_the_same_both_ways_to_the_last_bit(a, b):
    assert metres_between(a, b) == metres_between(b, a)


@given(positions_anywhere, positions_anywhere, positions_anywhere)
def test_no_way_is_shorter_by_a_detour(a, b, c):
    assert metres_between(a, c) <= metres_between(a, b) + metres_between(b, c) + A_METRE


@given(positions_anywhere)
def test_it_is_no_way_to_where_one_is(a):
    assert metres_between(a, a) == 0


@given(positions_anywhere, positions_anywhere)
def test_no_way_is_longer_than_half_round_the_earth(a, b):
    assert 0 <= metres_between(a, b) <= HALF_WAY_ROUND + A_METRE


@given(positions_anywhere)
def test_the_antipode_is_half_round_the_earth_away(a):
    antipode = at(-a.latitude, a.longitude + 180 if a.longitude <= 0 else a.longitude - 180)
    assert metres_between(a, antipode) == pytest.approx(HALF_WAY_ROUND, abs=A_METRE)


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-1e-4, 1e-4))
def test_short_ways_are_exact(latitude, longitude, step):
    a, b = at(latitude, longitude), at(latitude + step, longitude)
    exact = math.radians(abs(b.latitude - a.latitude)) * EARTH_RADIUS_METRES
    assert metres_between(a, b) == pytest.approx(exact, abs=1e-6)


@given(positions_anywhere, positions_anywhere)
def test_the_angle_agrees_with_that_of_vectors_in_space(a, b):
    def vector(p):
        la, lo = math.radians(p.latitude), math.radians(p.longitude)
        return math.cos(la) * math.cos(lo), math.cos(la) * math.sin(lo), math.sin(la)

    chord = math.dist(vector(a), vector(b))
    angle = 2 * math.asin(min(1.0, chord / 2))
    assert metres_between(a, b) == pytest.approx(angle * EARTH_RADIUS_METRES, abs=A_METRE)


sets_of_degrees = st.lists(st.lists(st.integers(0, 19), min_size=1, max_size=6), min_size=1, max_size=8)


@given(sets_of_degrees, st.data())
def test_the_order_of_input_changes_no_average_and_no_order_of_averages(sets, data):
    shuffled = [data.draw(st.permutations(one)) for one in data.draw(st.permutations(sets))]
    first, second = ranked(*sets), ranked(*shuffled)
    assert [one.average_distance for one in first] == [one.average_distance for one in second]
    assert sorted(sorted(o) for o in order(first)) == sorted(sorted(o) for o in order(second))


@given(sets_of_degrees)
def test_asc_and_desc_hold_the_same_sets_and_ranks_count_from_1(sets):
    up, down = ranked(*sets), ranked(*sets, direction="DESC")
    averages = [one.average_distance for one in up]
    assert averages == sorted(averages)
    assert [one.average_distance for one in down] == averages[::-1]
    assert [one.rank for one in up] == [one.rank for one in down] == list(range(1, len(sets) + 1))


@given(sets_of_degrees)
def test_each_set_is_what_it_would_be_alone(sets):
    alone = {id(s): ranked(s)[0].average_distance for s in sets}
    together = {tuple(i): a for i, a in ((tuple(o), f.average_distance) for f in ranked(*sets) for o in order([f]))}
    assert all(together[tuple(order(ranked(s))[0])] == alone[id(s)] for s in sets)
