"""What a decision returns: the records to add and to change, as data (style.md, effects are data)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from orderwright.objects.definition import Id, SObject


class Change(msgspec.Struct, frozen=True):
    """A record before and after; only the fields that differ are written."""

    before: SObject
    after: SObject


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """Records to save in one transaction. New ones carry stand-in ids (`NewIds`), which `save` replaces."""

    new: tuple[SObject, ...] = ()
    changed: tuple[Change, ...] = ()


def changed(before: Iterable[SObject], after: Iterable[SObject]) -> tuple[Change, ...]:
    """The pairs of two equally long sequences that differ, in order."""
    return tuple(Change(b, a) for b, a in zip(before, after, strict=True) if b is not a and b != a)


T = TypeVar("T", bound=SObject)


def replaced(records: Sequence[T], by_id: Mapping[Id, T]) -> tuple[T, ...]:
    """`records` with those in `by_id` put in the place of the ones with the same id."""
    return tuple(by_id.get(record.id, record) for record in records)
