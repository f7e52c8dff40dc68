"""What lies where, what is promised, and how much more may be promised: the values that reservations are decided on.

A location gives what it has: available to order = on hand − reserved − safety stock + expected restocks. A group has
nothing of its own; reserving at it promises units that lie at any of its locations, without saying at which. So a place
has room for a unit only if every promise can be kept at the same time. The promises of groups are a flow from groups to
the locations that count for them, and the room of a place is how much more can flow from there: exact also where groups
overlap, and where a location is reserved at directly while its group's promises lie there too.

Locations nobody asked for are told apart only by the groups that count them: they come summed up, as pools.

Source: returns-payments-inventory.yaml#oci.quantity_model (documented; the formulas derived); the flow is inferred.
"""

from __future__ import annotations

import datetime as dt
from collections import deque
from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from orderwright.decisions.errors import Refusal

ZERO = Decimal(0)


class InsufficientInventory(Refusal):
    """Fewer units are available, reserved or on hand at the place than were asked for."""

    code = "INSUFFICIENT_INVENTORY"


class Place(msgspec.Struct, frozen=True, order=True):
    """A location or a group of locations, by its external reference."""

    is_group: bool
    identifier: str

    def __str__(self) -> str:
        return f"{'location group' if self.is_group else 'location'} '{self.identifier}'"


class Stock(msgspec.Struct, frozen=True, kw_only=True):
    """The counters of one SKU at one place; for a group only `reserved` counts."""

    place: Place
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    safety_stock_count: Decimal = ZERO
    future_quantity: Decimal = ZERO
    counted_in: frozenset[str] = frozenset()
    """The groups, of those at hand, for which the units of this location count."""

    @property
    def available_to_fulfill(self) -> Decimal:
        return self.on_hand - self.reserved - self.safety_stock_count

    @property
    def available_to_order(self) -> Decimal:
        return self.available_to_fulfill + self.future_quantity


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """Locations that nobody asked for, and that count for the same groups."""

    counted_in: frozenset[str]
    available: Decimal
    """What they have available to order; one that promised more than it has counts as none."""
    net: Decimal
    """The same with that one's shortage: what the group's figure shows."""


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """What one reservation holds of a SKU at one place."""

    place: Place
    reservation_id: str
    quantity: Decimal


class Shelf(msgspec.Struct, frozen=True, kw_only=True):
    """One SKU: the places asked about, the groups with promises, what else counts for those groups, and holds."""

    stocks: Mapping[Place, Stock] = {}
    pools: tuple[Pool, ...] = ()
    holds: tuple[Hold, ...] = ()
    """Those that an action may touch, in the order in which it uses them up."""


