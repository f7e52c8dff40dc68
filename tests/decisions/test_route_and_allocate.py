"""Routing and allocating in one step, decided: each rule alone, refusals, and brute force on small random networks."""

import random
from collections import Counter
from decimal import Decimal
from itertools import combinations
from typing import Any

import msgspec
import pytest

from orderwright.decisions.choose_route import Offer, distance_between
from orderwright.decisions.create_fulfillment_order import decide_create_multiple
from orderwright.decisions.errors import InvalidCrossReference, InvalidInput, InvalidOperation, QuantityUnavailable
from orderwright.decisions.rank_by_distance import mean_of
from orderwright.decisions.route_and_allocate import decide_route_and_allocate, fulfillment_groups
from orderwright.decisions.routing_plan import GroupPlan, RoutingWish
from orderwright.objects.picklists import STANDARD
from tests.builders import NOW, delivery, order_summary
from tests.decisions.routings import HOME, Case, left, north, rules, shipped

PARTLY = '[unallocated]\naction = "allocate_available"\n'
BY_GROUP = '[unallocated]\naction = "refuse_group"\n'

CHOICES: list[tuple[str, str, dict[str, str], dict[str, Any], str, dict[str, str]]] = [
    ("one location before two", "A2 B1", {"WH-1": "A2", "WH-2": "B1", "WH-3": "A2 B1"}, {}, "", {"WH-3": "A2 B1"}),
    ("fewest splits before distance", "A1 B1", {"WH-1": "A1", "WH-2": "B1", "WH-3": "A1 B1"},
     {"WH_1": {"position": north(1)}, "WH_2": {"position": north(1)}, "WH_3": {"position": north(40)}}, "",
     {"WH-3": "A1 B1"}),
    ("then the nearest", "A1", {"WH-1": "A9", "WH-2": "A1"},
     {"WH_1": {"position": north(2)}, "WH_2": {"position": north(1)}}, "", {"WH-2": "A1"}),
    ("the average distance counts, not the nearest location", "A2", {"WH-1": "A1", "WH-2": "A1", "WH-3": "A1"},
     {"WH_1": {"position": north(0)}, "WH_2": {"position": north(9)}, "WH_3": {"position": north(5)}}, "",
     {"WH-1": "A1", "WH-3": "A1"}),
    ("a distance that is not known comes last", "A1", {"WH-1": "A9", "WH-2": "A1"},
     {"WH_2": {"position": north(50)}}, "", {"WH-2": "A1"}),
    ("then the most free capacity", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"WH_1": {"free": 2}, "WH_2": {"free": 3}},
     "", {"WH-2": "A1"}),
    ("no limit is more than any", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"WH_1": {"free": 99}}, "", {"WH-2": "A1"}),
    ("a route's capacity is that of its fullest location", "A2", {"WH-1": "A1", "WH-2": "A1", "WH-3": "A1"},
     {"WH_1": {"free": 9}, "WH_2": {"free": 1}, "WH_3": {"free": 2}}, "", {"WH-1": "A1", "WH-3": "A1"}),
    ("then the most stock of what is wanted", "A1", {"WH-1": "A2 B99", "WH-2": "A3"}, {}, "", {"WH-2": "A1"}),
    ("then the first by name", "A1", {"WH-2": "A2", "WH-1": "A2"}, {}, "", {"WH-1": "A1"}),
    ("keys are compared in their order", "A1", {"WH-1": "A1", "WH-2": "A9"},
     {"WH_1": {"position": north(1)}, "WH_2": {"position": north(2)}}, '[sort]\nkeys = ["splits", "stock"]',
     {"WH-2": "A1"}),
    ("a location without free capacity is out", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"WH_1": {"free": 0}}, "",
     {"WH-2": "A1"}),
    ("references let through", "A1", {"WH-1": "A9", "STORE-1": "A1"}, {}, '[locations]\nreferences = ["ST*"]',
     {"STORE-1": "A1"}),
    ("types let through", "A1", {"WH-1": "A9", "STORE-1": "A1"}, {}, '[locations]\ntypes = ["Store"]',
     {"STORE-1": "A1"}),
    ("groups let through", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"WH_2": {"groups": frozenset({"EAST"})}},
     '[locations]\ngroups = ["WEST", "EAST"]', {"WH-2": "A1"}),
    ("the farthest are left out", "A1", {"WH-1": "A9", "WH-2": "A1"},
     {"WH_1": {"position": north(1.5)}, "WH_2": {"position": north(1)}},
     '[locations]\nfarthest = 70\n[sort]\nkeys = ["splits", "stock"]', {"WH-2": "A1"}),
    ("farthest is in the unit of distance", "A1", {"WH-1": "A9", "WH-2": "A1"},
     {"WH_1": {"position": north(1.5)}, "WH_2": {"position": north(1)}},
     '[locations]\nfarthest = 112\n[sort]\nkeys = ["splits", "stock"]\ndistance_unit = "km"', {"WH-2": "A1"}),
    ("an exclusion of a location", "A1", {"WH-1": "A9", "WH-2": "A1"}, {},
     '[[exclusions]]\nwhy = "no"\nreferences = ["WH-1"]', {"WH-2": "A1"}),
    ("an exclusion of a type", "A1", {"STORE-1": "A9", "WH-2": "A1"}, {},
     '[[exclusions]]\nwhy = "no"\ntypes = ["Store"]', {"WH-2": "A1"}),
    ("an exclusion of a SKU keeps the others", "A1 B1", {"STORE-1": "A9 B9", "WH-2": "A1"}, {},
     '[[exclusions]]\nwhy = "no"\ntypes = ["Store"]\nskus = ["A"]', {"STORE-1": "B1", "WH-2": "A1"}),
    ("an exclusion of a country", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"country": "CA"},
     '[[exclusions]]\nwhy = "no"\nreferences = ["WH-1"]\ncountries = ["CA"]', {"WH-2": "A1"}),
    ("an exclusion of another country", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"country": "US"},
     '[[exclusions]]\nwhy = "no"\nreferences = ["WH-1"]\ncountries = ["CA"]', {"WH-1": "A1"}),
    ("all that an exclusion names has to agree", "A1", {"WH-1": "A9", "WH-2": "A1"}, {},
     '[[exclusions]]\nwhy = "no"\nreferences = ["WH-1"]\ntypes = ["Store"]', {"WH-1": "A1"}),
    ("parts of a unit cannot be shipped", "A1", {"WH-1": "A0.9", "WH-2": "A1.1"}, {}, "", {"WH-2": "A1"}),
    ("a SKU is split over as few locations as can be, the fullest first", "A5 B1", {"WH-1": "A4 B1", "WH-2": "A3"},
     {}, "", {"WH-1": "A4 B1", "WH-2": "A1"}),
    ("two items of one SKU share what there is in their order", "A2 A2", {"WH-1": "A3", "WH-2": "A1"}, {}, "",
     {"WH-1": "A2 A1", "WH-2": "A1"}),
    ("what a reservation was refused is not there", "A1", {"WH-1": "A9", "WH-2": "A1"},
     {"refused": frozenset({("WH-1", "A")})}, "", {"WH-2": "A1"}),
    ("a reference that several have is out", "A1", {"WH-1": "A9", "WH-2": "A1"}, {"WH_1": {"is_ambiguous": True}}, "",
     {"WH-2": "A1"}),
]  # fmt: skip


