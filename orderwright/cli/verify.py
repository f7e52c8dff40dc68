"""orderwright verify"""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.progress import Progress

    from orderwright.store.verify import Violation


def verify(data: Data = None, database_url: DatabaseUrl = None) -> None:
    """Recompute every sum and rule from the stored records, and list each record that breaks one.

    Nothing is written; the server may be running. Exit code 1 when a rule is broken; warnings alone leave it at 0.

    Example: `orderwright verify`
    """
    import asyncio

    from orderwright.cli.database import current_database
    from orderwright.cli.progress import progress_bar

    with current_database(chosen(data, database_url)) as url, progress_bar() as bar:
        violations = asyncio.run(found(url, bar))
    print_violations(violations)
    if any(not violation.warning for violation in violations):
        raise typer.Exit(1)


async def found(url: str, bar: Progress) -> list[Violation]:
    """Every violation in the database at `url`; `bar` shows how far the search is."""
    import asyncpg

    from orderwright.store.verify import verify_all

    task = bar.add_task("verify", total=None)
    connection = await asyncpg.connect(url, server_settings={"timezone": "UTC", "application_name": "orderwright"})
    try:
        return await verify_all(
            connection, lambda rule, done, total: bar.update(task, description=rule, completed=done, total=total)
        )
    finally:
        await connection.close()


def print_violations(violations: Sequence[Violation]) -> None:
    """Print each violation and what they come to, on stdout."""
    for violation in violations:
        print(f"{'warning' if violation.warning else 'violation'}: {violation.text} [{violation.rule}]")
    print(verdict(violations))


def verdict(violations: Sequence[Violation]) -> str:
    """One line: how many violations and warnings were listed, and whether one rule has more than are listed."""
    warnings = sum(violation.warning for violation in violations)
    broken = len(violations) - warnings
    most = max((violation.found for violation in violations), default=0)
    text = f"{counted(broken, 'violation')}" if broken else "No violation: every rule holds"
    text += f", {counted(warnings, 'warning')}" if warnings else ""
    return text + (f"; of one rule only a part is listed, it has {most}." if most > len(violations) else ".")


def counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
