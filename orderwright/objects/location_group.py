"""Groups of locations, and which location belongs to which: what publishing makes known to inventory.

Not here: LocationExternalReference, LocationName, LocationGroupExternalReference and LocationGroupName of an
assignment. They repeat what the two records it names say.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from orderwright.objects.definition import About, Id, SObject, boolean, reference, text

CALLS = frozenset({"create", "update", "delete", "query", "retrieve"})


class LocationGroup(SObject, frozen=True, kw_only=True):
    """A group of locations that inventory is asked about, and reserved at, as one."""

    ABOUT: ClassVar[About] = About(
        label="Location Group",
        key_prefix="0gh",
        name_field="LocationGroupName",
        calls=CALLS,
        has_owner=True,
        since=51,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True)] = None
    external_reference: Annotated[str | None, text(create=True, update=True, unique=True)] = None
    is_enabled: Annotated[bool, boolean(create=True, update=True)] = False
    location_group_name: Annotated[str, text(create=True, update=True, idlookup=True)]
    should_sync_with_oci: Annotated[bool, boolean(create=True, update=True)] = False


class LocationGroupAssignment(SObject, frozen=True, kw_only=True):
    """A location's place in a group; both links are set once."""

    ABOUT: ClassVar[About] = About(
        label="Location Group Assignment",
        key_prefix="0gx",
        name_field="LocationGroupAssignment",
        calls=CALLS,
        since=51,
    )

    location_group_assignment: Annotated[str | None, text(autonumber="LGA-{000000000}", idlookup=True)] = None
    location_group_id: Annotated[Id, reference("LocationGroup", create=True, children="LocationGroups")]
    location_id: Annotated[Id, reference("Location", create=True, children="Locations")]