@pytest.mark.parametrize(("order", "stock", "about", "text", "ships"), [row[1:] for row in CHOICES],
                         ids=[row[0] for row in CHOICES])  # fmt: skip
def test_the_best_route(order: str, stock: dict[str, str], about: dict[str, Any], text: str, ships: dict[str, str]):
    plan = Case(order, stock, **about).plan(text)
    (group,) = plan.groups
    assert (shipped(group), plan.refused, plan.not_allocated) == (ships, None, ())
    assert group.routes[0].locations == tuple(sorted(ships))


OUT = [
    ({}, '[locations]\nreferences = ["X*"]', "out: [locations] references has no pattern for WH-1"),
    ({}, '[locations]\ntypes = ["Store"]', "out: [locations] types does not have Warehouse"),
    ({}, '[locations]\ngroups = ["EAST"]', "out: it is in none of [locations] groups"),
    ({}, '[[exclusions]]\nwhy = "flood"\nreferences = ["WH-1"]', "out: flood"),
    ({}, '[[exclusions]]\nwhy = "hazard"\nskus = ["A"]', "out: hazard (A)"),
    ({"position": north(2)}, "[locations]\nfarthest = 9.5", "out: it is farther than [locations] farthest, 9.5 mi"),
    ({"free": 0}, "", "out: it has no free capacity for another fulfillment order"),
    ({"is_ambiguous": True}, "", "out: several Locations have this ExternalReference"),
]


