"""Roll-ups: every stored total equals the sum over its child records, generated from the definitions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from orderwright.objects.definition import Definition, RollUp
from orderwright.objects.registry import BY_NAME
from orderwright.store.verify.check import Check, managed


def rollup_checks() -> list[Check]:
    """One check per object and kind of child; it compares all totals over those children at once.

    Source: decisions.md#S2 (inferred), semantics.md#1.2-4 (documented).
    """
    return [
        _check(parent, child, by, rollups)
        for parent in BY_NAME.values()
        for (child, by), rollups in _by_child(parent.rollups).items()
    ]


def _by_child(rollups: Mapping[str, RollUp]) -> dict[tuple[str, str], dict[str, RollUp]]:
    found: dict[tuple[str, str], dict[str, RollUp]] = {}
    for name, rollup in rollups.items():
        found.setdefault((rollup.child, rollup.by), {})[name] = rollup
    return found


def _check(parent: Definition, child: str, by: str, rollups: Mapping[str, RollUp]) -> Check:
    return Check(
        rule="roll-up",
        object=parent.name,
        says=f"it is the total over the {child} records whose {by} names it",
        source="decisions.md#S2 (inferred)",
        sql=compared(parent, child, by, rollups),
    )


def compared(parent: Definition, child: str, by: str, rollups: Mapping[str, RollUp]) -> str:
    """The statement that finds parents whose stored totals differ from those over their children."""
    sums = ", ".join(f"{_aggregate(rollup)} AS {name}" for name, rollup in rollups.items())
    expected = [f"coalesce(s.{name}, 0)" for name in rollups]
    actual = [f'p."{name}"' for name in rollups]
    return f"""
    SELECT d.id AS record_id, v.field, v.expected, v.actual
    FROM (SELECT p.id, {_paired(rollups, expected, actual)} FROM "{parent.table}" p
          LEFT JOIN (SELECT c.shard, c."{by}" AS parent_id, {sums} FROM "{BY_NAME[child].table}" c
                     WHERE NOT c.is_deleted AND c."{by}" IS NOT NULL GROUP BY 1, 2) s
            ON s.shard = p.shard AND s.parent_id = p.id
          WHERE NOT p.is_deleted AND {_is_rolled_up(parent)}
            AND ({", ".join(actual)}) IS DISTINCT FROM ({", ".join(expected)})) d
    CROSS JOIN LATERAL (VALUES {", ".join(f"('{n}', d.{n}_expected, d.{n}_actual)" for n in rollups)})
      AS v (field, expected, actual)
    WHERE v.expected IS DISTINCT FROM v.actual"""


def _paired(names: Iterable[str], expected: Iterable[str], actual: Iterable[str]) -> str:
    return ", ".join(
        f"{e} AS {name}_expected, {a} AS {name}_actual" for name, e, a in zip(names, expected, actual, strict=True)
    )


def _aggregate(rollup: RollUp) -> str:
    child = BY_NAME[rollup.child]
    of = child.expression(rollup.of, "c")
    over = "" if rollup.where is None else f" FILTER (WHERE {child.condition(rollup.where, 'c')})"
    return f"count(DISTINCT {of}){over}" if rollup.how == "count_distinct" else f"sum({of}){over}"


def _is_rolled_up(parent: Definition) -> str:
    if parent.name == "OrderSummary":
        return "p.order_life_cycle_type = 'MANAGED'"
    return managed("p") if parent.name in SUMMARY_OBJECTS else "TRUE"


SUMMARY_OBJECTS = frozenset(
    {
        "OrderItemSummary",
        "OrderDeliveryGroupSummary",
        "OrderAdjustmentGroupSummary",
        "OrderItemAdjustmentLineSummary",
        "OrderItemTaxLineItemSummary",
    }
)
"""Objects whose amounts nobody rolls up on an UNMANAGED summary (semantics.md §2.5, documented)."""
