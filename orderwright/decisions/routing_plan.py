"""What routing knows, and what it plans: the facts it is given, and the plan with all that was considered.

A plan is kept as it is, as the routing decision, and shown to people. References are ExternalReference values of
Locations, by which inventory knows them; SKUs are as the items of the order have them; quantities are whole units.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import msgspec

from orderwright.decisions.rank_by_distance import Position, Unit
from orderwright.decisions.search_budget import Limit
from orderwright.objects.definition import Id
from orderwright.objects.whole import WholeSummary


class RoutingLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A Location that inventory knows, as it is now."""

    id: Id
    reference: str
    name: str
    type: str
    groups: frozenset[str] = frozenset()
    """The published location groups that have it."""
    free: int | None = None
    """How many fulfillment orders more it takes; None for no limit."""
    position: Position | None = None
    tracks_capacity: bool = False
    """Whether each fulfillment order takes one of its capacity, even without a limit."""
    is_ambiguous: bool = False
    """Whether another Location has the same reference."""


class RoutingFacts(msgspec.Struct, frozen=True, kw_only=True):
    """All that a plan is made of."""

    whole: WholeSummary
    skus: Mapping[Id, str]
    """Of the order's items, those whose product has one."""
    locations: tuple[RoutingLocation, ...]
    """Those that have, or had, some of what is wanted."""
    stock: Mapping[str, Mapping[str, Decimal]]
    """What counts as available, by reference, then by SKU; below zero where more is promised than there is."""
    destinations: Mapping[Id, Position] = {}
    """Where delivery groups go, those of which it is known."""
    are_others_under_way: bool = False
    """Whether somebody took units or capacity of these just now and may give them back."""
    refused: frozenset[tuple[str, str]] = frozenset()
    """Places and SKUs at which a reservation was refused although enough seems to be there: a location group that has
    the place promised the units to others.
    """


class RoutingWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be allocated: all units of the order that are not, unless fewer are named."""

    delivery_group_summary_id: Id | None = None
    quantities: Mapping[Id, Decimal] | None = None
    """Units by item; whole numbers above zero."""


class Candidate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A location, whether it may ship, and why. `stock` is what it may ship of what is wanted."""

    location: str
    location_id: Id
    is_in: bool
    why: str
    free_capacity: int | None
    distance: Decimal | None
    position_source: str | None
    stock: dict[str, int]


class ComparedRoute(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A route by what it is sorted by: its average distance, the least free capacity of its locations, None for no
    limit, and how many units of what is wanted they have together.
    """

    locations: tuple[str, ...]
    splits: int
    distance: Decimal | None
    capacity: int | None
    stock: int


class PlannedItem(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of an item."""

    order_item_summary_id: Id
    stock_keeping_unit: str
    quantity: int


class PlannedShipment(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """What a location is to ship: one fulfillment order."""

    location: str
    location_id: Id
    fulfillment_type: str
    takes_capacity: bool
    items: tuple[PlannedItem, ...]


class NotAllocated(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Units of an item that are allocated nowhere, and why."""

    order_item_summary_id: Id
    stock_keeping_unit: str | None
    quantity: int
    why: str


class GroupPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How one delivery group is shipped, and what was considered. `routes` are the best ones, the chosen one first."""

    order_delivery_group_summary_id: Id
    most_splits: int
    splits_rule: str
    candidates: tuple[Candidate, ...]
    routes_found: int = 0
    limit_reached: Limit | None = None
    routes: tuple[ComparedRoute, ...] = ()
    shipments: tuple[PlannedShipment, ...] = ()
    not_allocated: tuple[NotAllocated, ...] = ()
    why: str


class RoutingPlan(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """How an order is shipped, delivery group by delivery group. `refused` says why nothing of it is done."""

    order_summary_id: Id
    order_version: int
    order_value: Decimal
    currency: str | None
    distance_unit: Unit
    sort_keys: tuple[str, ...]
    groups: tuple[GroupPlan, ...]
    refused: str | None = None

    @property
    def shipments(self) -> tuple[tuple[Id, PlannedShipment], ...]:
        """Every shipment with its delivery group."""
        return tuple((g.order_delivery_group_summary_id, s) for g in self.groups for s in g.shipments)

    @property
    def not_allocated(self) -> tuple[NotAllocated, ...]:
        return tuple(entry for group in self.groups for entry in group.not_allocated)
