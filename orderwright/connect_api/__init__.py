"""The Apex namespace ConnectApi in Python: its classes, its representations, and what its methods raise.

    from orderwright import ConnectApi, connect

    with connect():
        ConnectApi.OrderSummary.adjust_preview(order_summary_id, adjust_input)

As in Apex the methods belong to nobody: they call through the connection whose block they are in.
"""

from __future__ import annotations

from orderwright.connect_api import connection as _connection
from orderwright.connect_api import fulfillment_order, inventory, order_summary, payments, routing

# `as` says that a name is there for others; a list in __all__ would hide those of the representations.
from orderwright.connect_api.asynchronous import AsyncConnection as AsyncConnection
from orderwright.connect_api.connection import Connection as Connection
from orderwright.connect_api.exceptions import ConflictException as ConflictException
from orderwright.connect_api.exceptions import ConnectApiException as ConnectApiException
from orderwright.connect_api.exceptions import ForbiddenException as ForbiddenException
from orderwright.connect_api.exceptions import NoConnectionException as NoConnectionException
from orderwright.connect_api.exceptions import NotFoundException as NotFoundException
from orderwright.connect_api.exceptions import RefusedException as RefusedException
from orderwright.connect_api.exceptions import ServerException as ServerException
from orderwright.connect_api.exceptions import SessionException as SessionException
from orderwright.connect_api.exceptions import UnavailableException as UnavailableException
from orderwright.connect_api.inventory import BinaryInput as BinaryInput
from orderwright.connect_api.representations.inventory import *  # noqa: F403  # each page lists its names in __all__
from orderwright.connect_api.representations.orders import *  # noqa: F403
from orderwright.connect_api.representations.payments import *  # noqa: F403
from orderwright.connect_api.representations.shipping import *  # noqa: F403

_CURRENT = _connection.Current()

FulfillmentOrder = fulfillment_order.FulfillmentOrder(_CURRENT)
OmnichannelInventoryService = inventory.OmnichannelInventory(_CURRENT)
OrderPaymentSummary = order_summary.OrderPaymentSummary(_CURRENT)
OrderSummary = order_summary.OrderSummary(_CURRENT)
OrderSummaryCreation = order_summary.OrderSummaryCreation(_CURRENT)
Payments = payments.Payments(_CURRENT)
PickTicket = fulfillment_order.PickTicket(_CURRENT)
Routing = routing.Routing(_CURRENT)
