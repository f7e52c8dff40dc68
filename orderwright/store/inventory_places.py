"""What a name in a routing request stands for: one published location, or all locations of a published group."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from orderwright.store.database import Session

NAMED = """
SELECT g.identifier, true AS is_group,
       array(SELECT m.location FROM inventory.member m WHERE m.location_group = g.identifier ORDER BY 1) AS locations
FROM inventory.location_group g WHERE g.identifier = ANY($1::text[])
UNION ALL
SELECT l.identifier, false, ARRAY[l.identifier] FROM inventory.location l WHERE l.identifier = ANY($1::text[])
"""


class Named(NamedTuple):
    """The locations that a name stands for, in the order of their names."""

    is_group: bool
    locations: tuple[str, ...]


async def places_named(session: Session, names: Iterable[str]) -> dict[str, Named]:
    """Those of `names` that the location graph has. Where a group and a location share a name, the group is meant."""
    rows = await session.fetch(NAMED, sorted(set(names)))
    # False before true: what is entered last stays.
    return {row["identifier"]: Named(row["is_group"], tuple(row["locations"])) for row in sorted(rows, key=_is_group)}


def _is_group(row: object) -> bool:
    return bool(row["is_group"])  # type: ignore[index]  # a row of the driver
