"""What queries may do with a field: what describe says of it."""

from __future__ import annotations

from orderwright.objects.definition import Field

LONGEST_SEARCHED = 255
"""A text area that may be longer is kept and shown, and neither compared nor sorted."""

MASKED = frozenset({"encryptedstring"})
"""Types of secrets, which are kept and used and never told."""
MASK = "********"
"""What is shown of a secret: that there is one."""

OPAQUE = MASKED | {"address", "json"}
"""Types that are shown, and neither compared nor sorted, grouped or aggregated."""

NOT_GROUPED = frozenset({"currency", "double", "percent", "dateTime", "time", "multipicklist"})
NOT_AGGREGATED = frozenset({"boolean", "multipicklist", "time"})


def is_long_text(field: Field) -> bool:
    """Whether the field is a long text area."""
    return field.type == "textarea" and (field.length or LONGEST_SEARCHED + 1) > LONGEST_SEARCHED


def is_filterable(field: Field) -> bool:
    """Whether a field can stand in WHERE."""
    return field.type not in OPAQUE and not is_long_text(field)


def is_sortable(field: Field) -> bool:
    """Whether records can be put in order by the field."""
    return field.type != "multipicklist" and is_filterable(field)


def is_groupable(field: Field) -> bool:
    """Whether records can be grouped by the field."""
    return field.type not in NOT_GROUPED and is_filterable(field)


def is_aggregatable(field: Field) -> bool:
    """Whether COUNT, MIN and the like can be asked of the field."""
    return field.type not in NOT_AGGREGATED and is_filterable(field)