@pytest.mark.parametrize(("about", "text", "why"), OUT, ids=[row[2] for row in OUT])
def test_a_location_that_is_out_says_why(about: dict[str, Any], text: str, why: str):
    plan = Case("A1", {"WH-1": "A9"}, WH_1=about).plan(text)
    (group,) = plan.groups
    assert [(c.is_in, c.why, c.stock) for c in group.candidates] == [(False, why, {"A": 9})]
    assert plan.refused == "1 of A: the locations that may ship it have 0 of the 1 wanted"
    assert (group.shipments, group.why) == ((), "no route: see what is not allocated")


def test_a_location_that_is_in_says_what_it_may_not_ship():
    plan = Case("A1 B1", {"WH-1": "A1 B1", "WH-2": "B2"}).plan(
        '[[exclusions]]\nwhy = "x"\nreferences = ["WH-1"]\nskus = ["B"]'
    )
    assert [(c.why, c.stock) for c in plan.groups[0].candidates] == [("in; not B: x", {"A": 1}), ("in", {"B": 2})]
    assert plan.groups[0].routes_found == 1


def test_the_reason_names_the_key_that_decided():
    case = Case(
        "A1", {"WH-1": "A1", "WH-2": "A2", "WH-3": "A3"}, WH_1={"position": north(1)}, WH_3={"position": north(2)}
    )
    (group,) = case.plan().groups
    assert group.why == (
        "WH-1: 1 fulfillment order, the fewest; of 3 such routes the best by distance: 69.1 against 138.2"
    )
    (group,) = Case("A1", {"WH-1": "A1", "WH-2": "A1"}).plan().groups
    assert group.why.endswith("the best by the names of its locations, all else being equal")


