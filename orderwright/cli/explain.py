"""orderwright explain"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orderwright.decisions.explain import Step
    from orderwright.store.explanation import Explained


def explain(
    change_order_id: Annotated[str, typer.Argument(metavar="CHANGE_ORDER_ID", help="The id that a submit answered.")],
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say why each number of a change order is what it is: the rule, its base, the part of it, exact and rounded.

    Example: `orderwright explain 801IWORcSZhTxJIY10`
    """
    import asyncio

    from orderwright.cli.database import current_database

    record_id = _change_order(change_order_id)
    with current_database(chosen(data, database_url)) as url:
        explained = asyncio.run(_read(url, record_id))
    _print(change_order_id, explained)


def _change_order(text: str) -> str:
    from orderwright.objects.identity import to_15

    record_id = to_15(text)
    if record_id is None or not record_id.startswith("801"):
        raise typer.BadParameter("is not the id of an order: 15 or 18 characters that begin with 801")
    return record_id


async def _read(url: str, record_id: str) -> Explained:
    import asyncpg

    from orderwright.cli.failures import CommandFailed
    from orderwright.store.explanation import read_explanation

    connection = await asyncpg.connect(url)
    try:
        found = await read_explanation(connection, record_id)
    finally:
        await connection.close()
    if found is None:
        raise CommandFailed(
            f"There is no change order {record_id} with an explanation. Give the id that a cancel, a return or a price "
            "adjustment answered with."
        )
    return found


def _print(change_order_id: str, explained: Explained) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"Change order {explained.order_number} ({change_order_id}), {explained.change_class}")
    for heading in ("item", "what", "rule", "base", "part", "exact", "rounded", "from"):
        table.add_column(heading, justify="right" if heading in {"base", "part", "exact", "rounded"} else "left")
    for step in explained.steps:
        table.add_row(*_cells(step, explained.item_names))
    Console().print(table)


def _cells(step: Step, names: Mapping[str, str]) -> tuple[str, ...]:
    return (
        names.get(step.order_item_summary_id, step.order_item_summary_id),
        step.component,
        step.rule,
        f"{step.base:f}",
        step.fraction,
        step.exact,
        f"{step.rounded:f}",
        step.source,
    )