class Reservation(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds what until when. Its id is the actionRequestId that made it."""

    id: str
    reservation_time: dt.datetime
    expiration_time: dt.datetime | None = None
    external_ref_id: str | None = None


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """An action that was carried out: the digest of what was asked, and what came of it."""

    id: str
    digest: bytes
    answer: bytes = b""


class Movement(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger: by how much `on_hand` and `reserved` of a SKU change at a place, and for whom."""

    kind: str
    stock_keeping_unit: str
    place: Place
    on_hand: Decimal = ZERO
    reserved: Decimal = ZERO
    reservation_id: str
    action_request_id: str


class Inventory(msgspec.Struct, frozen=True, kw_only=True):
    """All that a decision needs to know, as it is under the locks of its SKUs."""

    shelves: Mapping[str, Shelf] = {}
    """By SKU."""
    known: frozenset[Place] = frozenset()
    """Those of the places asked about that the location graph has."""
    reservations: Mapping[str, Reservation] = {}
    done: Mapping[str, Done] = {}

    def shelf(self, stock_keeping_unit: str) -> Shelf:
        """The shelf of a SKU; an empty one of a SKU that nobody knows."""
        return self.shelves.get(stock_keeping_unit) or Shelf()


class InventoryDecision(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be saved: counters and holds change by what the movements say, and by nothing else."""

    movements: tuple[Movement, ...] = ()
    reservation: Reservation | None = None
    done: tuple[Done, ...] = ()


def stock_at(shelf: Shelf, place: Place) -> Stock:
    """The counters of a place; zeros where nothing was ever counted."""
    return shelf.stocks.get(place) or Stock(place=place)


def moved(inventory: Inventory, movements: Sequence[Movement]) -> Inventory:
    """`inventory` after `movements`."""
    shelves = dict(inventory.shelves)
    for movement in movements:
        shelf = shelves.get(movement.stock_keeping_unit) or Shelf()
        stock = stock_at(shelf, movement.place)
        after = msgspec.structs.replace(
            stock, on_hand=stock.on_hand + movement.on_hand, reserved=stock.reserved + movement.reserved
        )
        shelves[movement.stock_keeping_unit] = msgspec.structs.replace(
            shelf,
            stocks={**shelf.stocks, movement.place: after},
            holds=_held(shelf.holds, movement),
        )
    return msgspec.structs.replace(inventory, shelves=shelves)


def _held(holds: tuple[Hold, ...], movement: Movement) -> tuple[Hold, ...]:
    found = hold_at(holds, movement.place, movement.reservation_id)
    if found is None:
        begun = Hold(place=movement.place, reservation_id=movement.reservation_id, quantity=movement.reserved)
        return (*holds, begun)
    after = msgspec.structs.replace(found, quantity=found.quantity + movement.reserved)
    return tuple(after if hold is found else hold for hold in holds)


def hold_at(holds: Sequence[Hold], place: Place, reservation_id: str) -> Hold | None:
    """What a reservation holds at a place; None for nothing."""
    return next((hold for hold in holds if hold.place == place and hold.reservation_id == reservation_id), None)


def room(shelf: Shelf, place: Place) -> Decimal:
    """How many more units can be promised at `place`, all other promises kept; zero when none can.

    Source: returns-payments-inventory.yaml#oci.reservation_rules (documented: only what is available); that
    available-to-order is the figure meant, and that overlapping groups are looked at together, is inferred.
    """
    own = figure_of_group(shelf, place.identifier) if place.is_group else stock_at(shelf, place).available_to_order
    if own <= 0 or not any(other.is_group for other in shelf.stocks):
        return max(own, ZERO)
    return _Promises(shelf).more(place, own)


def figure_of_group(shelf: Shelf, identifier: str) -> Decimal:
    """What a group has available to order: the sum of its locations, less what is reserved at the group itself."""
    located = sum((s.available_to_order for s in shelf.stocks.values() if identifier in s.counted_in), ZERO)
    pooled = sum((pool.net for pool in shelf.pools if identifier in pool.counted_in), ZERO)
    return located + pooled - stock_at(shelf, Place(is_group=True, identifier=identifier)).reserved


class _Promises:
    """The promises of the groups of one SKU, each kept at some basin: a location asked about, or a pool."""

    def __init__(self, shelf: Shelf) -> None:
        locations = [stock for stock in shelf.stocks.values() if not stock.place.is_group]
        self._basins = [stock.counted_in for stock in locations] + [pool.counted_in for pool in shelf.pools]
        self._places = {stock.place: number for number, stock in enumerate(locations)}
        self._free = [max(stock.available_to_order, ZERO) for stock in locations] + [p.available for p in shelf.pools]
        self._kept: dict[tuple[str, int], Decimal] = {}
        for stock in shelf.stocks.values():
            if stock.place.is_group:
                self._keep(stock.place.identifier, stock.reserved)

    def more(self, place: Place, most: Decimal) -> Decimal:
        """How much more can be promised at `place`, at most `most`."""
        return self._keep(place.identifier if place.is_group else "", most, self._starts(place))

    def _starts(self, place: Place) -> list[int]:
        if not place.is_group:
            return [self._places[place]]
        return [number for number, groups in enumerate(self._basins) if place.identifier in groups]

    def _keep(self, group: str, wanted: Decimal, starts: list[int] | None = None) -> Decimal:
        """Keep `wanted` more units for `group` as far as that can be done; returns how many. No name: at the start."""
        starts = self._starts(Place(is_group=True, identifier=group)) if starts is None else starts
        left = wanted
        while left > 0:
            path = self._path(starts)
            if path is None:
                break
            left -= self._along(path, group, left)
        return wanted - left

    def _path(self, starts: Sequence[int]) -> list[tuple[int, str]] | None:
        """The shortest way from a start to a free basin: basins, each with the group that moved on to it."""
        came: dict[int, tuple[int, str] | None] = dict.fromkeys(starts)
        waiting = deque(starts)
        while waiting:
            basin = waiting.popleft()
            if self._free[basin] > 0:
                return self._way_to(basin, came)
            for group in self._basins[basin]:
                if self._kept.get((group, basin), ZERO) > 0:
                    for other, groups in enumerate(self._basins):
                        if group in groups and other not in came:
                            came[other] = (basin, group)
                            waiting.append(other)
        return None

    @staticmethod
    def _way_to(basin: int, came: Mapping[int, tuple[int, str] | None]) -> list[tuple[int, str]]:
        way: list[tuple[int, str]] = []
        while (step := came[basin]) is not None:
            way.append((basin, step[1]))
            basin = step[0]
        return [(basin, ""), *reversed(way)]

    def _along(self, path: Sequence[tuple[int, str]], group: str, wanted: Decimal) -> Decimal:
        """Move what can be moved along `path`: each group on it gives way at one basin and goes on to the next."""
        steps = [(path[i][0], basin, mover) for i, (basin, mover) in enumerate(path[1:])]
        amount = min([wanted, self._free[path[-1][0]], *(self._kept[mover, before] for before, _, mover in steps)])
        for before, after, mover in steps:
            self._kept[mover, before] -= amount
            self._kept[mover, after] = self._kept.get((mover, after), ZERO) + amount
        self._free[path[-1][0]] -= amount
        first = path[0][0]
        self._kept[group, first] = self._kept.get((group, first), ZERO) + amount
        return amount