SHORT: list[tuple[str, str, dict[str, str], str, str, list[dict[str, str]], str, list[str]]] = [
    ("refuse all", "A1 | B1", {"WH-1": "A1"}, "", "1 of B", [{"WH-1": "A1"}, {}], "B1", ["0 of the 1 wanted"]),
    ("refuse all is for units, too", "A3", {"WH-1": "A2"}, "", "3 of A", [{}], "A3", ["2 of the 3 wanted"]),
    ("refuse the group", "A1 | B1", {"WH-1": "A1"}, BY_GROUP, "", [{"WH-1": "A1"}, {}], "B1", ["0 of the 1 wanted"]),
    ("refuse the whole group", "A1 B1 | C1", {"WH-1": "A1 C1"}, BY_GROUP, "", [{}, {"WH-1": "C1"}], "A1 B1",
     ["could be shipped, but not everything", "0 of the 1 wanted"]),
    ("refuse every group there is", "A1 | B1", {"WH-1": "C1"}, BY_GROUP, "1 of A", [{}, {}], "A1 B1", []),
    ("allocate what can be", "A3 B1", {"WH-1": "A2"}, PARTLY, "", [{"WH-1": "A2"}], "A1 B1",
     ["2 of the 3 wanted", "0 of the 1 wanted"]),
    ("allocate what can be, of the items in order", "A2 A2", {"WH-1": "A3"}, PARTLY, "", [{"WH-1": "A2 A1"}], "A1", []),
    ("allocate what so many splits can", "A1 B1 C2", {"WH-1": "A1", "WH-2": "B1", "WH-3": "C2"},
     PARTLY + "[splits]\nmaximum = 1", "", [{"WH-1": "A1", "WH-3": "C2"}], "B1", ["no 2 or fewer of the locations"]),
    ("nothing that can be is refused", "A1", {"WH-1": "B1"}, PARTLY, "1 of A", [{}], "A1", []),
    ("too many splits are refused", "A1 B1", {"WH-1": "A1", "WH-2": "B1"}, "[splits]\nmaximum = 0", "1 of A", [{}],
     "A1 B1", ["no 1 or fewer", "no 1 or fewer"]),
    ("groups take from what those before them left", "A1 | A1", {"WH-1": "A1", "WH-2": "A1"}, "", "",
     [{"WH-1": "A1"}, {"WH-2": "A1"}], "", []),
    ("no unit is given twice", "A1 | A1", {"WH-1": "A1"}, "", "1 of A", [{"WH-1": "A1"}, {}], "A1", []),
]  # fmt: skip


@pytest.mark.parametrize(
    ("order", "stock", "text", "refused", "ships", "missing", "whys"), [row[1:] for row in SHORT],
    ids=[row[0] for row in SHORT],
)  # fmt: skip
def test_what_cannot_be_allocated(
    order: str, stock: dict[str, str], text: str, refused: str, ships: list[dict[str, str]], missing: str,
    whys: list[str],
):  # fmt: skip
    plan = Case(order, stock).plan(text)
    assert [shipped(group) for group in plan.groups] == ships
    assert left(plan) == missing
    assert (plan.refused or "").startswith(refused)
    assert bool(plan.refused) == bool(refused)
    for entry, why in zip(plan.not_allocated, whys, strict=False):
        assert why in entry.why


def test_groups_share_capacity():
    stock = {"WH-1": "A9", "WH-2": "A1"}
    plan = Case("A1 | A1", stock, WH_1={"free": 1}, WH_2={"free": 0}).plan(BY_GROUP)
    assert [shipped(group) for group in plan.groups] == [{"WH-1": "A1"}, {}]
    assert [c.free_capacity for c in plan.groups[1].candidates] == [0, 0]


@pytest.mark.parametrize(("price", "splits", "rule"), [("9.99", 0, "below 10"), ("10.00", 1, "below no threshold")])
def test_an_orders_value_says_how_often_it_may_be_split(price: str, splits: int, rule: str):
    text = "[splits]\nmaximum = 1\n[[splits.USD]]\nbelow = 10\nmaximum = 0"
    plan = Case("A2", {"WH-1": "A1", "WH-2": "A1"}, price=price).plan(text)
    (group,) = plan.groups
    assert (group.most_splits, rule in group.splits_rule) == (splits, True)
    assert (plan.refused is None) == (splits == 1)
    assert (str(plan.order_value), plan.currency) == (price, "USD")


def test_a_threshold_of_another_currency_does_not_count():
    text = "[splits]\nmaximum = 1\n[[splits.USD]]\nbelow = 10\nmaximum = 0"
    plan = Case("A2", {"WH-1": "A1", "WH-2": "A1"}, price="1.00", currency="EUR").plan(text)
    assert plan.refused is None


# --- what is asked for ------------------------------------------------------------------------------------------------


def test_one_delivery_group_can_be_asked_for():
    case = Case("A1 | B1", {"WH-1": "A1 B1"})
    second = case.facts.whole.delivery_groups[1].id
    (group,) = case.plan(wish=RoutingWish(delivery_group_summary_id=second)).groups
    assert (group.order_delivery_group_summary_id, shipped(group)) == (second, {"WH-1": "B1"})


