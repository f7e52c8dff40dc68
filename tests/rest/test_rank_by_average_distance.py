"""POST …/routing/actions/rank-byaverage-distance, over the wire."""

from decimal import Decimal

import pytest

from orderwright.geo.protocol import ATTRIBUTIONS
from orderwright.rest.operations.routing import RANK
from tests.rest.calling import BASE, exact

PATH = "/commerce/order-management/routing/actions/rank-byaverage-distance"


def location(identifier, country, code):
    return {"locationIdentifier": identifier, "countryCode": country, "postalCode": code}


def asked(*sets, country="US", code="94105", **more):
    targets = [{"locations": list(locations)} for locations in sets]
    return {"deliveryCountryCode": country, "deliveryPostalCode": code, "targetLocations": targets} | more


NEVADA = location("WH-1", "US", "89101")
NEW_YORK = location("WH-3", "US", "10001")


@pytest.fixture
async def ranked(api):
    async def send(body, path=PATH):
        answer = await api.send("POST", path, body)
        assert answer.status_code == 201, answer.text
        return exact(answer)

    return send


@pytest.fixture
async def own_table(database):
    """Rows for the table; it is emptied again, since the tests of this folder share a database."""

    async def put(*rows):
        async with database.main.acquire() as session:
            await session.copy_records_to_table("postal_location", records=rows)

    yield put
    await database.main.execute("DELETE FROM postal_location")


def calculations(output):
    return [result["distanceCalculation"] for result in output["results"]]


async def test_the_documented_example_in_and_the_documented_shape_out(ranked):
    output = await ranked(RANK)
    assert set(output) == {"distanceUnit", "errors", "recipientPositionSource", "results", "success"}
    assert (output["distanceUnit"], output["errors"], output["success"]) == ("miles", [], True)
    first, second = calculations(output)
    assert set(first) == {"averageDistance", "isApproximate", "locations", "rank"}
    assert (first["rank"], second["rank"]) == (1, 2)
    # The example's figures are constructed, to the mile; ours are to the tenth.
    distances = {one["locationIdentifier"]: one["distance"] for c in (first, second) for one in c["locations"]}
    assert {name: float(d) for name, d in distances.items()} == pytest.approx(
        {"WH-1": 417, "WH-2": 536, "WH-3": 2566}, abs=4
    )
    assert all(d == round(d, 1) for d in distances.values())
    assert abs(first["averageDistance"] - (distances["WH-1"] + distances["WH-2"]) / 2) <= Decimal("0.1")


@pytest.mark.parametrize("name", ["rank-byaverage-distance", "rank-by-average-distance", "rank-average-distance"])
async def test_both_spellings_lead_here(ranked, name):
    assert calculations(await ranked(asked([NEVADA]), PATH.replace("rank-byaverage-distance", name)))


async def test_the_unit_is_said_in_words_and_defaults_to_miles_nearest_first_inferred(ranked):
    miles = await ranked(asked([NEW_YORK], [NEVADA]))
    kilometers = await ranked(asked([NEW_YORK], [NEVADA], distanceUnit="km", sortResult="ASC"))
    assert (miles["distanceUnit"], kilometers["distanceUnit"]) == ("miles", "kilometers")
    ratios = {
        b["averageDistance"] / a["averageDistance"]
        for a, b in zip(calculations(miles), calculations(kilometers), strict=True)
    }
    assert all(abs(ratio - Decimal("1.609344")) < Decimal("0.001") for ratio in ratios)
    assert [c["locations"][0]["locationIdentifier"] for c in calculations(miles)] == ["WH-1", "WH-3"]


async def test_desc_is_the_other_way_round(ranked):
    output = await ranked(asked([NEVADA], [NEW_YORK], sortResult="DESC"))
    assert [c["locations"][0]["locationIdentifier"] for c in calculations(output)] == ["WH-3", "WH-1"]
    assert [c["rank"] for c in calculations(output)] == [1, 2]


async def test_an_unknown_postal_code_stands_in_the_middle_of_its_country_and_is_flagged(ranked):
    output = await ranked(asked([NEVADA], [location("DE", "DE", "10115"), NEVADA]))
    assert [(c["isApproximate"], [p["positionSource"] for p in c["locations"]]) for c in calculations(output)] == [
        (False, ["BuiltIn"]),
        (True, ["CountryCentroid", "BuiltIn"]),
    ]


