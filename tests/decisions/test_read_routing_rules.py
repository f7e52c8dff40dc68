"""A file of routing rules: what it may say, and how what cannot be meant is refused: line, name, way out."""

from decimal import Decimal
from pathlib import Path

import pytest

from orderwright.decisions.rank_by_distance import Place
from orderwright.decisions.read_routing_rules import InvalidRoutingRules, line_of, read_routing_rules
from orderwright.decisions.routing_rules import (
    STANDARD,
    Exclusion,
    LocationFilter,
    RoutingRules,
    Threshold,
    fulfillment_type_of,
    matches,
)
from orderwright.objects.picklists import STANDARD as PICKLISTS
from orderwright.objects.picklists import picklists_of

EXAMPLE = Path(__file__).parents[2] / "examples" / "routing_rules.toml"


def test_an_empty_file_means_the_defaults():
    assert read_routing_rules("", PICKLISTS) == RoutingRules(text="")
    assert RoutingRules(text=STANDARD.text) == STANDARD


def test_the_example_says_what_its_comments_say():
    text = EXAMPLE.read_text(encoding="utf-8")
    assert read_routing_rules(text, PICKLISTS) == RoutingRules(
        text=text,
        locations=LocationFilter(
            references=("WH-*", "STORE-*"), types=("Warehouse", "Store"), farthest=Decimal(2500)
        ),
        exclusions=(
            Exclusion(why="batteries do not leave stores", types=("Store",), skus=("BAT-*",)),
            Exclusion(
                why="the depot in the north ships inland only", references=("WH-NORTH",), countries=("CA", "MX")
            ),
        ),
        thresholds={
            "USD": (Threshold(below=Decimal(50), maximum=0), Threshold(below=Decimal("200.00"), maximum=1)),
            "JPY": (Threshold(below=Decimal(7500), maximum=0),),
        },
        fulfillment_types={"Store": "Retail Store"},
        postal_codes={"WH-NORTH": Place("US", "55401")},
    )  # fmt: skip


def test_amounts_are_exact():
    rules = read_routing_rules("[[splits.USD]]\nbelow = 0.10000000000000001\nmaximum = 1\n", PICKLISTS)
    assert rules.thresholds["USD"][0].below == Decimal("0.10000000000000001")


SPLITS = read_routing_rules(EXAMPLE.read_text(encoding="utf-8"), PICKLISTS)


@pytest.mark.parametrize(
    ("currency", "value", "splits", "why"),
    [
        ("USD", "0", 0, "0 USD, is below 50"),
        ("USD", "49.99", 0, "below 50"),
        ("USD", "50.00", 1, "below 200.00"),
        ("USD", "199.99", 1, "below 200.00"),
        ("USD", "200.00", 4, "below no threshold"),
        ("JPY", "7499", 0, "below 7500"),
        ("EUR", "1.00", 4, "no thresholds in EUR"),
    ],
)
def test_an_orders_value_says_how_often_it_may_be_split(currency: str, value: str, splits: int, why: str):
    found, told = SPLITS.splits_for(currency, Decimal(value))
    assert found == splits
    assert why in told


@pytest.mark.parametrize(
    ("pattern", "text", "does"),
    [
        ("WH-1", "WH-1", True), ("WH-1", "WH-12", False), ("WH-*", "WH-", True), ("WH-*", "XWH-1", False),
        ("*", "", True), ("*-1", "WH-1", True), ("W*-*1", "WH-0-1", True), ("W.-1", "WH-1", False),
        ("[ab]", "a", False), ("wh-1", "WH-1", False),
    ],
)  # fmt: skip
def test_only_the_star_stands_for_other_letters(pattern: str, text: str, does: bool):
    assert matches([pattern], text) is does
    assert not matches([], text)


def test_types_of_fulfillment_orders_are_the_rules_or_the_documented_ones_or_any():
    rules = read_routing_rules('[fulfillment_types]\nSite = "Supplier"\n', PICKLISTS)
    types = [fulfillment_type_of(rules, type_, PICKLISTS) for type_ in ("Site", "Store", "Plant")]
    assert types == ["Supplier", "Retail Store", "Warehouse"]
    lockers = picklists_of({"FulfillmentOrder": {"Type": {"Locker": "PHYSICAL"}}})
    assert fulfillment_type_of(STANDARD, "Store", lockers) == "Locker"


