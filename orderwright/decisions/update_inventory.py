"""Which records of a batch are put: each is checked, known and new, or refused alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set

from orderwright.decisions.errors import DuplicateValue, InvalidInput, Refusal
from orderwright.decisions.inventory import Done, Place
from orderwright.decisions.inventory_record import InventoryRecord, check_record
from orderwright.decisions.read_upload import Numbered, Problem
from orderwright.decisions.reserve_inventory import MOST_RECORDS, unknown
from orderwright.decisions.use_reservation import Refused


def decide_update_inventory(
    records: Sequence[tuple[InventoryRecord, bytes]], known: Set[Place], done: Mapping[str, Done]
) -> tuple[tuple[InventoryRecord, ...], tuple[Done, ...], tuple[Refused, ...]]:
    """Return the records to put, what is to be remembered of them, and the refused ones with their numbers from zero.

    A record, given with the digest of what was sent, that was put before is neither put nor refused. Raises
    InvalidInput for no records, or more than 100 SKUs.
    Source: returns-payments-inventory.yaml#oci.batch-update (documented).
    """
    skus = {record.stock_keeping_unit for record, _ in records}
    if not 1 <= len(skus) <= MOST_RECORDS:
        raise InvalidInput(f"records holds {len(skus)} SKUs; send 1 to {MOST_RECORDS}", "records")
    put: list[InventoryRecord] = []
    remembered = dict(done)
    refused: list[Refused] = []
    for number, (record, digest) in enumerate(records):
        try:
            if _is_new(record, digest, known, remembered):
                put.append(record)
                remembered[record.id] = Done(id=record.id, digest=digest)
        except Refusal as refusal:
            refused.append(Refused(number=number, code=refusal.code, message=refusal.message))
    new = tuple(remembered[record.id] for record in put)
    return tuple(put), new, tuple(refused)


def _is_new(record: InventoryRecord, digest: bytes, known: Set[Place], done: Mapping[str, Done]) -> bool:
    check_record(record)
    place = Place(is_group=False, identifier=record.location)
    if place not in known:
        raise unknown(place)
    before = done.get(record.id)
    if before is not None and before.digest != digest:
        raise DuplicateValue(f"actionRequestId '{record.id}' was used before for another record; send a new one")
    return before is None


def known_records(
    records: Sequence[Numbered], known: Set[str]
) -> tuple[tuple[InventoryRecord, ...], tuple[Problem, ...]]:
    """The records of an upload whose location is known, and why the others are skipped."""
    put: list[InventoryRecord] = []
    problems: list[Problem] = []
    for numbered in records:
        if numbered.record.location in known:
            put.append(numbered.record)
        else:
            refusal = unknown(Place(is_group=False, identifier=numbered.record.location))
            problems.append(Problem(line=numbered.line, code=refusal.code, message=refusal.message))
    return tuple(put), tuple(problems)


def waves(records: Sequence[InventoryRecord]) -> tuple[tuple[InventoryRecord, ...], ...]:
    """`records` in their order, cut before each that names a SKU and location again: the later one counts."""
    found: list[list[InventoryRecord]] = []
    seen: set[tuple[str, str]] = set()
    for record in records:
        key = (record.stock_keeping_unit, record.location)
        if not found or key in seen:
            found.append([])
            seen = set()
        found[-1].append(record)
        seen.add(key)
    return tuple(map(tuple, found))
