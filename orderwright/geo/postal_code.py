"""How postal codes are compared, and which part of one names an area.

Spaces, hyphens and case do not matter. Public data often knows less of a code than people write: the first five digits
of a ZIP+4, the outward code of a British postcode. So a code is looked up whole first, then by that part.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

AREA_CHARACTERS: Mapping[str, int] = {
    **dict.fromkeys(("US", "PR", "VI", "GU", "AS", "MP", "FM", "MH", "PW"), 5),  # ZIP+4
    "CA": 3,  # the forward sortation area
    "IE": 3,  # the routing key
    "MT": 3,
    "NL": 4,  # without the letters of the street
    "GB": -3,  # the outward code: all but the last three
}
"""How much of a code names its area, from the left; negative: how much does not, from the right."""

MOST_CHARACTERS = 16
_LEFT_OUT = re.compile(r"[\s-]+")
_FORM = re.compile(r"[0-9A-Z]{1,16}")


def compared(postal_code: str) -> str:
    """The code as it is kept and compared: upper case, without spaces and hyphens."""
    return _LEFT_OUT.sub("", postal_code).upper()


def is_code(text: str) -> bool:
    """Whether `text`, as `compared` makes it, can be a postal code."""
    return _FORM.fullmatch(text) is not None


def lookups(country_code: str, postal_code: str) -> tuple[str, ...]:
    """What to look for, best first: the whole code, then the part that names its area if there is more of it."""
    whole = compared(postal_code)
    if not is_code(whole):
        return ()
    length = AREA_CHARACTERS.get(country_code)
    # A British outward code alone, as SW1A, is no whole code of which three characters could be left out.
    if length is None or len(whole) <= (length if length > 0 else 4):
        return (whole,)
    return (whole, whole[:length])