WRONG = [
    ("[locations]\n= 1", "it is not TOML", "line 2"),
    ("\n[location]\ntypes = ['Store']", "line 2: location is no rule; did you mean locations?"),
    ("colour = 1", "line 1: colour is no rule; there are locations, exclusions"),
    ("locations = 1", "line 1: locations must be a table; write its keys below a line [name]"),
    ("[locations]\n\ntype = ['Store']", "line 3: locations.type is no rule; did you mean types?"),
    ("[locations]\ntypes = 'Store'", "line 2: locations.types is 'Store'; write a list of texts"),
    ("[locations]\ntypes = []", "line 2: locations.types is empty", "leave the line out"),
    ("[locations]\ntypes = [1]", "line 2: locations.types has the entry 1; each must be a text"),
    ("[locations]\nfarthest = 0", "line 2: locations.farthest is 0; write a number above zero"),
    ("[locations]\nfarthest = -1.5", "line 2: locations.farthest is -1.5; write a number above zero"),
    ("[locations]\nfarthest = '9'", "line 2: locations.farthest is '9'; write a number, as in 50"),
    ("[locations]\nfarthest = inf", "line 2: locations.farthest", "write a number"),
    ("[locations]\nfarthest = true", "line 2: locations.farthest is True; write a number"),
    ("[exclusions]\nwhy = 'x'", "line 1: exclusions must be a list of tables; begin each with a line [[exclusions]]"),
    ("[[exclusions]]\nwhy = 'a'\nskus = ['B']\n\n[[exclusions]]\nskus = ['B']",
     "line 5: exclusions[2].why is missing; write a text"),
    ("[[exclusions]]\nwhy = 'a'", "line 2: exclusions[1].why would leave out everything", "name references"),
    ("[[exclusions]]\nwhy = 'a'\ncountries = ['USA']", "line 3: exclusions[1].countries has 'USA'; write the two"),
    ("[[exclusions]]\nwhy = 'a'\nsku = ['B']", "line 3: exclusions[1].sku is no rule; did you mean skus?"),
    ("[sort]\nkeys = ['distance', 'splits']", "line 2: sort.keys begins with 'distance'", 'begin with "splits"'),
    ("[sort]\nkeys = ['splits', 'nearness']", "line 2: sort.keys has 'nearness'; there are splits, distance, capacity"),
    ("[sort]\nkeys = ['splits', 'stock', 'stock']", "line 2: sort.keys names a key twice; name each once"),
    ("[sort]\ndistance_unit = 'm'", "line 2: sort.distance_unit is 'm'; write mi or km"),
    ("[splits]\nmaximum = -1", "line 2: splits.maximum is -1; write a whole number from 0 to 99"),
    ("[splits]\nmaximum = 1.5", "line 2: splits.maximum is 1.5; write a whole number"),
    ("[splits]\nmaximum = true", "line 2: splits.maximum is True; write a whole number"),
    ("[[splits.DOLLAR]]\nbelow = 1\nmaximum = 0", "line 1: splits.DOLLAR is no rule; it is maximum, or a currency"),
    ("[splits]\nUSD = 5", "line 2: splits.USD must be a list of tables; begin each with a line [[splits.USD]]"),
    ("[[splits.USD]]\nbelow = 5", "line 1: splits.USD[1] lacks below or maximum; write both"),
    ("[[splits.USD]]\nbelow = 5\nmaximum = 0\n[[splits.USD]]\nbelow = 5\nmaximum = 1",
     "line 5: splits.USD[2].below is 5; write the lowest first: it follows 5"),
    ("[unallocated]\naction = 'wait'", "line 2: unallocated.action is 'wait'; write refuse_all, refuse_group or"),
    ("[stock]\ncounts = 'on_hand'", "line 2: stock.counts is 'on_hand'; write available_to_fulfill or available_to"),
    ("[fulfillment_types]\nStore = 'Shop'", "line 2: fulfillment_types.Store is 'Shop'; write Warehouse, Retail Store"),
    ("[postal_codes]\n'WH-1' = '89101'", "line 2: postal_codes.WH-1 is '89101'; write country and postal code"),
    ("[postal_codes]\n\"WH-1\" = 'USA 89101'", "line 2: postal_codes.WH-1 is 'USA 89101'; write country"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [(row[0], row[1:]) for row in WRONG], ids=[row[1] for row in WRONG])
def test_what_cannot_be_meant_is_refused_with_its_line_and_the_way_out(text: str, words: tuple[str, ...]):
    with pytest.raises(InvalidRoutingRules) as refused:
        read_routing_rules(text, PICKLISTS)
    for word in words:
        assert word in str(refused.value)


def test_a_fulfillment_type_has_to_be_one_of_this_installation():
    lockers = picklists_of({"FulfillmentOrder": {"Type": {"Locker": "PHYSICAL"}}})
    with pytest.raises(InvalidRoutingRules, match=r"fulfillment_types\.Store is 'Retail Store'; write Locker"):
        read_routing_rules('[fulfillment_types]\nStore = "Retail Store"\n', lockers)


@pytest.mark.parametrize(
    ("where", "line"),
    [
        (("a",), 1), (("a", "x"), 2), (("a", "y"), 3), (("a", "none"), 1), (("b", 0), 5),
        (("b", 1, "x"), 8), (("b", 1, "c"), 9), (("b", 1, "c", "z"), 10), (("d",), None), (("a.b", "k"), 12),
    ],
)  # fmt: skip
def test_lines_are_found(where: tuple[str | int, ...], line: int | None):
    text = "[a]\nx = 1\ny.z = 2\n# x = 3\n[[b]]\nx = 4\n[[b]]\nx = 5\n[b.c]\nz = 6\n['a.b']\n\"k\" = 7\n"
    assert line_of(text, where) == line