def test_fewer_units_can_be_asked_for():
    case = Case("A3 B1", {"WH-1": "A2"})
    wish = RoutingWish(quantities={case.facts.whole.items[0].id: Decimal(2)})
    assert [shipped(group) for group in case.plan(wish=wish).groups] == [{"WH-1": "A2"}]


def test_units_that_are_allocated_are_not_routed_again():
    case = Case("A3", {"WH-1": "A9"})
    case.books.allocate({"A3#0": 2})
    facts = msgspec.structs.replace(case.facts, whole=case.books.whole)
    plan = decide_route_and_allocate(facts, RoutingWish(), rules(), STANDARD)
    assert [shipped(group) for group in plan.groups] == [{"WH-1": "A1"}]
    case.books.allocate({"A3#0": 1})
    facts = msgspec.structs.replace(case.facts, whole=case.books.whole)
    plan = decide_route_and_allocate(facts, RoutingWish(), rules(), STANDARD)
    assert (plan.groups, (plan.refused or "").startswith("nothing is left to allocate")) == ((), True)


def test_delivery_charges_are_no_goods():
    whole = order_summary(delivery("5.00")).whole
    case = Case("A1", {})
    facts = msgspec.structs.replace(case.facts, whole=whole)
    assert decide_route_and_allocate(facts, RoutingWish(), rules(), STANDARD).groups == ()


def test_an_item_whose_product_has_no_sku_is_not_allocated():
    case = Case("A1 B1", {"WH-1": "A1 B1"})
    facts = msgspec.structs.replace(case.facts, skus={case.facts.whole.items[0].id: "A"})
    for text, ships in (("", {}), (PARTLY, {"WH-1": "A1"})):
        plan = decide_route_and_allocate(facts, RoutingWish(), rules(text), STANDARD)
        assert shipped(plan.groups[0]) == ships
        assert plan.not_allocated[-1].why == "its product has no StockKeepingUnit"


def test_what_is_no_wish_is_refused():
    case = Case("A2 | B1", {"WH-1": "A2 B1"})
    whole = case.facts.whole
    first, second = whole.items
    for wish, error in (
        (RoutingWish(delivery_group_summary_id="0ag999999999999"), InvalidCrossReference),
        (RoutingWish(quantities={"10u999999999999": Decimal(1)}), InvalidCrossReference),
        (RoutingWish(delivery_group_summary_id=whole.delivery_groups[0].id, quantities={second.id: Decimal(1)}),
         InvalidCrossReference),
        (RoutingWish(quantities={first.id: Decimal(0)}), InvalidInput),
        (RoutingWish(quantities={first.id: Decimal("1.5")}), InvalidInput),
        (RoutingWish(quantities={first.id: Decimal(3)}), QuantityUnavailable),
    ):  # fmt: skip
        with pytest.raises(error):
            case.plan(wish=wish)
    summary = msgspec.structs.replace(whole.summary, order_life_cycle_type="UNMANAGED")
    facts = msgspec.structs.replace(case.facts, whole=msgspec.structs.replace(whole, summary=summary))
    with pytest.raises(InvalidOperation):
        decide_route_and_allocate(facts, RoutingWish(), rules(), STANDARD)


def test_the_fulfillment_orders_of_a_plan_can_be_made():
    case = Case("A3 B1 | A1", {"WH-1": "A3", "STORE-1": "B1 A1"})
    plan = case.plan()
    wanted = fulfillment_groups(plan, "Allocated")
    decision, outcomes = decide_create_multiple(case.books.whole, wanted, NOW)
    assert [outcome.refusal for outcome in outcomes] == [None] * 3
    assert [one.group.fulfillment_type for one in wanted] == ["Retail Store", "Warehouse", "Retail Store"]
    case.books.save(decision)
    assert {item.quantity_available_to_fulfill for item in case.books.whole.items} == {Decimal(0)}


