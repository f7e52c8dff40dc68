"""Orders, locations and stock in a few words, to be routed."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from orderwright.decisions.rank_by_distance import Position
from orderwright.decisions.read_routing_rules import read_routing_rules
from orderwright.decisions.route_and_allocate import decide_route_and_allocate
from orderwright.decisions.routing_plan import GroupPlan, RoutingFacts, RoutingLocation, RoutingPlan, RoutingWish
from orderwright.decisions.routing_rules import RoutingRules
from orderwright.objects.picklists import STANDARD
from tests.builders import Books, Line, order_summary


def rules(text: str = "") -> RoutingRules:
    return read_routing_rules(text, STANDARD)


def north(degrees: float) -> Position:
    """A point so far north of where everything goes to: a degree is about 69.1 miles."""
    return Position(latitude=degrees, longitude=0.0, source="Test", found_as="0")


HOME = north(0)


def location(reference: str, number: int, **about: Any) -> RoutingLocation:
    """`WH-1`, a warehouse; `STORE-1`, a store."""
    kind = "Store" if reference.startswith("STORE") else "Warehouse"
    usual: dict[str, Any] = {"id": f"131{number:012d}", "reference": reference, "name": reference, "type": kind}
    return RoutingLocation(**(usual | about))


class Case:
    """An order and a network: `order="A2 B1 | C1"` is two delivery groups; `stock={"WH-1": "A2 B1"}`."""

    def __init__(
        self, order: str, stock: Mapping[str, str], price: str = "10.00", currency: str = "USD", **about: Any
    ) -> None:
        groups = [group.split() for group in order.split("|")]
        self.names = [entry for group in groups for entry in group]
        lines = [
            Line(f"{entry}#{n}", int(entry[1:]), price, to=to)
            for to, group in enumerate(groups)
            for n, entry in enumerate(group)
        ]
        self.books: Books = order_summary(*lines, currency=currency)
        whole = self.books.whole
        country = about.pop("country", None)
        if country is not None:
            to_country = [msgspec.structs.replace(g, deliver_to_country_code=country) for g in whole.delivery_groups]
            self.books.whole = whole = msgspec.structs.replace(whole, delivery_groups=tuple(to_country))
        locations = {name: about.pop(name.replace("-", "_"), {}) for name in stock}
        self.facts = RoutingFacts(
            whole=whole,
            skus={item.id: (item.description or "")[0] for item in whole.items},
            locations=tuple(location(name, n, **more) for n, (name, more) in enumerate(sorted(locations.items()))),
            stock={
                name: {entry[0]: Decimal(entry[1:]) for entry in text.split()} for name, text in stock.items()
            },
            destinations={group.id: HOME for group in whole.delivery_groups},
        )  # fmt: skip
        self.facts = msgspec.structs.replace(self.facts, **about)

    def plan(self, text: str = "", wish: RoutingWish | None = None) -> RoutingPlan:
        return decide_route_and_allocate(self.facts, wish or RoutingWish(), rules(text), STANDARD)


def shipped(plan: GroupPlan) -> dict[str, str]:
    """What each location ships: `{"WH-1": "A2 B1"}`."""
    return {
        one.location: " ".join(f"{item.stock_keeping_unit}{item.quantity}" for item in one.items)
        for one in plan.shipments
    }


def left(plan: RoutingPlan) -> str:
    """What is not allocated: `A2 B1`."""
    return " ".join(f"{entry.stock_keeping_unit}{entry.quantity}" for entry in plan.not_allocated)
