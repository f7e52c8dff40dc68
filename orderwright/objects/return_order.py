"""What comes back: the order to return, its lines, and their adjustments and taxes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Id,
    RollUp,
    SObject,
    amount_formula,
    currency,
    day,
    moment,
    number,
    percent,
    picklist,
    reference,
    text,
)
from orderwright.objects.rules import of_type, of_type_code, without

ZERO = Decimal(0)


class ReturnOrder(SObject, frozen=True, kw_only=True):
    """Return Order."""

    ABOUT: ClassVar[About] = About(
        label="Return Order",
        key_prefix="2oN",
        name_field="ReturnOrderNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        addresses=("ShipFrom",),
        root="order_summary_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[Id | None, reference("Account", create=True, update=True, children="ReturnOrders")] = None
    case_id: Annotated[Id | None, reference("Case", create=True, update=True)] = None
    contact_id: Annotated[Id | None, reference("Contact", create=True, update=True, children="ReturnOrders")] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=32000)] = None
    destination_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="DestinationReturnOrders")
    ] = None
    expected_arrival_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    expiration_date: Annotated[dt.datetime | None, moment(create=True, update=True, since=50)] = None
    life_cycle_type: Annotated[str | None, picklist("MANAGED", "UNMANAGED", restricted=True, since=50)] = None
    order_id: Annotated[Id | None, reference("Order", create=True, update=True, children="ReturnOrders")] = None
    order_summary_id: Annotated[
        Id | None, reference("OrderSummary", create=True, since=50, children="ReturnOrders")
    ] = None
    product_request_id: Annotated[Id | None, reference("ProductRequest", create=True, update=True)] = None
    product_service_campaign_id: Annotated[Id | None, reference("ProductServiceCampaign", create=True, update=True)] = (
        None
    )
    refund_instructions_hint: Annotated[str | None, text("textarea", create=True, update=True)] = None
    returned_by_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    return_order_number: Annotated[str | None, text(length=255, autonumber="RO-{000000000}", idlookup=True)] = None
    ship_from_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    ship_from_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_from_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_from_geocode_accuracy: Annotated[
        str | None,
        picklist(
            "Address",
            "NearAddress",
            "Block",
            "Street",
            "ExtendedZip",
            "Zip",
            "Neighborhood",
            "City",
            "County",
            "State",
            "Unknown",
            create=True,
            update=True,
            restricted=True,
        ),
    ] = None
    ship_from_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_from_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    ship_from_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    ship_from_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ship_from_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    ship_from_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    shipment_type: Annotated[
        str | None, picklist("Standard", "Rush", "Overnight", "Next Business Day", "Pick Up", create=True, update=True)
    ] = "Standard"
    source_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="SourceReturnOrders")
    ] = None
    status: Annotated[
        str | None,
        picklist(
            "Draft",
            "Submitted",
            "Approved",
            "Canceled",
            "Closed",
            "Received",
            "Completed",
            "Pending Exchange",
            create=True,
            update=True,
        ),
    ] = "Draft"
    status_category: Annotated[
        str | None, picklist("Draft", "Activated", "Closed", "Canceled", "Pending", restricted=True, since=50)
    ] = "Draft"
    tax_locale_type: Annotated[str | None, picklist("Net", "Gross", "Automatic", restricted=True, since=50)] = None
    total_amount: Annotated[
        Decimal, currency(since=50, rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_price"))
    ] = ZERO
    total_delivery_adjust_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_adjustment_amount", where=of_type("Delivery Charge")
            ),
        ),
    ] = ZERO
    total_delivery_adjust_tax_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem",
                "return_order_id",
                "total_adjustment_tax_amount",
                where=of_type("Delivery Charge"),
            ),
        ),
    ] = ZERO
    total_delivery_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_line_amount", where=of_type("Delivery Charge")
            ),
        ),
    ] = ZERO
    total_delivery_tax_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_line_tax_amount", where=of_type("Delivery Charge")
            ),
        ),
    ] = ZERO
    total_fee_adjust_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_adjustment_amount", where=of_type("Fee"))
        ),
    ] = ZERO
    total_fee_adjust_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_adjustment_tax_amount", where=of_type("Fee"))
        ),
    ] = ZERO
    total_fee_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_line_amount", where=of_type("Fee"))),
    ] = ZERO
    total_fee_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_line_tax_amount", where=of_type("Fee"))
        ),
    ] = ZERO
    total_product_adjust_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_adjustment_amount", where=of_type_code("Product")
            ),
        ),
    ] = ZERO
    total_product_adjust_tax_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_adjustment_tax_amount", where=of_type_code("Product")
            ),
        ),
    ] = ZERO
    total_product_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_line_amount", where=of_type_code("Product")),
        ),
    ] = ZERO
    total_product_tax_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderLineItem", "return_order_id", "total_line_tax_amount", where=of_type_code("Product")
            ),
        ),
    ] = ZERO
    total_tax_amount: Annotated[
        Decimal, currency(since=50, rollup=RollUp("ReturnOrderLineItem", "return_order_id", "total_tax_amount"))
    ] = ZERO

    grand_total_amount = amount_formula(lambda r: r.total_amount + r.total_tax_amount, since=50)
    total_delivery_adjust_amt_with_tax = amount_formula(
        lambda r: r.total_delivery_adjust_amount + r.total_delivery_adjust_tax_amount, since=50
    )
    total_delivery_amt_with_tax = amount_formula(
        lambda r: r.total_delivery_amount + r.total_delivery_tax_amount, since=50
    )
    total_fee_adjust_amt_with_tax = amount_formula(lambda r: r.total_fee_adjust_amount + r.total_fee_adjust_tax_amount)
    total_fee_amt_with_tax = amount_formula(lambda r: r.total_fee_amount + r.total_fee_tax_amount)
    total_product_adjust_amt_with_tax = amount_formula(
        lambda r: r.total_product_adjust_amount + r.total_product_adjust_tax_amount, since=50
    )
    total_product_amt_with_tax = amount_formula(lambda r: r.total_product_amount + r.total_product_tax_amount, since=50)


class ReturnOrderLineItem(SObject, frozen=True, kw_only=True):
    """Return Order Line Item."""

    ABOUT: ClassVar[About] = About(
        label="Return Order Line Item",
        key_prefix="0Sn",
        name_field="ReturnOrderLineItemNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="return_order_id",
    )

    asset_id: Annotated[Id | None, reference("Asset", create=True, update=True)] = None
    change_order_item_id: Annotated[
        Id | None, reference("OrderItem", create=True, since=50, children="CurrentReturnOrderLineItems")
    ] = None
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=32000)] = None
    destination_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="DestinationReturnOrderLineItems")
    ] = None
    gross_unit_price: Annotated[Decimal | None, currency(create=True, update=True, since=50)] = None
    order_item_id: Annotated[
        Id | None, reference("OrderItem", create=True, update=True, children="ReturnOrderLineItems")
    ] = None
    order_item_summary_id: Annotated[
        Id | None, reference("OrderItemSummary", create=True, since=50, children="ReturnOrderLineItems")
    ] = None
    processing_plan: Annotated[
        str | None, picklist("Repair", "Discard", "Salvage", "Restock", create=True, update=True)
    ] = None
    product2_id: Annotated[
        Id | None, reference("Product2", create=True, update=True, children="ReturnOrderLineItems", cascade=True)
    ] = None
    product_item_id: Annotated[Id | None, reference("ProductItem", create=True, update=True)] = None
    product_request_line_item_id: Annotated[
        Id | None, reference("ProductRequestLineItem", create=True, update=True)
    ] = None
    product_service_campaign_id: Annotated[Id | None, reference("ProductServiceCampaign")] = None
    product_service_campaign_item_id: Annotated[
        Id | None, reference("ProductServiceCampaignItem", create=True, update=True)
    ] = None
    quantity_expected: Annotated[Decimal | None, number(create=True, update=True, scale=0, since=50)] = None
    quantity_received: Annotated[Decimal | None, number(create=True, update=True, scale=0, since=50)] = None
    quantity_rejected: Annotated[Decimal | None, number(create=True, update=True, scale=0, since=50)] = None
    quantity_returned: Annotated[Decimal, number(create=True, update=True, scale=2)]
    quantity_unit_of_measure: Annotated[str | None, picklist("Each", create=True, update=True)] = None
    reason_for_change_text: Annotated[str | None, text(create=True, update=True)] = None
    reason_for_rejection: Annotated[
        str | None,
        picklist(
            "Damaged Item", "Missing Item or Part", "Wrong Item", "Expired Warranty", create=True, update=True, since=50
        ),
    ] = None
    reason_for_return: Annotated[
        str | None,
        picklist(
            "Damaged",
            "Defective",
            "Duplicate Order",
            "Wrong Item",
            "Wrong Quantity",
            "Not Satisfied",
            "Outdated",
            "Other",
            create=True,
            update=True,
        ),
    ] = None
    repayment_method: Annotated[
        str | None, picklist("Replace", "Refund", "Credit", "Return", create=True, update=True)
    ] = None
    return_order_id: Annotated[Id, reference("ReturnOrder", create=True, children="ReturnOrderLineItems", cascade=True)]
    return_order_line_item_number: Annotated[
        str | None, text(length=255, autonumber="ROLI-{000000000}", idlookup=True)
    ] = None
    source_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="SourceReturnOrderLineItems")
    ] = None
    total_adjustment_amount: Annotated[
        Decimal, currency(since=50, rollup=RollUp("ReturnOrderItemAdjustment", "return_order_line_item_id", "amount"))
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal,
        currency(since=50, rollup=RollUp("ReturnOrderItemAdjustment", "return_order_line_item_id", "total_tax_amount")),
    ] = ZERO
    total_line_amount: Annotated[Decimal, currency(create=True, update=True, since=50)] = ZERO
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            since=50,
            rollup=RollUp(
                "ReturnOrderItemTax",
                "return_order_line_item_id",
                "amount",
                where=without("return_order_item_adjustment_id"),
            ),
        ),
    ] = ZERO
    type: Annotated[
        str | None,
        picklist("Order Product", "Delivery Charge", "Fee", create=True, update=True, restricted=True, since=50),
    ] = None
    type_code: Annotated[
        str | None, picklist("Product", "Charge", create=True, update=True, restricted=True, since=50)
    ] = None
    unit_price: Annotated[Decimal | None, currency(create=True, update=True, since=50)] = None

    total_adjustment_amount_with_tax = amount_formula(
        lambda r: r.total_adjustment_amount + r.total_adjustment_tax_amount, since=50
    )
    total_amount = amount_formula(lambda r: r.total_price + r.total_tax_amount, since=50)
    total_line_amount_with_tax = amount_formula(lambda r: r.total_line_amount + r.total_line_tax_amount, since=50)
    total_price = amount_formula(lambda r: r.total_line_amount + r.total_adjustment_amount)
    total_tax_amount = amount_formula(lambda r: r.total_line_tax_amount + r.total_adjustment_tax_amount, since=50)


class ReturnOrderItemAdjustment(SObject, frozen=True, kw_only=True):
    """Return Order Item Adjustment."""

    ABOUT: ClassVar[About] = About(
        label="Return Order Item Adjustment",
        key_prefix="7FH",
        name_field="ReturnOrderItemAdjustmentNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=50,
        root="return_order_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=1175)] = None
    order_item_adjust_line_summary_id: Annotated[
        Id | None, reference("OrderItemAdjustmentLineSummary", create=True, children="ReturnOrderItemAdjustments")
    ] = None
    return_order_id: Annotated[
        Id, reference("ReturnOrder", create=True, children="ReturnOrderItemAdjustments", cascade=True)
    ]
    return_order_item_adjustment_number: Annotated[
        str | None, text(length=255, autonumber="ROIA-{000000000}", idlookup=True)
    ] = None
    return_order_line_item_id: Annotated[
        Id, reference("ReturnOrderLineItem", create=True, children="ReturnOrderItemAdjustments", cascade=True)
    ]
    total_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("ReturnOrderItemTax", "return_order_item_adjustment_id", "amount"))
    ] = ZERO

    total_amt_with_tax = amount_formula(lambda r: r.amount + r.total_tax_amount)


class ReturnOrderItemTax(SObject, frozen=True, kw_only=True):
    """Return Order Item Tax."""

    ABOUT: ClassVar[About] = About(
        label="Return Order Item Tax",
        key_prefix="9Jj",
        name_field="ReturnOrderItemTaxNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        since=50,
        root="return_order_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    order_item_tax_line_item_summary_id: Annotated[
        Id | None, reference("OrderItemTaxLineItemSummary", create=True, children="ReturnOrderItemTaxes")
    ] = None
    rate: Annotated[Decimal | None, percent(scale=2)] = None
    return_order_id: Annotated[Id, reference("ReturnOrder", create=True, children="ReturnOrderItemTaxes", cascade=True)]
    return_order_item_adjustment_id: Annotated[
        Id | None, reference("ReturnOrderItemAdjustment", create=True, children="ReturnOrderItemTaxes", cascade=True)
    ] = None
    return_order_item_tax_number: Annotated[
        str | None, text(length=255, autonumber="ROIT-{000000000}", idlookup=True)
    ] = None
    return_order_line_item_id: Annotated[
        Id, reference("ReturnOrderLineItem", create=True, children="ReturnOrderItemTaxes", cascade=True)
    ]
    tax_effective_date: Annotated[dt.date | None, day()] = None
    type: Annotated[str, picklist("Actual", "Estimated", create=True, update=True, restricted=True)]