async def test_an_unknown_postal_code_of_the_recipient_flags_every_set(ranked):
    output = await ranked(asked([NEVADA], [NEW_YORK], code="00000"))
    assert output["recipientPositionSource"] == "CountryCentroid"
    assert all(c["isApproximate"] for c in calculations(output))


async def test_the_merchants_table_is_asked_before_geonames_and_that_before_what_is_built_in(ranked, own_table):
    await own_table(("US", "89101", "Own", 37.7864, -122.3892), ("US", "89101", "GeoNames", 0, 0))
    await own_table(("DE", "10115", "GeoNames", 52.5323, 13.3846))
    output = await ranked(asked([NEVADA, NEW_YORK, location("DE", "DE", "10115")]))
    [one] = calculations(output)
    assert [p["positionSource"] for p in one["locations"]] == ["Own", "BuiltIn", "GeoNames"]
    assert one["locations"][0]["distance"] == 0  # the own table says that it stands where the recipient is
    assert not one["isApproximate"]


async def test_explain_tells_each_pair_its_positions_and_whom_to_thank(ranked):
    body = asked([location("DE", "de", "10115")], [location("WH-1", "US", "89101-0001")])
    plain, output = await ranked(body), await ranked(body, f"{PATH}?explain=true")
    assert "explanation" not in plain
    explanation = output.pop("explanation")
    assert output == plain
    assert [(p["rank"], p["locationIdentifier"], p["distance"]) for p in explanation["pairs"]] == [
        (c["rank"], p["locationIdentifier"], p["distance"]) for c in calculations(output) for p in c["locations"]
    ]
    near, far = (pair["position"] for pair in explanation["pairs"])
    assert (near["source"], near["postalCode"], near["foundAs"]) == ("BuiltIn", "89101-0001", "89101")
    assert (far["source"], far["countryCode"], far["foundAs"]) == ("CountryCentroid", "DE", None)
    assert (far["latitude"], far["longitude"]) == (51, 9)
    assert explanation["recipient"]["source"] == "BuiltIn"
    assert explanation["attributions"] == [f"{s}: {ATTRIBUTIONS[s]}" for s in ("BuiltIn", "CountryCentroid")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(asked(), "targetLocations is empty", id="no set"),
        pytest.param(asked([NEVADA], []), "targetLocations[1].locations is empty", id="an empty set"),
        pytest.param(asked([NEVADA], country="XX"), "'XX'", id="the recipient's country is none"),
        pytest.param(asked([location("a", "USA", "1")]), "'USA'", id="a location's country is none"),
    ],
)
async def test_refused_with_the_resources_own_output(api, body, message):
    answer = await api.send("POST", PATH, body)
    [error] = answer.json()
    assert (answer.status_code, error["errorCode"]) == (400, "INVALID_INPUT")
    assert message in error["message"]
    assert error["output"]["success"] is False
    assert error["output"]["results"] is None


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"distanceUnit": "miles"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"sortResult": "asc"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"deliveryPostalCode": None}, "REQUIRED_FIELD_MISSING"),
        ({"deliveryPostalCode": 94105}, "JSON_PARSER_ERROR"),
        ({"targetLocation": []}, "INVALID_FIELD"),
    ],
)
async def test_refused_by_the_framework(api, changed, code):
    answer = await api.send("POST", PATH, asked([NEVADA]) | changed)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, code)


async def test_it_is_younger_than_version_50(http, api):
    old = BASE.replace("67.0", "50.0")
    answer = await http.post(old + PATH, json=asked([NEVADA]))
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (404, "NOT_FOUND")


async def test_thousands_of_locations_at_once(ranked):
    sets = [[location(f"{n}-{m}", "US", f"{(n * 7 + m * 13) % 90000 + 10000}") for m in range(20)] for n in range(100)]
    found = calculations(await ranked(asked(*sets)))
    assert [c["rank"] for c in found] == list(range(1, 101))
    assert [c["averageDistance"] for c in found] == sorted(c["averageDistance"] for c in found)
    assert sum(len(c["locations"]) for c in found) == 2000
