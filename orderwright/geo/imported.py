"""Positions that an operator imported: the merchant's own table, and GeoNames' data of the world."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal, Protocol, get_args

from orderwright.decisions.rank_by_distance import Place, Position
from orderwright.geo.postal_code import lookups

ImportedSource = Literal["Own", "GeoNames"]
"""In the order in which they are asked."""

FIND = """
SELECT p.source, p.country_code, p.postal_code, p.latitude, p.longitude
FROM unnest($1::text[], $2::text[]) AS asked (country_code, postal_code)
JOIN postal_location p USING (country_code, postal_code)
"""
COUNT = """
SELECT source, count(*) AS codes, array_agg(DISTINCT country_code ORDER BY country_code) AS countries
FROM postal_location GROUP BY source
"""


class Reading(Protocol):
    """A database session that can be read from."""

    async def fetch(self, query: str, *args: object) -> Sequence[Any]: ...


class Imported:
    """The rows of the table `postal_location`: one statement asks for all places and both sources."""

    def __init__(self, session: Reading) -> None:
        self._session = session

    async def find(self, places: Collection[Place]) -> dict[Place, Position]:
        """The positions of those of `places` that were imported: in the own table, under the whole code or its area's,
        else so in GeoNames' data.
        """
        wanted = {place: [(place.country_code, code) for code in _codes(place)] for place in places}
        keys = sorted({key for keys in wanted.values() for key in keys})
        rows = await self._session.fetch(FIND, [key[0] for key in keys], [key[1] for key in keys])
        known = {(row["source"], row["country_code"], row["postal_code"]): _position(row) for row in rows}
        found = {}
        for place, keys in wanted.items() if known else ():
            answers = (known.get((source, *key)) for source in get_args(ImportedSource) for key in keys)
            best = next((answer for answer in answers if answer is not None), None)
            if best is not None:
                found[place] = best
        return found


def _position(row: Any) -> Position:
    return Position(
        latitude=row["latitude"], longitude=row["longitude"], source=row["source"], found_as=row["postal_code"]
    )


def _codes(place: Place) -> tuple[str, ...]:
    return lookups(place.country_code, place.postal_code)


async def count_imported(session: Reading) -> dict[str, tuple[int, list[str]]]:
    """How many postal codes each source has, and of which countries; sources without any are left out."""
    return {row["source"]: (row["codes"], row["countries"]) for row in await session.fetch(COUNT)}
