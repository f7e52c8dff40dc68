"""GET /query?explain=: how a query would be carried out, as the platform says it, from PostgreSQL's own plan."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from orderwright.objects.definition import Definition, to_wire_name
from orderwright.objects.registry import BY_NAME
from orderwright.soql.prepare import Prepared
from orderwright.store.database import Session
from orderwright.store.query import explain, rows_in_table

_WORD = re.compile(r"[a-z][a-z0-9_]*")
UNSELECTIVE = Decimal(1)
"""The relative cost of reading a whole table; above it a query is not selective (documented)."""


async def explained(session: Session, prepared: Prepared, arguments: list[Any]) -> dict[str, Any]:
    """The plan of a query: which way it begins with, by which fields, and how many rows are expected of how many."""
    definition = BY_NAME[prepared.plan.object]
    tree = await explain(session, prepared.plan, arguments)
    in_table = await rows_in_table(session, definition.table)
    steps = list(_steps(tree))
    first = next((step for step in steps if step.get("Relation Name") == definition.table), tree)
    near = [first, *_steps(first)]
    by_index = [step["Index Cond"] for step in near if "Index Cond" in step]
    plan = {
        "cardinality": int(first.get("Plan Rows", 0)),
        "fields": _fields(definition, by_index),
        "leadingOperationType": "Index" if by_index else "TableScan",
        "notes": _notes(definition, near),
        "relativeCost": _relative_cost(first, in_table, is_indexed=bool(by_index)),
        "sobjectCardinality": in_table,
        "sobjectType": definition.name,
    }
    return {"plans": [plan], "sourceQuery": prepared.text}


def _steps(step: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for inner in step.get("Plans", ()):
        yield inner
        yield from _steps(inner)


def _fields(definition: Definition, conditions: Iterable[str]) -> list[str]:
    """The fields that conditions of PostgreSQL's plan name."""
    words = {word for condition in conditions for word in _WORD.findall(condition)}
    return sorted(to_wire_name(name) for name in words & definition.stored.keys() - {"shard", "custom"})


def _notes(definition: Definition, steps: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    fields = _fields(definition, (step["Filter"] for step in steps if "Filter" in step))
    about = "Not considering filter for optimization because unindexed"
    return [{"description": about, "fields": fields, "tableEnumOrId": definition.name}] if fields else []


def _relative_cost(first: Mapping[str, Any], in_table: int, *, is_indexed: bool) -> Decimal:
    if not is_indexed:
        return UNSELECTIVE
    share = Decimal(int(first.get("Plan Rows", 0))) / max(1, in_table)
    return min(share, UNSELECTIVE).quantize(Decimal("0.001"))
