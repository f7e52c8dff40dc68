"""The current state of one product or charge, its adjustments, its taxes, and the record of its changes."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, ClassVar

from orderwright.objects.definition import (
    About,
    Formula,
    Id,
    RollUp,
    SObject,
    amount_formula,
    boolean,
    currency,
    day,
    number,
    percent,
    picklist,
    quantity_formula,
    reference,
    text,
    time_of_day,
    whole,
)
from orderwright.objects.expression import first_match
from orderwright.objects.picklists import STANDARD
from orderwright.objects.rules import in_header_group, order_item_status, outside_header_group, without

ZERO = Decimal(0)


class OrderItemSummary(SObject, frozen=True, kw_only=True):
    """Current state of one product or charge."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Summary",
        key_prefix="10u",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_summary_id",
    )

    asset_id: Annotated[Id | None, reference("Asset", since=60)] = None
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    earliest_estimated_delivery_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    earliest_estimated_delivery_time: Annotated[dt.time | None, time_of_day(create=True, update=True)] = None
    end_date: Annotated[dt.date | None, day(unmanaged_edit=True)] = None
    estimated_delivery_reference: Annotated[str | None, text(create=True, update=True)] = None
    estimated_delivery_time_zone: Annotated[str | None, picklist(create=True, update=True)] = None
    gross_unit_price: Annotated[Decimal | None, currency(since=49, unmanaged_edit=True)] = None
    latest_estimated_delivery_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    latest_estimated_delivery_time: Annotated[dt.time | None, time_of_day(create=True, update=True)] = None
    line_number: Annotated[int | None, whole(unmanaged_edit=True)] = None
    list_price: Annotated[Decimal | None, currency(unmanaged_edit=True)] = None
    main_order_item_summary_id: Annotated[Id | None, reference("OrderItemSummary", create=True)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_delivery_group_summary_id: Annotated[
        Id, reference("OrderDeliveryGroupSummary", children="OrderItemSummaries", cascade=True)
    ]
    order_management_billing_type: Annotated[str, picklist("PPO", "GMV", restricted=True)] = "PPO"
    order_summary_id: Annotated[Id, reference("OrderSummary", children="OrderItemSummaries", cascade=True)]
    original_order_item_id: Annotated[Id | None, reference("OrderItem", children="OrderItemSummaries")] = None
    pricebook_entry_id: Annotated[Id | None, reference("PricebookEntry", since=54)] = None
    product2_id: Annotated[Id | None, reference("Product2", children="OrderItemSummaries")] = None
    product_code: Annotated[str | None, text(length=255)] = None
    quantity_allocated: Annotated[Decimal, number(scale=0, unmanaged_edit=True)] = ZERO
    quantity_canceled: Annotated[Decimal, number(scale=0, unmanaged_edit=True)] = ZERO
    quantity_fulfilled: Annotated[Decimal, number(scale=0, unmanaged_edit=True)] = ZERO
    quantity_ordered: Annotated[Decimal, number(scale=0, unmanaged_edit=True)]
    quantity_reshipped: Annotated[Decimal, number(scale=0, since=53)] = ZERO
    quantity_returned: Annotated[Decimal, number(scale=0, unmanaged_edit=True)] = ZERO
    quantity_return_initiated: Annotated[Decimal, number(scale=0, unmanaged_edit=True)] = ZERO
    quantity_shipped: Annotated[Decimal | None, number(create=True, update=True, scale=0, since=52)] = None
    reference_price: Annotated[Decimal | None, currency(create=True, since=63)] = None
    reserved_at_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="OrderItemSummaries")
    ] = None
    service_date: Annotated[dt.date | None, day(unmanaged_edit=True)] = None
    stock_keeping_unit: Annotated[str | None, text(length=255, since=49)] = None
    tax_treatment_id: Annotated[Id | None, reference("TaxTreatment", create=True, update=True, since=63)] = None
    total_adjustment_dist_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemAdjustmentLineSummary", "order_item_summary_id", "amount", where=in_header_group)
        ),
    ] = ZERO
    total_adjustment_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemAdjustmentLineSummary", "order_item_summary_id", "total_tax_amount", where=in_header_group
            )
        ),
    ] = ZERO
    total_line_adjustment_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemAdjustmentLineSummary", "order_item_summary_id", "amount", where=outside_header_group
            )
        ),
    ] = ZERO
    total_line_adjustment_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemAdjustmentLineSummary",
                "order_item_summary_id",
                "total_tax_amount",
                where=outside_header_group,
            )
        ),
    ] = ZERO
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemTaxLineItemSummary",
                "order_item_summary_id",
                "amount",
                where=without("order_item_adjustment_line_summary_id"),
            )
        ),
    ] = ZERO
    type: Annotated[str, picklist("Order Product", "Delivery Charge", "Fee", restricted=True, unmanaged_edit=True)] = (
        "Order Product"
    )
    unit_price: Annotated[Decimal | None, currency(unmanaged_edit=True)] = None
    line_amount_pre_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part of the line amount that lies on unallocated units (decisions.md N2)."""
    line_amount_in_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on allocated units that are not fulfilled."""
    line_amount_post_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on fulfilled units that are not under return."""
    quantity_invoiced_pre_fulfillment: Annotated[Decimal, number(scale=0, internal=True)] = ZERO
    """Unallocated units whose money an invoice holds: their fulfillment order was invoiced and then cancelled (M6)."""

    adjusted_line_amount = amount_formula(lambda s: s.total_line_amount + s.total_line_adjustment_amount)
    adjusted_line_amt_with_tax = amount_formula(
        lambda s: s.adjusted_line_amount + s.total_adjusted_line_tax_amount, since=49
    )
    quantity = quantity_formula(
        lambda s: s.quantity_ordered - s.quantity_canceled - s.quantity_returned, unmanaged_edit=True
    )
    quantity_available_to_cancel = quantity_formula(
        lambda s: s.quantity_ordered - s.quantity_canceled - s.quantity_allocated
    )
    quantity_available_to_fulfill = quantity_formula(
        lambda s: s.quantity_ordered - s.quantity_canceled - s.quantity_allocated
    )
    quantity_available_to_reship = quantity_formula(
        lambda s: s.quantity_fulfilled - s.quantity_reshipped - s.quantity_return_initiated, since=53
    )
    quantity_available_to_return = quantity_formula(lambda s: s.quantity_fulfilled - s.quantity_return_initiated)
    quantity_net_ordered = quantity_formula(lambda s: s.quantity_ordered - s.quantity_canceled)
    status: ClassVar[Formula[str | None]] = Formula(
        order_item_status,
        picklist(
            "ORDERED",
            "RETURNED",
            "CANCELED",
            "PAID",
            "RESHIPPED",
            "FULFILLED",
            "PARTIALLYFULFILLED",
            "ALLOCATED",
            "PARTIALLYALLOCATED",
            "RETURNINITIATED",
            restricted=True,
        ),
    )
    total_adjusted_line_tax_amount = amount_formula(
        lambda s: s.total_line_tax_amount + s.total_line_adjustment_tax_amount
    )
    total_adjustment_amount = amount_formula(lambda s: s.total_line_adjustment_amount + s.total_adjustment_dist_amount)
    total_adjustment_amt_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount, since=49
    )
    total_adjustment_dist_amt_with_tax = amount_formula(
        lambda s: s.total_adjustment_dist_amount + s.total_adjustment_dist_tax_amount, since=49
    )
    total_adjustment_tax_amount = amount_formula(
        lambda s: s.total_line_adjustment_tax_amount + s.total_adjustment_dist_tax_amount
    )
    total_amt_with_tax = amount_formula(lambda s: s.total_price + s.total_tax_amount, since=49)
    total_line_adjustment_amt_with_tax = amount_formula(
        lambda s: s.total_line_adjustment_amount + s.total_line_adjustment_tax_amount, since=49
    )
    total_line_amount = amount_formula(
        lambda s: s.line_amount_pre_fulfillment + s.line_amount_in_fulfillment + s.line_amount_post_fulfillment,
        unmanaged_edit=True,
    )
    total_line_amount_with_tax = amount_formula(lambda s: s.total_line_amount + s.total_line_tax_amount, since=49)
    total_price = amount_formula(lambda s: s.adjusted_line_amount + s.total_adjustment_dist_amount)
    total_tax_amount = amount_formula(lambda s: s.total_line_tax_amount + s.total_adjustment_tax_amount)
    type_code: ClassVar[Formula[str | None]] = Formula(
        lambda s: first_match((s.type == "Order Product", "Product"), otherwise="Charge"),
        picklist("Product", "Charge", restricted=True, unmanaged_edit=True),
    )


class OrderItemSummaryChange(SObject, frozen=True, kw_only=True):
    """One change (cancel, return, price adjustment, addition) of an item summary; links to a change order item."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Summary Change",
        key_prefix="1oc",
        name_field="OrderItemSummaryChangeNumber",
        calls=frozenset({"delete", "query", "retrieve"}),
        root="order_summary_id",
    )

    change_order_item_id: Annotated[Id, reference("OrderItem", children="ChangeOrderItems")]
    change_type: Annotated[
        str,
        picklist(
            "Add",
            "Cancel",
            "Return",
            "ReturnFee",
            "CancelFee",
            "DeliveryChargeAdjustment",
            "ProductAdjustment",
            "FeeAdjustment",
            restricted=True,
        ),
    ]
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    is_pre_fulfillment: Annotated[bool, boolean()] = False
    order_item_summary_change_number: Annotated[
        str | None, text(length=255, autonumber="OISC-{000000000}", idlookup=True)
    ] = None
    order_item_summary_id: Annotated[Id, reference("OrderItemSummary", children="OrderItemSummaries", cascade=True)]
    order_summary_id: Annotated[Id, reference("OrderSummary", children="OrderSummaries", cascade=True)]
    reason: Annotated[str, picklist(*STANDARD.reasons)] = "Unknown"
    reason_text: Annotated[str | None, text()] = None


