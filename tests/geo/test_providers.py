"""Who answers for a place: the first that knows it, and what each of them knows."""

import re
import socket

import pytest

from orderwright.decisions.rank_by_distance import Place, Position, metres_between
from orderwright.geo.built_in import COUNTRIES, BuiltIn, zip_positions
from orderwright.geo.centroids import Centroids, country_centroids
from orderwright.geo.imported import Imported
from orderwright.geo.protocol import ATTRIBUTIONS, locate

SF, SW1A = Place("US", "94105"), Place("GB", "SW1A 1AA")


class Known:
    """A provider that knows what it was given, and remembers what it was asked."""

    def __init__(self, source, *places):
        self.source, self.places, self.asked = source, places, []

    async def find(self, places):
        self.asked.append(list(places))
        position = Position(latitude=1, longitude=2, source=self.source, found_as="x")
        return {place: position for place in places if place in self.places}


async def test_the_first_that_knows_a_place_answers_and_the_next_are_asked_for_the_others_only():
    first, second, last = Known("first", SF), Known("second", SF, SW1A), Known("last", SF, SW1A)
    found = await locate([SF, SW1A], [first, second, last])
    assert {place: position.source for place, position in found.items()} == {SF: "first", SW1A: "second"}
    assert (second.asked, last.asked) == ([[SW1A]], [])


async def test_a_place_nobody_knows_is_left_out():
    assert await locate([SF], [Known("only", SW1A)]) == {}


async def test_zip_codes_are_built_in_and_zip_plus_4_is_found_by_its_first_five():
    places = [SF, Place("US", "94105-1234"), Place("PR", "00901")]
    found = await BuiltIn().find(places)
    assert {place: position.found_as for place, position in found.items()} == dict(
        zip(places, ["94105", "94105", "00901"], strict=True)
    )
    assert found[SF].source == "BuiltIn"
    assert (found[SF].latitude, found[SF].longitude) == pytest.approx((37.79, -122.39), abs=0.05)


@pytest.mark.parametrize(
    "place",
    [
        pytest.param(Place("DE", "10115"), id="another country that has a code of this form"),
        pytest.param(Place("US", "00000"), id="no such code"),
        pytest.param(Place("US", "nonsense"), id="no code"),
        pytest.param(Place("US", "96505"), id="a military code, which is no place"),
        pytest.param(Place("US", "09905"), id="a code whose place the package does not know"),
    ],
)
async def test_what_is_not_built_in(place):
    assert await BuiltIn().find([place]) == {}


async def test_nobody_asks_the_network(monkeypatch):
    def refuse(*_):
        raise AssertionError("a connection was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    zip_positions.cache_clear()
    country_centroids.cache_clear()
    found = await locate([SF, Place("DE", "10115")], [BuiltIn(), Centroids()])
    assert [position.source for position in found.values()] == ["BuiltIn", "CountryCentroid"]


def test_every_built_in_point_is_on_earth_and_none_stands_for_not_known():
    points = zip_positions()
    assert len(points) > 40_000
    assert all(re.fullmatch(r"\d{5}", code) for code in points)
    assert all(-90 <= p.latitude <= 90 and -180 <= p.longitude <= 180 for p in points.values())
    assert not [p for p in points.values() if p.latitude == p.longitude == 0]


async def test_the_middle_of_the_country_is_known_for_any_code_and_says_that_it_is_only_that():
    found = await Centroids().find([Place("DE", "nonsense"), Place("ZZ", "1")])
    assert list(found) == [Place("DE", "nonsense")]
    assert found[Place("DE", "nonsense")].is_approximate


def test_the_middles_are_where_the_countries_are():
    middles = country_centroids()
    assert len(middles) == 250  # ISO 3166-1 has 249; and Kosovo
    assert all(re.fullmatch("[A-Z]{2}", code) for code in middles)
    assert middles.keys() >= COUNTRIES
    kilometres = {
        (a, b): metres_between(middles[a], middles[b]) / 1000
        for a, b in [("ES", "PT"), ("NL", "BE"), ("NZ", "AU"), ("BQ", "VE"), ("US", "DE")]
    }
    assert kilometres == pytest.approx(
        {("ES", "PT"): 350, ("NL", "BE"): 220, ("NZ", "AU"): 4100, ("BQ", "VE"): 530, ("US", "DE"): 7900}, rel=0.1
    )


async def test_the_own_table_goes_before_geonames_and_the_whole_code_before_its_area(store):
    rows = [
        ("GB", "SW1A", "GeoNames", 51.5018, -0.1328),
        ("GB", "SW1A2AB", "GeoNames", 51.5, -0.12),
        ("GB", "SW1A1AA", "Own", 51.501, -0.142),
        ("GB", "M1", "GeoNames", 53.478, -2.241),
        ("NL", "1012", "Own", 52.37, 4.89),
        ("NL", "1012AB", "GeoNames", 52.3, 4.8),
    ]
    async with store.database.main.acquire() as session:
        await session.copy_records_to_table("postal_location", records=rows)
        expected = {
            SW1A: ("Own", "SW1A1AA"),
            Place("GB", "SW1A 2AA"): ("GeoNames", "SW1A"),
            Place("GB", "SW1A 2AB"): ("GeoNames", "SW1A2AB"),
            Place("GB", "M1 1AE"): ("GeoNames", "M1"),
            Place("NL", "1012 AB"): ("Own", "1012"),
        }
        found = await Imported(session).find([*expected, Place("FR", "SW1A"), Place("GB", "nonsense!")])
    assert {place: (position.source, position.found_as) for place, position in found.items()} == expected
    assert (found[SW1A].latitude, found[SW1A].longitude) == (51.501, -0.142)


def test_every_source_thanks_somebody():
    assert all(ATTRIBUTIONS.values())
    assert "CC BY 4.0" in ATTRIBUTIONS["GeoNames"]
    assert "CC BY 4.0" in ATTRIBUTIONS["BuiltIn"]
