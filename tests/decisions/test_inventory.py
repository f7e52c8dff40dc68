"""How much can still be promised: against every way to keep the promises, tried one after the other."""

import itertools
from collections.abc import Mapping, Sequence
from decimal import Decimal

import hypothesis.strategies as st
import msgspec
from hypothesis import given

from orderwright.decisions.inventory import Inventory, Movement, Place, Pool, Shelf, Stock, figure_of_group, moved, room

NAMES = ("G", "H", "I")


def location(name: str) -> Place:
    return Place(is_group=False, identifier=name)


def group(name: str) -> Place:
    return Place(is_group=True, identifier=name)


def shelf_of(
    units: Mapping[str, int],
    promises: Mapping[str, int],
    groups: Mapping[str, Sequence[str]],
    pooled: Sequence[str] = (),
) -> Shelf:
    """Units by location, promises by group, the groups of each location; `pooled` locations were not asked for."""
    stocks = {group(name): Stock(place=group(name), reserved=Decimal(count)) for name, count in promises.items()}
    pools = []
    for name, count in units.items():
        counted_in = frozenset(groups[name])
        if name in pooled:
            pools.append(Pool(counted_in=counted_in, available=Decimal(max(count, 0)), net=Decimal(count)))
        else:
            on_hand, reserved = max(count, 0), max(-count, 0)
            stocks[location(name)] = Stock(
                place=location(name), on_hand=Decimal(on_hand), reserved=Decimal(reserved), counted_in=counted_in
            )
    return Shelf(stocks=stocks, pools=tuple(pools))


def most_kept(units: Mapping[str, int], promises: Mapping[str, int], groups: Mapping[str, Sequence[str]]) -> int:
    """How many promised units can be had, by trying which set of groups is the bottleneck (max flow is min cut)."""
    names = [name for name in promises if promises[name] > 0]
    best = None
    for count in range(len(names) + 1):
        for cut in itertools.combinations(names, count):
            reachable = {place for place in units if set(groups[place]) & set(names) - set(cut)}
            total = sum(promises[name] for name in cut) + sum(max(units[place], 0) for place in reachable)
            best = total if best is None else min(best, total)
    return best or 0


situations = st.integers(1, 4).flatmap(
    lambda count: st.tuples(
        st.fixed_dictionaries({f"L{n}": st.integers(-2, 5) for n in range(count)}),
        st.fixed_dictionaries({name: st.integers(0, 6) for name in NAMES}),
        st.fixed_dictionaries({f"L{n}": st.sets(st.sampled_from(NAMES)).map(sorted) for n in range(count)}),
    )
)


@given(situations)
def test_a_group_has_room_for_what_can_be_kept_besides_all_promises(situation):
    units, promises, groups = situation
    shelf = shelf_of(units, promises, groups, pooled=list(units))
    before = most_kept(units, promises, groups)
    net = sum(count for name, count in units.items() if "G" in groups[name]) - promises["G"]
    expected = max(
        extra
        for extra in range(30)
        if extra == 0
        or (extra <= net and most_kept(units, promises | {"G": promises["G"] + extra}, groups) == before + extra)
    )
    assert figure_of_group(shelf, "G") == net
    # What cannot be kept already takes nothing away from what can be promised besides.
    assert (
        room(shelf, group("G")) >= expected if before < sum(promises.values()) else room(shelf, group("G")) == expected
    )


@given(situations)
def test_a_location_has_room_for_what_no_group_needs(situation):
    units, promises, groups = situation
    before = most_kept(units, promises, groups)
    expected = max(
        extra
        for extra in range(max(units["L0"], 0) + 1)
        if most_kept(units | {"L0": units["L0"] - extra}, promises, groups) == before
    )
    assert room(shelf_of(units, promises, groups), location("L0")) == expected


@given(situations, st.sets(st.sampled_from(["L1", "L2", "L3"])))
def test_it_makes_no_difference_which_locations_are_pooled(situation, pooled):
    units, promises, groups = situation
    whole, parted = shelf_of(units, promises, groups), shelf_of(units, promises, groups, sorted(pooled))
    for place in (location("L0"), *map(group, NAMES)):
        assert room(whole, place) == room(parted, place)


@given(situations, st.randoms(use_true_random=False))
def test_giving_out_the_room_leaves_promises_that_can_all_be_kept(situation, random):
    units, promises, groups = situation
    if most_kept(units, promises, groups) < sum(promises.values()):
        promises = dict.fromkeys(NAMES, 0)
    inventory = Inventory(shelves={"mug": shelf_of(units, promises, groups)})
    given_out: dict[str, int] = dict(promises)
    left = dict(units)
    places = [*map(location, units), *map(group, NAMES)]
    for place in random.sample(places, len(places)):
        quantity = room(inventory.shelf("mug"), place)
        inventory = moved(inventory, [reserved(place, quantity)])
        book = given_out if place.is_group else left
        book[place.identifier] += int(quantity) if place.is_group else -int(quantity)
    assert most_kept(left, given_out, groups) == sum(given_out.values())
    assert [room(inventory.shelf("mug"), place) for place in places] == [0] * len(places)


def reserved(place: Place, quantity: Decimal) -> Movement:
    return Movement(
        kind="Reserved",
        stock_keeping_unit="mug",
        place=place,
        reserved=quantity,
        reservation_id="r",
        action_request_id="r",
    )


def test_a_location_nobody_counted_has_no_room():
    assert room(Shelf(), location("L")) == 0
    assert room(Shelf(), group("G")) == 0


def test_movements_change_counters_and_holds_of_a_copy():
    before = Inventory()
    after = moved(before, [reserved(location("L"), Decimal(2)), reserved(location("L"), Decimal(3))])
    assert before == Inventory()
    shelf = after.shelf("mug")
    assert shelf.stocks[location("L")].reserved == 5
    assert [(hold.reservation_id, hold.quantity) for hold in shelf.holds] == [("r", Decimal(5))]
    assert msgspec.structs.replace(shelf.stocks[location("L")], reserved=Decimal(0)) == Stock(place=location("L"))
