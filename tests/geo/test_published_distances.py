"""Distances between postal codes, against published ones between the airports that stand in them.

Source: U.S. Department of Transportation, Bureau of Transportation Statistics, On-Time Performance database, field
`Distance`: great-circle statute miles between airports, as they are found in its records of flights from New York in
2013. An airport lies within a few miles of the point of its postal code, and the published figures are for the
flattened Earth, which differs from a sphere by up to 0.6 %.
"""

import pytest

from orderwright.decisions.rank_by_distance import (
    Place,
    Position,
    Stop,
    decide_rank_by_distance,
    metres_between,
)
from orderwright.geo.built_in import BuiltIn

FLATTENING = 0.006
POSTAL_MILES = 4  # two airports, each about two miles from the point of its postal code

POSTAL_CODES = {
    "JFK New York": "11430", "EWR Newark": "07114", "LGA New York": "11371", "LAX Los Angeles": "90045",
    "SFO San Francisco": "94128", "SEA Seattle": "98158", "BOS Boston": "02128", "IAH Houston": "77032",
    "LAS Las Vegas": "89119", "PDX Portland": "97218", "PHX Phoenix": "85034", "HNL Honolulu": "96819",
    "ANC Anchorage": "99502", "AUS Austin": "78719", "MCO Orlando": "32827", "MSP Minneapolis": "55450",
    "SJU San Juan": "00979", "MIA Miami": "33122",
}  # fmt: skip
PUBLISHED_MILES = {
    ("JFK New York", "LAX Los Angeles"): 2475,
    ("JFK New York", "SFO San Francisco"): 2586,
    ("JFK New York", "SEA Seattle"): 2422,
    ("JFK New York", "BOS Boston"): 187,
    ("JFK New York", "IAH Houston"): 1417,
    ("JFK New York", "LAS Las Vegas"): 2248,
    ("JFK New York", "PDX Portland"): 2454,
    ("JFK New York", "PHX Phoenix"): 2153,
    ("JFK New York", "HNL Honolulu"): 4983,
    ("JFK New York", "AUS Austin"): 1521,
    ("JFK New York", "MCO Orlando"): 944,
    ("JFK New York", "MSP Minneapolis"): 1029,
    ("JFK New York", "SJU San Juan"): 1598,
    ("JFK New York", "MIA Miami"): 1089,
    ("EWR Newark", "ANC Anchorage"): 3370,
    ("EWR Newark", "HNL Honolulu"): 4963,
    ("EWR Newark", "LAX Los Angeles"): 2454,
    ("EWR Newark", "BOS Boston"): 200,
    ("EWR Newark", "LGA New York"): 17,
    ("LGA New York", "MIA Miami"): 1096,
}


@pytest.mark.parametrize(
    ("pair", "miles"), PUBLISHED_MILES.items(), ids=lambda p: " - ".join(p) if isinstance(p, tuple) else f"{p} miles"
)
async def test_a_distance_is_as_published_within_the_precision_of_postal_codes(pair, miles):
    here, there = (Place("US", POSTAL_CODES[airport]) for airport in pair)
    positions = await BuiltIn().find([here, there])
    [one] = decide_rank_by_distance(here, [[Stop("there", there)]], positions, "mi", "ASC")
    assert float(one.average_distance) == pytest.approx(miles, abs=POSTAL_MILES + FLATTENING * miles)


def test_the_flattened_earth_differs_by_less_than_is_allowed_for():
    """The meridian from pole to pole is 20,003.9 km long, the equator 40,075.0 km (WGS 84)."""

    def at(latitude, longitude):
        return Position(latitude=latitude, longitude=longitude, source="", found_as="")

    assert metres_between(at(90, 0), at(-90, 0)) == pytest.approx(20_003_931, rel=FLATTENING)
    assert metres_between(at(0, 0), at(0, 90)) * 4 == pytest.approx(40_075_017, rel=FLATTENING)
