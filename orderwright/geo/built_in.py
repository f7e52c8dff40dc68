"""The positions of postal codes of the United States that come with the program."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import zipcodes

from orderwright.decisions.rank_by_distance import Place, Position
from orderwright.geo.postal_code import lookups

COUNTRIES = frozenset({"US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"})
"""Where the United States Postal Service delivers: its codes are looked up under any of these."""

SOURCE = "BuiltIn"


class BuiltIn:
    """The package `zipcodes`, read into memory once, when the first code is asked for."""

    async def find(self, places: Collection[Place]) -> dict[Place, Position]:
        """The positions of those of `places` that are known ZIP codes."""
        asked = [place for place in places if place.country_code in COUNTRIES]
        if not asked:
            return {}
        known = await asyncio.to_thread(zip_positions)
        found = {}
        for place in asked:
            position = next((known[c] for c in lookups(place.country_code, place.postal_code) if c in known), None)
            if position is not None:
                found[place] = position
        return found


@functools.cache
def zip_positions() -> Mapping[str, Position]:
    """The position of each ZIP code whose place the package knows; about 41,500, some 15 MB."""
    return {
        code: Position(latitude=latitude, longitude=longitude, source=SOURCE, found_as=code)
        for digit in "0123456789"  # piece by piece: all its records at once take ten times the memory
        for code, latitude, longitude in _points(zipcodes.similar_to(digit))  # type: ignore[no-untyped-call]  # it has no types
    }


def _points(records: list[dict[str, Any]]) -> Iterator[tuple[str, float, float]]:
    for record in records:
        latitude, longitude = float(record["lat"] or 0), float(record["long"] or 0)
        # A military code belongs to a unit, not to a place; and 0, 0 is how the package says that it knows no point.
        if record["zip_code_type"] != "MILITARY" and (latitude or longitude):
            yield record["zip_code"], latitude, longitude
