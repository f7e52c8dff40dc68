"""Ids and references: every id says what and where its record is, and every reference leads to a record."""

from __future__ import annotations

from collections.abc import Sequence

from orderwright.objects.definition import Definition, Field
from orderwright.objects.elsewhere import ELSEWHERE
from orderwright.objects.registry import BY_NAME
from orderwright.store.ids import BUCKET_BITS, COUNTER_BITS, DIGITS, NODE_BITS
from orderwright.store.transaction import MOVABLE
from orderwright.store.verify.check import Check

ID_LAYOUT = "decisions.md#S3, #W8 (inferred)"
ONE_SHARD = "decisions.md#S4, #S5 (inferred)"

USERS = ("created_by_id", "last_modified_by_id")


def of_an_order() -> frozenset[str]:
    """The objects whose records inherit the shard of an Order, by following `root` from object to object."""
    found = {"Order", "Payment", "PaymentAuthorization", "PaymentAuthAdjustment"}
    while more := {d.name for d in BY_NAME.values() if d.name not in found and found & set(_root_targets(d))}:
        found |= more
    return frozenset(found)


def _root_targets(definition: Definition) -> Sequence[str]:
    root = definition.about.root
    return definition.stored[root].to if root else ()


def reference_checks() -> list[Check]:
    """For each object: its ids, where they say it is, and its references."""
    checks = []
    for definition in BY_NAME.values():
        checks += [_shape(definition), _bucket(definition)]
        checks += [reference for reference in (_references(definition),) if reference is not None]
    return checks


def _shape(definition: Definition) -> Check:
    prefix = definition.about.key_prefix
    return Check(
        rule="id-shape",
        object=definition.name,
        says="an id has 15 characters and begins with its object's key prefix",
        source=ID_LAYOUT,
        sql=f"""
        SELECT t.id AS record_id, 'id' AS field, '{prefix} and 12 letters or digits' AS expected, t.id AS actual
        FROM "{definition.table}" t WHERE t.id !~ '^{prefix}[0-9A-Za-z]{{12}}$'""",
    )


def _bucket(definition: Definition) -> Check:
    moved = ""
    if definition.about.key_prefix in MOVABLE:
        moved = f"AND NOT EXISTS (SELECT 1 FROM forwarding w WHERE w.shard = {bucket('t.id')} AND w.id = t.id)"
    return Check(
        rule="id-shard",
        object=definition.name,
        says="the bucket in an id is the shard of its record, unless it was moved and left word",
        source="decisions.md#S4 (inferred)",
        sql=f"""
        SELECT t.id AS record_id, 'shard' AS field, {bucket("t.id")} AS expected, t.shard AS actual
        FROM "{definition.table}" t WHERE t.shard <> {bucket("t.id")} {moved}""",
    )


def bucket(column: str) -> str:
    """The SQL expression of the bucket in an id; the low bits of the number are enough, so it fits a bigint."""
    below = NODE_BITS + COUNTER_BITS
    modulus = 1 << below + BUCKET_BITS
    digits = " + ".join(
        f"(strpos('{DIGITS}', substr({column}, {place}, 1)) - 1)::bigint * {pow(62, 15 - place, modulus)}"
        for place in range(4, 16)
    )
    return f"((({digits}) % {modulus}) >> {below})"


def _references(definition: Definition) -> Check | None:
    fields = [f for f in definition.stored.values() if f.type == "reference" and any(to in BY_NAME for to in f.to)]
    missing = [_missing(definition, field) for field in fields]
    return Check(
        rule="reference",
        object=definition.name,
        says="a reference leads to a record of the right object, in the same shard where both belong to one order",
        source=ONE_SHARD,
        sql="\nUNION ALL\n".join(missing),
    )


def _missing(definition: Definition, field: Field) -> str:
    name = field.name
    same_shard = _same_shard(definition, field)
    known = [BY_NAME[to] for to in field.to if to in BY_NAME]
    rows = " UNION ALL ".join(f'SELECT shard, id FROM "{target.table}"' for target in known)
    place = " AND p.shard = t.shard" if same_shard else ""
    expected = f"an existing {' or '.join(field.to)}{' in the same shard' if same_shard else ''}"
    # Where some of the objects are not ours, ids with their prefixes cannot be looked up.
    prefixes = ", ".join(f"'{target.about.key_prefix}'" for target in known)
    ours = "" if len(known) == len(field.to) else f" AND left(t.{name}, 3) IN ({prefixes})"
    return f"""
    SELECT t.id AS record_id, '{name}' AS field, '{expected}' AS expected, t.{name} AS actual
    FROM "{definition.table}" t
    WHERE t.{name} IS NOT NULL AND NOT t.is_deleted{ours}
      AND NOT EXISTS (SELECT 1 FROM ({rows}) p WHERE p.id = t.{name}{place})"""


def _same_shard(definition: Definition, field: Field) -> bool:
    bound = of_an_order()
    return (
        definition.name in bound
        and all(to in bound for to in field.to)
        and (definition.name, field.name) not in ELSEWHERE
    )
