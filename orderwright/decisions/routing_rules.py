"""The merchant's rules of routing: who may ship what, how routes are compared, how often an order may be split.

They are read from a TOML file that people write (read_routing_rules.py, examples/routing_rules.toml). Whatever is left
out has the value of `STANDARD`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Literal, get_args

import msgspec

from orderwright.decisions.rank_by_distance import Place, Unit
from orderwright.objects.picklists import Picklists

SortKey = Literal["splits", "distance", "capacity", "stock"]
Shortage = Literal["refuse_all", "refuse_group", "allocate_available"]
Counted = Literal["available_to_fulfill", "available_to_order"]

SORT_KEYS: tuple[SortKey, ...] = get_args(SortKey)
USUAL_SPLITS = 4


class LocationFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which locations may ship at all: each filter that is not empty must let a location through."""

    references: tuple[str, ...] = ()
    """Patterns of ExternalReference; `*` stands for any letters."""
    types: tuple[str, ...] = ()
    """Values of LocationType."""
    groups: tuple[str, ...] = ()
    """Published location groups of which one has the location."""
    farthest: Decimal | None = None
    """In the unit of distance. A location whose distance is not known is not held to be farther."""


class Exclusion(msgspec.Struct, frozen=True, kw_only=True):
    """What never ships what, or whereto: it applies where all that it names agree."""

    why: str
    references: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    skus: tuple[str, ...] = ()
    """Patterns; empty: the whole location is left out."""
    countries: tuple[str, ...] = ()
    """Two letters each: only what goes there."""


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """Orders of less than `below`, an amount with tax in the order's currency, may be split so often."""

    below: Decimal
    maximum: int


class RoutingRules(msgspec.Struct, frozen=True, kw_only=True):
    """All rules, and the text they were read from."""

    text: str
    locations: LocationFilter = LocationFilter()
    exclusions: tuple[Exclusion, ...] = ()
    sort_keys: tuple[SortKey, ...] = SORT_KEYS
    distance_unit: Unit = "mi"
    most_splits: int = USUAL_SPLITS
    thresholds: Mapping[str, tuple[Threshold, ...]] = {}
    """By currency, in ascending order of `below`."""
    shortage: Shortage = "refuse_all"
    counted: Counted = "available_to_fulfill"
    fulfillment_types: Mapping[str, str] = {}
    """FulfillmentOrder.Type by LocationType."""
    postal_codes: Mapping[str, Place] = {}
    """Where a location is that has no Latitude and Longitude, by ExternalReference."""

    @property
    def digest(self) -> str:
        """What tells two texts apart: SHA-256, in hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def splits_for(self, currency: str | None, value: Decimal) -> tuple[int, str]:
        """How often an order of `value`, with tax, may be split, and by which rule."""
        for one in self.thresholds.get(currency or "", ()):
            if value < one.below:
                return one.maximum, f"the order's value, {value} {currency}, is below {one.below}"
        if currency in self.thresholds:
            return self.most_splits, f"the order's value, {value} {currency}, is below no threshold"
        return self.most_splits, f"there are no thresholds in {currency}"


def matches(patterns: Sequence[str], text: str) -> bool:
    """Whether one of `patterns` is `text`; `*` in it stands for any letters, or none."""
    return any(
        re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), text, re.DOTALL) for pattern in patterns
    )


def fulfillment_type_of(rules: RoutingRules, location_type: str, picklists: Picklists) -> str:
    """The type of fulfillment orders of a location: as the rules say, else by the documented values, else any."""
    named = rules.fulfillment_types.get(location_type) or ("Retail Store" if location_type == "Store" else "Warehouse")
    return named if named in picklists.fulfillment_types else next(iter(picklists.fulfillment_types))


STANDARD = RoutingRules(text="# No file of rules is configured: every rule has its documented default.\n")