def test_the_same_facts_give_the_same_plan_in_any_order():
    case = Case("A3 B2", {f"WH-{n}": f"A{n % 3} B{n % 2}" for n in range(9)})
    first = case.plan()
    for seed in range(20):
        locations = list(case.facts.locations)
        random.Random(seed).shuffle(locations)
        facts = msgspec.structs.replace(case.facts, locations=tuple(locations))
        plan = decide_route_and_allocate(facts, RoutingWish(), rules(), STANDARD)
        assert plan.groups[0].routes == first.groups[0].routes


@pytest.mark.parametrize("text", ["", PARTLY])
def test_a_search_that_is_ended_early_still_ships_what_it_can(text: str):
    """Filled location by location: the fullest first."""
    case = Case("A5", {"WH-1": "A1", "WH-2": "A3", "WH-3": "A2"})
    plan = decide_route_and_allocate(case.facts, RoutingWish(), rules(text), STANDARD, most_work=1)
    (group,) = plan.groups
    assert (shipped(group), group.limit_reached) == ({"WH-2": "A3", "WH-3": "A2"}, "WorkDone")
    assert group.why == (
        "WH-2 + WH-3: 2 fulfillment orders, filled one by one; the search was ended (WorkDone), and there may be fewer"
    )


def test_a_search_that_is_ended_early_ships_nothing_but_the_whole():
    case = Case("A5", {"WH-1": "A1", "WH-2": "A3", "WH-3": "A1"})
    text = "[splits]\nmaximum = 1"
    plan = decide_route_and_allocate(case.facts, RoutingWish(), rules(text), STANDARD, most_work=1)
    assert (plan.groups[0].limit_reached, bool(plan.refused)) == ("WorkDone", True)
    assert plan.not_allocated[0].why.startswith("not known: the search was ended (WorkDone)")


def test_of_more_routes_than_are_listed_the_reason_says_that_there_are_others():
    """250 locations with one unit each: more pairs than one answer lists."""
    (group,) = Case("A2", {f"WH-{number}": "A1" for number in range(250)}).plan().groups
    assert (group.routes_found, group.limit_reached) == (10_000, "RoutesReturned")
    assert group.why.endswith("; the search was ended (RoutesReturned), and there may be other routes")


# --- brute force ------------------------------------------------------------------------------------------------------

SKUS = "ABC"


def network(dice: random.Random) -> tuple[Case, str]:
    """A small order, up to six locations, and rules, all by chance."""
    order = " ".join(f"{sku}{dice.randint(1, 3)}" for sku in SKUS[: dice.randint(1, 3)])
    names = [f"{dice.choice(['WH', 'STORE'])}-{n}" for n in range(dice.randint(0, 6))]
    stock = {name: " ".join(f"{sku}{dice.randint(0, 3)}" for sku in SKUS) for name in names}
    about: dict[str, Any] = {
        name.replace("-", "_"): {
            "free": dice.choice([None, 0, 1, 2]),
            "position": dice.choice([None, north(dice.randint(0, 3)), north(dice.randint(0, 3))]),
        }
        for name in names
    }
    keys = ["distance", "capacity", "stock"]
    dice.shuffle(keys)
    text = f"[sort]\nkeys = {['splits', *keys[: dice.randint(0, 3)]]}\n[splits]\nmaximum = {dice.randint(0, 3)}\n"
    if dice.random() < 0.4:
        text += '[[exclusions]]\nwhy = "x"\ntypes = ["Store"]\nskus = ["A"]\n'
    if dice.random() < 0.3:
        text += "[locations]\nfarthest = 150\n"
    text += dice.choice(["", PARTLY, BY_GROUP])
    return Case(order, stock, **about), text


