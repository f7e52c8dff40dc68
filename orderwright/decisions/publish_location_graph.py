"""Which locations and groups inventory is to know, from the records that say so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from orderwright.objects.definition import Id


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A Location or LocationGroup that is marked to be known to inventory."""

    id: Id
    external_reference: str | None


class LocationGraph(msgspec.Struct, frozen=True, kw_only=True):
    """Locations, groups and who belongs to whom, by external reference; each sorted."""

    locations: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    members: tuple[tuple[str, str], ...] = ()
    """Group and location."""
    problems: tuple[str, ...] = ()
    """What was left out or is doubtful, in words."""
    read_count: int = 0
    skipped_count: int = 0


def decide_publish_location_graph(
    locations: Sequence[Marked], groups: Sequence[Marked], assignments: Sequence[tuple[Id, Id]]
) -> LocationGraph:
    """Return the graph of `locations` and `groups`, with the `assignments` (group, location) that have both ends in it.

    A record without an external reference is skipped, as nothing could name it. Records that share one are one place.
    Source: returns-payments-inventory.yaml#oci.location-graph-publish (documented); what is skipped is inferred.
    """
    named_locations, named_groups = _by_id(locations), _by_id(groups)
    members = {
        (named_groups[group], named_locations[location])
        for group, location in assignments
        if group in named_groups and location in named_locations
    }
    skipped = len(locations) - len(named_locations) + len(groups) - len(named_groups)
    return LocationGraph(
        locations=tuple(sorted(set(named_locations.values()))),
        groups=tuple(sorted(set(named_groups.values()))),
        members=tuple(sorted(members)),
        problems=(*_problems("Location", locations), *_problems("LocationGroup", groups)),
        read_count=len(locations) + len(groups),
        skipped_count=skipped,
    )


def _by_id(records: Iterable[Marked]) -> dict[Id, str]:
    return {record.id: record.external_reference for record in records if record.external_reference}


def _problems(object_: str, records: Sequence[Marked]) -> list[str]:
    unnamed = [
        f"{object_} {record.id} has no ExternalReference and is not published; give it one"
        for record in records
        if not record.external_reference
    ]
    counts = Counter(record.external_reference for record in records if record.external_reference)
    doubled = [
        f"{count} {object_} records have the ExternalReference '{name}' and are published as one"
        for name, count in sorted(counts.items())
        if count > 1
    ]
    return unnamed + doubled
