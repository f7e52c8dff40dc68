"""orderwright routing: why orders ship from where they do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from orderwright.cli.options import Data, DatabaseUrl, chosen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from orderwright.decisions.routing_plan import GroupPlan, RoutingPlan
    from orderwright.objects.routing_decision import RoutingDecision

app = typer.Typer(name="routing", help="Why orders ship from where they do.", no_args_is_help=True)


@app.callback()
def routing() -> None:
    """Why orders ship from where they do."""


@app.command()
def explain(
    decision_id: Annotated[
        str, typer.Argument(metavar="DECISION_ID", help="The routingDecisionId that route-and-allocate answered.")
    ],
    rules: Annotated[bool, typer.Option("--rules", help="Print the text of the rules that held, too.")] = False,
    data: Data = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Say why an order was routed as it was: the locations that were in or out, the routes compared, what was made.

    Example: `orderwright routing explain 9rDIWPDwsgcqSIr2DM`
    """
    import asyncio

    from orderwright.cli.database import current_database

    record_id = _decision(decision_id)
    with current_database(chosen(data, database_url)) as url:
        decision = asyncio.run(_read(url, record_id))
    _print(decision, with_rules=rules)


def _decision(text: str) -> str:
    from orderwright.objects.identity import to_15

    record_id = to_15(text)
    if record_id is None or not record_id.startswith("9rD"):
        raise typer.BadParameter("is not the id of a routing decision: 15 or 18 characters that begin with 9rD")
    return record_id


async def _read(url: str, record_id: str) -> RoutingDecision:
    import asyncpg

    from orderwright.cli.failures import CommandFailed
    from orderwright.store.routing_decisions import read_decision
    from orderwright.store.transaction import NotFound

    connection = await asyncpg.connect(url)
    try:
        return await read_decision(connection, record_id)
    except NotFound:
        raise CommandFailed(
            f"There is no routing decision {record_id}. Give the routingDecisionId that route-and-allocate answered, "
            "also when it refused; a preview keeps none."
        ) from None
    finally:
        await connection.close()


def _print(decision: RoutingDecision, *, with_rules: bool) -> None:
    from rich.console import Console

    from orderwright.objects.identity import to_18
    from orderwright.store.routing_decisions import made_of, plan_of

    console, plan, made = Console(highlight=False), plan_of(decision), made_of(decision)
    console.print(f"Routing decision {to_18(decision.id)} about order summary {to_18(decision.order_summary_id)}")
    console.print(f"{decision.status}, made {decision.created_date:%Y-%m-%d %H:%M:%S} UTC, attempt {decision.attempts}")
    console.print(f"Order value {plan.order_value} {plan.currency}, sorted by {', '.join(plan.sort_keys)}")
    if plan.refused is not None:
        console.print(f"Refused: {plan.refused}", markup=False)
    orders = iter(made.fulfillment_order_ids)
    for group in plan.groups:
        _print_group(console, plan, group, [next(orders, "") for _ in group.shipments])
    if made.capacity_holds:
        console.print(f"Capacity: {decision.capacity_state} {decision.capacity_message or ''}".rstrip(), markup=False)
    for reservation in made.reservation_ids:
        console.print(f"Reservation {reservation}")
    console.print(f"Rules {decision.rules_digest}")
    if with_rules:
        console.print(decision.rules_text, markup=False)


def _print_group(console: Console, plan: RoutingPlan, group: GroupPlan, order_ids: list[str]) -> None:
    from orderwright.objects.identity import to_18

    console.print(f"\nDelivery group {to_18(group.order_delivery_group_summary_id)}: {group.why}", markup=False)
    console.print(f"At most {group.most_splits} splits: {group.splits_rule}", markup=False)
    _print_table(
        console,
        ("location", "in or out", plan.distance_unit, "free", "may ship"),
        (
            (
                one.location,
                one.why,
                _shown(one.distance),
                _shown(one.free_capacity, "no limit"),
                _units(one.stock.items()),
            )
            for one in group.candidates
        ),
    )
    _print_table(
        console,
        ("route", "splits", plan.distance_unit, "capacity", "stock"),
        (
            (
                " + ".join(one.locations),
                str(one.splits),
                _shown(one.distance),
                _shown(one.capacity, "no limit"),
                str(one.stock),
            )
            for one in group.routes
        ),
    )
    if group.routes_found > len(group.routes):
        console.print(f"These are the best of {group.routes_found} routes.")
    if group.limit_reached is not None:
        console.print(f"There may be more routes: {group.limit_reached}.")
    for shipment, order_id in zip(group.shipments, order_ids, strict=True):
        units = _units((item.stock_keeping_unit, item.quantity) for item in shipment.items)
        made = f": fulfillment order {to_18(order_id)}" if order_id else ", if it had not been refused"
        console.print(f"{shipment.location} ships {units}{made}", markup=False)
    for entry in group.not_allocated:
        name = entry.stock_keeping_unit or to_18(entry.order_item_summary_id)
        console.print(f"Not allocated: {entry.quantity} × {name}: {entry.why}", markup=False)


def _print_table(console: Console, headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for heading in headings:
        table.add_column(heading)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    if table.row_count:
        console.print(table)


def _shown(value: object, nothing: str = "not known") -> str:
    return nothing if value is None else str(value)


def _units(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count} × {sku}" for sku, count in counts)
