"""The middle of a country: the last resort for a postal code that nobody knows."""

from __future__ import annotations

import csv
import functools
from collections.abc import Collection, Mapping
from importlib.resources import files

from orderwright.decisions.rank_by_distance import Place, Position

SOURCE = "CountryCentroid"


class Centroids:
    """One point for each country, rounded to minutes or degrees as its source has it."""

    async def find(self, places: Collection[Place]) -> dict[Place, Position]:
        """The middle of the country of each place whose country code is one."""
        known = country_centroids()
        return {place: known[place.country_code] for place in places if place.country_code in known}


@functools.cache
def country_centroids() -> Mapping[str, Position]:
    """The point of each country and territory of ISO 3166-1, and Kosovo (XK)."""
    text = files("orderwright.geo").joinpath("country_centroids.csv").read_text(encoding="utf-8")
    return {
        row["country"]: Position(
            latitude=float(row["latitude"]), longitude=float(row["longitude"]), source=SOURCE, found_as=None
        )
        for row in csv.DictReader(text.splitlines())
    }
