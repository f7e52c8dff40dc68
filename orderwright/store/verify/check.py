"""What a check is, and how one is run: a statement over stored rows that returns those which break a rule.

Checks read rows only and share nothing with the decisions, so a wrong decision cannot agree with its own check.
The statement of a check returns four columns: record_id, field (null where the rule is about the whole record),
expected and actual.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Any, Literal, Protocol

import msgspec

from orderwright.objects.definition import Id
from orderwright.store.database import Session

MOST_LISTED = 1000
"""How many violations of one check are returned; `Violation.found` still counts them all."""


class Connection(Session, Protocol):
    """A session that can open the transaction all checks read in."""

    def transaction(
        self, *, isolation: Literal["repeatable_read"], readonly: bool
    ) -> AbstractAsyncContextManager[Any]: ...


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """One rule over the records of one object. `says` is the rule in words; `sql` finds what breaks it."""

    rule: str
    object: str
    says: str
    source: str
    sql: str
    warning: bool = False
    """Worth a look, but no proof that something is wrong."""


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One record that breaks a rule. `found` is how many the check found altogether, listed or not."""

    rule: str
    object: str
    record_id: Id
    expected: str | None
    actual: str | None
    text: str
    found: int = 1
    warning: bool = False


FIND = """
WITH found AS MATERIALIZED ({sql})
SELECT record_id, field, expected::text AS expected, actual::text AS actual, count(*) OVER () AS found
FROM found ORDER BY record_id, field LIMIT {most}
"""


async def violations_of(session: Session, check: Check) -> list[Violation]:
    """The first `MOST_LISTED` violations of `check`, by record id."""
    rows = await session.fetch(FIND.format(sql=check.sql, most=MOST_LISTED))
    return [_violation(check, row) for row in rows]


def _violation(check: Check, row: Any) -> Violation:
    field = row["field"]
    rule = f"{check.rule}.{field}" if field else check.rule
    what = f"{field} of {check.object}" if field else check.object
    return Violation(
        rule=rule,
        object=check.object,
        record_id=row["record_id"],
        expected=row["expected"],
        actual=row["actual"],
        text=f"{what} {row['record_id']}: {check.says}; expected {row['expected']}, found {row['actual']}",
        found=row["found"],
        warning=check.warning,
    )


def managed(alias: str, field: str = "order_summary_id") -> str:
    """The condition that the summary which `field` names is MANAGED: of the others, users write the amounts."""
    return (
        f"EXISTS (SELECT 1 FROM order_summary m WHERE m.shard = {alias}.shard AND m.id = {alias}.{field} "
        f"AND m.order_life_cycle_type = 'MANAGED')"
    )
