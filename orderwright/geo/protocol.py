"""Who knows where places are, and the order in which they are asked.

A provider is asked for many places at once and answers for those it knows. The merchant's own table is asked first,
then the imported GeoNames data, then what comes with the program; the middle of the country is the last resort and says
so. The first answer counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from orderwright.decisions.rank_by_distance import Place, Position

Source = Literal["Own", "GeoNames", "BuiltIn", "CountryCentroid"]

ATTRIBUTIONS: Mapping[Source, str] = {
    "Own": "the merchant's own table",
    "GeoNames": (
        "GeoNames, https://www.geonames.org, licensed under CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); "
        "full codes of the United Kingdom contain Royal Mail data, copyright and database right Royal Mail"
    ),
    "BuiltIn": (
        "the package zipcodes (MIT licence); its positions are from GeoNames, https://www.geonames.org, licensed under "
        "CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/)"
    ),
    "CountryCentroid": "The World Factbook, in the public domain",
}
"""Whom to thank for a position; GeoNames' licence asks that users can see it."""


class PositionProvider(Protocol):
    """One source of positions."""

    async def find(self, places: Collection[Place]) -> dict[Place, Position]:
        """The positions of those of `places` that it knows."""
        ...


async def locate(places: Collection[Place], providers: Sequence[PositionProvider]) -> dict[Place, Position]:
    """The position of each place from the first of `providers` that knows it; places nobody knows are left out."""
    found: dict[Place, Position] = {}
    for provider in providers:
        left = [place for place in places if place not in found]
        if not left:
            break
        found |= await provider.find(left)
    return found
