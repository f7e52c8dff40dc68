"""Record ids as text: their 18-character form, their shape, and the stand-ins used before a record is saved.

Inside the system an id has 15 case-sensitive characters; on the wire it has 18, the last three being a checksum of
letter case (data-model.yaml conventions.ids, documented). Both forms are accepted.
"""

from __future__ import annotations

import functools
import re

from orderwright.objects.definition import Id

_CHECKSUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_SHAPE = re.compile(r"[0-9A-Za-z]{15}(?:[0-9A-Za-z]{3})?")


def to_18(record_id: Id) -> str:
    """The 18-character form of a 15-character id."""
    return record_id + "".join(
        _CHECKSUM[sum(1 << bit for bit, letter in enumerate(record_id[start : start + 5]) if "A" <= letter <= "Z")]
        for start in (0, 5, 10)
    )


def to_15(text: str) -> Id | None:
    """The 15-character id that `text` (15 or 18 characters) stands for; None when it is not an id.

    In the 18-character form letter case may be lost: it is restored from the checksum.
    """
    if not _SHAPE.fullmatch(text):
        return None
    if len(text) == 15:
        return text
    return _restore_case(text[:15], text[15:].upper())


@functools.lru_cache(16_384)  # one request names the same records again and again
def _restore_case(letters: str, checksum: str) -> Id | None:
    restored = []
    for part, mark in enumerate(checksum):
        bits = _CHECKSUM.find(mark)
        if bits < 0:
            return None
        for bit, letter in enumerate(letters[part * 5 : part * 5 + 5]):
            restored.append(letter.upper() if bits >> bit & 1 else letter.lower())
    return "".join(restored)


class NewIds:
    """Stand-in ids for records that a decision makes, which stays pure: `save` replaces them, a preview shows null."""

    def __init__(self) -> None:
        self._made = 0

    def __call__(self) -> Id:
        self._made += 1
        return f"~{self._made}"


def is_stand_in(record_id: Id | None) -> bool:
    """Whether `record_id` belongs to a record that is not saved yet."""
    return record_id is not None and record_id.startswith("~")