def offers_by_hand(case: Case, text: str) -> list[Offer]:
    """What may ship what, written down anew: as the rules of `network` read."""
    found = []
    for one in case.facts.locations:
        held = {sku: int(quantity) for sku, quantity in case.facts.stock[one.reference].items() if quantity}
        held = {sku: quantity for sku, quantity in held.items() if any(name[0] == sku for name in case.names)}
        if "exclusions" in text and one.type == "Store":
            held.pop("A", None)
        far = distance_between(one.position, HOME, "mi")
        if "farthest" in text and far is not None and far > 150:
            continue
        if held and one.free != 0:
            found.append(Offer(one.reference, held, one.free, far))
    return found


def value(route: tuple[Offer, ...], text: str) -> tuple[Any, ...]:
    """What a route is sorted by, written down anew."""
    far = [offer.distance for offer in route]
    known = [d for d in far if d is not None]
    values = {
        "splits": len(route),
        "distance": mean_of(known) if len(known) == len(far) else Decimal("Infinity"),
        "capacity": -min(Decimal("Infinity") if offer.free is None else offer.free for offer in route),
        "stock": -sum(sum(offer.stock.values()) for offer in route),
    }
    keys = [key.strip(" '") for key in text.partition("keys = [")[2].partition("]")[0].split(",")]
    return (*(values[key] for key in keys), sorted(offer.reference for offer in route))


def check_shares(case: Case, group: GroupPlan) -> Counter[str]:
    """Nothing is shipped that is not there, nothing twice, nothing that was not asked for; returns what is shipped."""
    total: Counter[str] = Counter()
    items: Counter[str] = Counter()
    for shipment in group.shipments:
        here: Counter[str] = Counter()
        assert shipment.items
        for item in shipment.items:
            here[item.stock_keeping_unit] += item.quantity
            items[item.order_item_summary_id] += item.quantity
        assert all(units <= case.facts.stock[shipment.location][sku] for sku, units in here.items())
        total += here
    for summary in case.facts.whole.items:
        missing = sum(e.quantity for e in group.not_allocated if e.order_item_summary_id == summary.id)
        assert items[summary.id] + missing == summary.quantity_available_to_fulfill
    return total


@pytest.mark.parametrize("part", range(4))
def test_the_chosen_route_is_the_best_of_all_combinations(part: int):
    """Some 3,000 networks in all; each combination of locations is tried."""
    seen: Counter[str] = Counter()
    for seed in range(part * 750, part * 750 + 750):
        case, text = network(random.Random(seed))
        plan = case.plan(text)
        (group,) = plan.groups
        offers = offers_by_hand(case, text)
        demand = Counter({name[0]: int(name[1:]) for name in case.names})
        sizes = range(1, group.most_splits + 2)

        def covers(route: tuple[Offer, ...], wanted: Counter[str]) -> bool:
            return all(sum(offer.stock.get(sku, 0) for offer in route) >= need for sku, need in wanted.items())

        total = check_shares(case, group)
        every = [route for size in sizes for route in combinations(offers, size)]
        covering = [route for route in every if covers(route, demand)]
        if covering:
            best = min(covering, key=lambda route: value(route, text))
            assert group.routes[0].locations == tuple(sorted(offer.reference for offer in best)), (seed, text)
            assert total == demand
            seen["whole"] += 1
        elif PARTLY not in text:
            assert (total, bool(plan.refused)) == (Counter(), True)
            seen["refused"] += 1
        else:
            most = max(
                (sum(min(n, sum(o.stock.get(s, 0) for o in r)) for s, n in demand.items()) for r in every), default=0
            )
            assert total.total() * 100 >= most * 63
            assert bool(plan.refused) == (total.total() == 0)
            if total:
                # What is shipped goes by the best of all routes that can ship it.
                best = min((route for route in every if covers(route, total)), key=lambda route: value(route, text))
                assert group.routes[0].locations == tuple(sorted(offer.reference for offer in best)), (seed, text)
            seen["partly"] += 1
    assert min(seen[kind] for kind in ("whole", "refused", "partly")) > 50