class OrderItemAdjustmentLineSummary(SObject, frozen=True, kw_only=True):
    """One price adjustment on one item summary."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Adjustment Line Item Summary",
        key_prefix="0ah",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_summary_id",
    )

    adjustment_basis_reference_id: Annotated[Id | None, reference("Coupon", create=True, update=True, since=54)] = None
    adjustment_cause_id: Annotated[Id | None, reference("Promotion", create=True, update=True, since=52)] = None
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_adjustment_group_summary_id: Annotated[
        Id | None, reference("OrderAdjustmentGroupSummary", children="OrderItemAdjustmentLineItemSummaries")
    ] = None
    order_item_summary_id: Annotated[
        Id, reference("OrderItemSummary", children="OrderItemAdjustmentLineItemSummaries", cascade=True)
    ]
    order_summary_id: Annotated[
        Id, reference("OrderSummary", children="OrderItemAdjustmentLineItemSummaries", cascade=True)
    ]
    original_order_item_adjustment_line_item_id: Annotated[
        Id | None, reference("OrderItemAdjustmentLineItem", children="OrderItemAdjustmentLineItemSummaries")
    ] = None
    priority: Annotated[int | None, whole(create=True, since=52)] = None
    total_tax_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("OrderItemTaxLineItemSummary", "order_item_adjustment_line_summary_id", "amount")),
    ] = ZERO
    amount_pre_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part of the amount that lies on unallocated units (decisions.md N2)."""
    amount_in_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on allocated units that are not fulfilled."""
    amount_post_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on fulfilled units that are not under return."""
    adjustment_group_type: Annotated[str | None, text(internal=True)] = None
    """Type of the adjustment's group, copied: decides between line-level and order-level (Header)."""

    amount = amount_formula(
        lambda s: s.amount_pre_fulfillment + s.amount_in_fulfillment + s.amount_post_fulfillment, unmanaged_edit=True
    )
    total_amt_with_tax = amount_formula(lambda s: s.amount + s.total_tax_amount, since=49)


