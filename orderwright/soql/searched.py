"""Which objects words are looked for in, and in which of their fields: what describe says of them, too."""

from __future__ import annotations

from orderwright.objects.definition import Definition, Field
from orderwright.soql.functions import TEXTS

GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
"""Which fields are searched: all, or those of a kind. A side bar shows all."""

HEADS = (
    "OrderSummary", "Order", "Account", "Contact", "FulfillmentOrder", "Invoice", "CreditMemo", "ReturnOrder",
    "Shipment", "Product2", "OrderPaymentSummary", "ProcessException", "Location", "Pricebook2", "SalesChannel", "User",
)  # fmt: skip
"""The objects that are searched when nobody says which (inferred); lines and the like are found when they are named."""

SEARCHED = (
    *HEADS, "CreditMemoInvApplication", "CreditMemoLine", "InvoiceLine", "OrderDeliveryMethod",
    "PaymentGatewayProvider", "PricebookEntry", "ReturnOrderLineItem",
)  # fmt: skip
"""The objects that are searched (data-model.yaml calls, documented; of users observed)."""

NUMBERS_AND_NAMES = ("Number", "Name", "Identifier", "Reference", "ProductCode", "StockKeepingUnit", "Username")
"""How the names of fields end that people know a record by."""


def is_searchable(definition: Definition) -> bool:
    """Whether words are looked for in records of the object."""
    return definition.name in SEARCHED


def is_searched(definition: Definition, field: Field, group: str) -> bool:
    """Whether words are looked for in the field, when those of `group` are asked for."""
    if field.type not in TEXTS or field.type in ("picklist", "textarea", "url"):
        return False
    kinds = {"EMAIL" if field.type == "email" else "PHONE" if field.type == "phone" else "TEXT"}
    if field.wire_name in (definition.about.name_field, "Name"):
        kinds.add("NAME")
    if group not in ("ALL", "SIDEBAR"):
        return group in kinds
    is_key = field.autonumber is not None or field.idlookup or field.unique
    return is_key or kinds != {"TEXT"} or field.wire_name.endswith(NUMBERS_AND_NAMES)
