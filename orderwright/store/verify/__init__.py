"""Recomputes every invariant from the stored rows, and lists each record that breaks one.

All checks read one snapshot, in a READ ONLY transaction, so they may run beside a working server. Each is one statement
over whole tables: no row passes through Python unless it breaks a rule.
"""

from __future__ import annotations

from collections.abc import Callable

from orderwright.store.verify.capacity import CAPACITY_CHECKS
from orderwright.store.verify.changes import CHANGE_CHECKS
from orderwright.store.verify.check import Check, Connection, Violation, violations_of
from orderwright.store.verify.currencies import currency_checks
from orderwright.store.verify.documents import DOCUMENT_CHECKS
from orderwright.store.verify.inventory import INVENTORY_CHECKS
from orderwright.store.verify.payments import PAYMENT_CHECKS
from orderwright.store.verify.pools import pool_checks
from orderwright.store.verify.quantities import QUANTITY_CHECKS
from orderwright.store.verify.references import reference_checks
from orderwright.store.verify.rollups import rollup_checks
from orderwright.store.verify.sums import sum_checks

__all__ = ["Check", "Violation", "all_checks", "verify_all"]

Progress = Callable[[str, int, int], None]

SETTINGS = """
SET LOCAL work_mem = '64MB';
SET LOCAL statement_timeout = 0;
-- Every join compares whole tables by equality. Where the planner has no statistics yet, as after a large import, it
-- would take them for small and loop over them.
SET LOCAL enable_nestloop = off;
-- Compiling some three hundred statements would cost more than it saves.
SET LOCAL jit = off;
"""


def all_checks() -> list[Check]:
    """Every check, in the order in which they run: what others build on comes first."""
    return [
        *reference_checks(),
        *currency_checks(),
        *rollup_checks(),
        *sum_checks(),
        *QUANTITY_CHECKS,
        *pool_checks(),
        *CHANGE_CHECKS,
        *DOCUMENT_CHECKS,
        *PAYMENT_CHECKS,
        *INVENTORY_CHECKS,
        *CAPACITY_CHECKS,
    ]


async def verify_all(session: Connection, progress: Progress | None = None) -> list[Violation]:
    """Every violation of every check, at most `MOST_LISTED` of each; warnings among them are marked.

    `progress` hears the rule, how many checks are done and how many there are, before each check and once at the end.
    """
    checks = all_checks()
    found: list[Violation] = []
    async with session.transaction(isolation="repeatable_read", readonly=True):
        await session.execute(SETTINGS)
        for done, check in enumerate(checks):
            if progress is not None:
                progress(f"{check.rule} {check.object}", done, len(checks))
            found += await violations_of(session, check)
    if progress is not None:
        progress("done", len(checks), len(checks))
    return found