class OrderItemTaxLineItemSummary(SObject, frozen=True, kw_only=True):
    """Tax on an item summary or on one of its adjustments."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Tax Line Item Summary",
        key_prefix="0ai",
        calls=frozenset({"update", "delete", "query", "retrieve"}),
        root="order_summary_id",
    )

    calculation_reference_number: Annotated[str | None, text()] = None
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text("textarea", update=True, length=1000)] = None
    name: Annotated[str, text(update=True, length=255, idlookup=True)]
    order_item_adjustment_line_summary_id: Annotated[
        Id | None, reference("OrderItemAdjustmentLineSummary", children="OrderItemTaxLineItemSummaries", cascade=True)
    ] = None
    order_item_summary_id: Annotated[
        Id, reference("OrderItemSummary", children="OrderItemTaxLineItemSummaries", cascade=True)
    ]
    order_summary_id: Annotated[Id, reference("OrderSummary", children="OrderItemTaxLineItemSummaries", cascade=True)]
    original_order_item_tax_line_item_id: Annotated[
        Id | None, reference("OrderItemTaxLineItem", children="OrderItemTaxLineItemSummaries")
    ] = None
    rate: Annotated[Decimal | None, percent(scale=2, unmanaged_edit=True)] = None
    reference_number: Annotated[str | None, text()] = None
    tax_effective_date: Annotated[dt.date, day(unmanaged_edit=True)]
    transaction_reference_number: Annotated[str | None, text(update=True)] = None
    type: Annotated[str, picklist("Actual", "Estimated", restricted=True, unmanaged_edit=True)]
    amount_pre_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part of the tax that lies on unallocated units (decisions.md N2)."""
    amount_in_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on allocated units that are not fulfilled."""
    amount_post_fulfillment: Annotated[Decimal, currency(internal=True)] = ZERO
    """Part on fulfilled units that are not under return."""

    amount = amount_formula(
        lambda s: s.amount_pre_fulfillment + s.amount_in_fulfillment + s.amount_post_fulfillment, unmanaged_edit=True
    )
