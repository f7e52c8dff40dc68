"""The whole API, a page for each part of it. Routing, validation, `/openapi.json` and `/docs` are made from this table.

To add an action: write its handler (`async def verb(context: Context, …_id: Id, body: Input) -> Output`) in the folder
that follows its URL, and add its line to the page of its part.
"""

from __future__ import annotations

from orderwright.decisions.rights import RUN
from orderwright.rest.operation import Operation
from orderwright.rest.operations.actions import INVOCABLE_ACTIONS
from orderwright.rest.operations.bulk import BULK
from orderwright.rest.operations.clock import THE_CLOCK
from orderwright.rest.operations.documents import DOCUMENTS
from orderwright.rest.operations.fulfillment import FULFILLMENT_ACTIONS
from orderwright.rest.operations.inventory import INVENTORY
from orderwright.rest.operations.order_management import ORDER_MANAGEMENT
from orderwright.rest.operations.payments import PAYMENT_CALLS
from orderwright.rest.operations.query import QUERIES
from orderwright.rest.operations.records import RECORDS
from orderwright.rest.operations.routing import CAPACITY, DISTANCES, ROUTE_AND_ALLOCATE, ROUTING
from orderwright.rest.operations.sign_in import SIGN_IN
from orderwright.rest.router import Router

OPERATIONS: tuple[Operation, ...] = (
    *SIGN_IN,
    *RECORDS,
    *QUERIES,
    *BULK,
    *ORDER_MANAGEMENT,
    *THE_CLOCK,
    *FULFILLMENT_ACTIONS,
    *PAYMENT_CALLS,
    *DISTANCES,
    *ROUTING,
    *ROUTE_AND_ALLOCATE,
    *CAPACITY,
    *INVENTORY,
    *INVOCABLE_ACTIONS,
    *DOCUMENTS,
)

ROUTER = Router(OPERATIONS)


def all_actions() -> frozenset[str]:
    """The names of all actions that a right to run them can be given for."""
    runs = (right.removeprefix(f"{RUN} ") for each in OPERATIONS for right in each.needs if right.startswith(f"{RUN} "))
    return frozenset(runs)
