"""What is shipped together from one place, and how."""

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
    moment,
    number,
    percent,
    picklist,
    reference,
    text,
    whole,
)
from orderwright.objects.expression import first_match
from orderwright.objects.picklists import STANDARD, STATUS_CATEGORIES, TYPE_CATEGORIES
from orderwright.objects.rules import of_type, without

ZERO = Decimal(0)


class FulfillmentOrder(SObject, frozen=True, kw_only=True):
    """Items of one order shipped together from one location."""

    ABOUT: ClassVar[About] = About(
        label="Fulfillment Order",
        key_prefix="0a3",
        name_field="FulfillmentOrderNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        addresses=("FulfilledTo",),
        root="order_summary_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[Id | None, reference("Account", create=True, children="FulfillmentOrders")] = None
    activated_date: Annotated[dt.datetime | None, moment(since=61)] = None
    bill_to_contact_id: Annotated[
        Id | None, reference("Contact", create=True, children="FulfillmentOrders", since=49)
    ] = None
    closed_date: Annotated[dt.datetime | None, moment(since=61)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True, since=49)] = None
    delivery_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    delivery_method_id: Annotated[
        Id | None, reference("OrderDeliveryMethod", create=True, update=True, children="FulfillmentOrders")
    ] = None
    fulfilled_from_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="FulfillmentOrders")
    ] = None
    fulfilled_to_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    fulfilled_to_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    fulfilled_to_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    fulfilled_to_email_address: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    fulfilled_to_geocode_accuracy: Annotated[
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
    fulfilled_to_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    fulfilled_to_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    fulfilled_to_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    fulfilled_to_phone: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    fulfilled_to_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    fulfilled_to_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    fulfilled_to_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    fulfilled_to_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    fulfillment_order_number: Annotated[str | None, text(length=255, autonumber="FO-{0000}", idlookup=True)] = None
    invoice_id: Annotated[Id | None, reference("Invoice", create=True, update=True, children="FulfillmentOrders")] = (
        None
    )
    is_reship: Annotated[bool, boolean(create=True, update=True, since=53)] = False
    is_suspended: Annotated[bool, boolean(create=True, update=True)] = False
    item_count: Annotated[
        Decimal, number(scale=0, rollup=RollUp("FulfillmentOrderLineItem", "fulfillment_order_id", "quantity"))
    ] = ZERO
    order_id: Annotated[Id | None, reference("Order", create=True, children="FulfillmentOrders")] = None
    order_summary_id: Annotated[Id | None, reference("OrderSummary", create=True, children="FulfillmentOrders")] = None
    processing_time_in_minutes: Annotated[int | None, whole(create=True, update=True)] = None
    record_type_id: Annotated[Id | None, reference("RecordType", create=True, update=True)] = None
    start_fulfillment_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    status: Annotated[str, picklist(*STANDARD.fulfillment_statuses, create=True, update=True)]
    status_category: Annotated[str, picklist(*STATUS_CATEGORIES, restricted=True)]
    """The category that the status had when the order got it: stored, for what it is called is configuration."""
    tax_locale_type: Annotated[
        str | None, picklist("Net", "Gross", "Automatic", create=True, restricted=True, since=49)
    ] = None
    total_adjustment_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_adjustment_amount",
                where=of_type("Order Product"),
            )
        ),
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_adjustment_tax_amount",
                where=of_type("Order Product"),
            )
        ),
    ] = ZERO
    total_delivery_adjust_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_adjustment_amount",
                where=of_type("Delivery Charge"),
            )
        ),
    ] = ZERO
    total_delivery_adjust_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_adjustment_tax_amount",
                where=of_type("Delivery Charge"),
            )
        ),
    ] = ZERO
    total_delivery_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_line_amount",
                where=of_type("Delivery Charge"),
            )
        ),
    ] = ZERO
    total_delivery_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_line_tax_amount",
                where=of_type("Delivery Charge"),
            )
        ),
    ] = ZERO
    total_fee_adjust_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp(
                "FulfillmentOrderLineItem", "fulfillment_order_id", "total_adjustment_amount", where=of_type("Fee")
            ),
        ),
    ] = ZERO
    total_fee_adjust_tax_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp(
                "FulfillmentOrderLineItem", "fulfillment_order_id", "total_adjustment_tax_amount", where=of_type("Fee")
            ),
        ),
    ] = ZERO
    total_fee_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp(
                "FulfillmentOrderLineItem", "fulfillment_order_id", "total_line_amount", where=of_type("Fee")
            ),
        ),
    ] = ZERO
    total_fee_tax_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp(
                "FulfillmentOrderLineItem", "fulfillment_order_id", "total_line_tax_amount", where=of_type("Fee")
            ),
        ),
    ] = ZERO
    total_product_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem", "fulfillment_order_id", "total_line_amount", where=of_type("Order Product")
            )
        ),
    ] = ZERO
    total_product_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderLineItem",
                "fulfillment_order_id",
                "total_line_tax_amount",
                where=of_type("Order Product"),
            )
        ),
    ] = ZERO
    type: Annotated[str | None, picklist(*STANDARD.fulfillment_types, create=True, update=True)] = None
    type_category: Annotated[str | None, picklist(*TYPE_CATEGORIES, restricted=True)] = None

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_adjustment_amt_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount, since=49
    )
    total_amount = amount_formula(
        lambda s: (
            s.total_product_amount
            + s.total_adjustment_amount
            + s.total_delivery_amount
            + s.total_delivery_adjust_amount
            + s.total_fee_amount
            + s.total_fee_adjust_amount
        )
    )
    total_delivery_adjust_amt_with_tax = amount_formula(
        lambda s: s.total_delivery_adjust_amount + s.total_delivery_adjust_tax_amount, since=49
    )
    total_delivery_amt_with_tax = amount_formula(
        lambda s: s.total_delivery_amount + s.total_delivery_tax_amount, since=49
    )
    total_fee_adjust_amt_with_tax = amount_formula(
        lambda s: s.total_fee_adjust_amount + s.total_fee_adjust_tax_amount, since=56
    )
    total_fee_amt_with_tax = amount_formula(lambda s: s.total_fee_amount + s.total_fee_tax_amount, since=56)
    total_product_amt_with_tax = amount_formula(lambda s: s.total_product_amount + s.total_product_tax_amount, since=49)
    total_tax_amount = amount_formula(
        lambda s: (
            s.total_product_tax_amount
            + s.total_adjustment_tax_amount
            + s.total_delivery_tax_amount
            + s.total_delivery_adjust_tax_amount
            + s.total_fee_tax_amount
            + s.total_fee_adjust_tax_amount
        )
    )


class FulfillmentOrderLineItem(SObject, frozen=True, kw_only=True):
    """Allocated slice of one item summary."""

    ABOUT: ClassVar[About] = About(
        label="Fulfillment Order Product",
        key_prefix="0a4",
        name_field="FulfillmentOrderLineItemNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="fulfillment_order_id",
    )

    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    end_date: Annotated[dt.datetime | None, moment(create=True)] = None
    fulfillment_order_id: Annotated[
        Id, reference("FulfillmentOrder", create=True, children="FulfillmentOrderLineItems", cascade=True)
    ]
    fulfillment_order_line_item_number: Annotated[
        str | None, text(length=255, autonumber="FOLI-{000000000}", idlookup=True)
    ] = None
    gross_unit_price: Annotated[Decimal | None, currency(create=True, since=49)] = None
    is_reship: Annotated[bool, boolean(since=53)] = False
    main_fulfillment_order_line_item_id: Annotated[
        Id | None, reference("FulfillmentOrderLineItem", create=True, children="FulfillmentOrderLineItems", since=63)
    ] = None
    order_item_id: Annotated[
        Id | None, reference("OrderItem", create=True, children="CurrentFulfillmentOrderLineItems")
    ] = None
    order_item_summary_id: Annotated[
        Id | None, reference("OrderItemSummary", create=True, children="FulfillmentOrderLineItems")
    ] = None
    original_quantity: Annotated[Decimal, number(create=True, scale=0)]
    product2_id: Annotated[Id | None, reference("Product2", create=True, children="FulfillmentOrderLineItems")] = None
    quantity: Annotated[Decimal, number(create=True, update=True, scale=0)]
    quantity_unit_of_measure: Annotated[str | None, text(create=True, length=100)] = None
    rejected_quantity: Annotated[Decimal | None, number(create=True, update=True, since=57)] = None
    reject_reason: Annotated[
        str | None,
        picklist(
            "Damaged",
            "Just Sold",
            "Other",
            "Out of Packing Supplies",
            "Out of Stock",
            create=True,
            update=True,
            since=56,
        ),
    ] = None
    reship_reason: Annotated[
        str | None, picklist("Damaged", "Lost", "Unknown", "Wrong Item", create=True, update=True, since=53)
    ] = None
    scope_identifier_text: Annotated[str | None, text(create=True)] = None
    service_date: Annotated[dt.datetime | None, moment(create=True)] = None
    total_adjustment_amount: Annotated[
        Decimal, currency(rollup=RollUp("FulfillmentOrderItemAdjustment", "fulfillment_order_line_item_id", "amount"))
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("FulfillmentOrderItemAdjustment", "fulfillment_order_line_item_id", "total_tax_amount")),
    ] = ZERO
    total_line_amount: Annotated[Decimal, currency(create=True)] = ZERO
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "FulfillmentOrderItemTax",
                "fulfillment_order_line_item_id",
                "amount",
                where=without("fulfillment_order_item_adjust_id"),
            )
        ),
    ] = ZERO
    type: Annotated[str, picklist("Order Product", "Delivery Charge", "Fee", create=True, restricted=True)]
    unit_price: Annotated[Decimal | None, currency(create=True)] = None
    invoiced_quantity: Annotated[Decimal, number(scale=0, internal=True)] = ZERO
    """Units of this line that the invoice of an earlier fulfillment order, which gave them back, charges already."""

    total_adjustment_amount_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount, since=49
    )
    total_amount = amount_formula(lambda s: s.total_price + s.total_tax_amount)
    total_line_amount_with_tax = amount_formula(lambda s: s.total_line_amount + s.total_line_tax_amount, since=49)
    total_price = amount_formula(lambda s: s.total_line_amount + s.total_adjustment_amount)
    total_tax_amount = amount_formula(lambda s: s.total_line_tax_amount + s.total_adjustment_tax_amount)
    type_code: ClassVar[Formula[str | None]] = Formula(
        lambda s: first_match((s.type == "Order Product", "Product"), otherwise="Charge"),
        picklist("Product", "Charge", restricted=True),
    )


class FulfillmentOrderItemAdjustment(SObject, frozen=True, kw_only=True):
    """Fulfillment Order Item Adjustment."""

    ABOUT: ClassVar[About] = About(
        label="Fulfillment Order Item Adjustment",
        key_prefix="0c4",
        name_field="FulfillmentOrderItemAdjustmentNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="fulfillment_order_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    campaign_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    coupon_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    fulfillment_order_id: Annotated[
        Id, reference("FulfillmentOrder", create=True, children="FulfillmentOrderItemAdjustments", cascade=True)
    ]
    fulfillment_order_item_adjustment_number: Annotated[
        str | None, text(length=255, autonumber="FOIA-{000000000}", idlookup=True)
    ] = None
    fulfillment_order_line_item_id: Annotated[
        Id, reference("FulfillmentOrderLineItem", create=True, children="FulfillmentOrderItemAdjustments", cascade=True)
    ]
    order_item_adjust_line_summary_id: Annotated[
        Id | None, reference("OrderItemAdjustmentLineSummary", create=True, children="FulfillmentOrderItemAdjustments")
    ] = None
    promotion_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    total_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("FulfillmentOrderItemTax", "fulfillment_order_item_adjust_id", "amount"))
    ] = ZERO

    total_amt_with_tax = amount_formula(lambda s: s.amount + s.total_tax_amount, since=49)


class FulfillmentOrderItemTax(SObject, frozen=True, kw_only=True):
    """Fulfillment Order Item Tax."""

    ABOUT: ClassVar[About] = About(
        label="Fulfillment Order Item Tax",
        key_prefix="0co",
        name_field="FulfillmentOrderItemTaxNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="fulfillment_order_id",
    )

    amount: Annotated[Decimal, currency(create=True)]
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    fulfillment_order_id: Annotated[
        Id, reference("FulfillmentOrder", create=True, children="FulfillmentOrderItemTaxes", cascade=True)
    ]
    fulfillment_order_item_adjust_id: Annotated[
        Id | None,
        reference("FulfillmentOrderItemAdjustment", create=True, children="FulfillmentOrderItemTaxes", cascade=True),
    ] = None
    fulfillment_order_item_tax_number: Annotated[
        str | None, text(length=255, autonumber="FOIT-{000000000}", idlookup=True)
    ] = None
    fulfillment_order_line_item_id: Annotated[
        Id, reference("FulfillmentOrderLineItem", create=True, children="FulfillmentOrderItemTaxes", cascade=True)
    ]
    order_item_tax_line_item_summary_id: Annotated[
        Id | None, reference("OrderItemTaxLineItemSummary", create=True, children="FulfillmentOrderItemTaxes")
    ] = None
    rate: Annotated[Decimal | None, percent(create=True, update=True, scale=2)] = None
    tax_effective_date: Annotated[dt.date, day(create=True, update=True)]
    type: Annotated[str, picklist("Actual", "Estimated", create=True, update=True, restricted=True)]


class OrderDeliveryMethod(SObject, frozen=True, kw_only=True):
    """Order Delivery Method."""

    ABOUT: ClassVar[About] = About(
        label="Order Delivery Method",
        key_prefix="2Dm",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    carrier: Annotated[str | None, picklist("DHL", "Fedex", "UPS", create=True, update=True)] = None
    class_of_service: Annotated[str | None, picklist("Ground", "Next Day", "Same Day", create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    is_active: Annotated[bool, boolean(create=True, update=True)] = True
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    product_id: Annotated[Id | None, reference("Product2", create=True, update=True, children="Products")] = None
    reference_number: Annotated[str | None, text(create=True, update=True, length=255)] = None
    shipping_carrier_method_id: Annotated[Id | None, reference("ShippingCarrierMethod", create=True, update=True)] = (
        None
    )


class Location(SObject, frozen=True, kw_only=True):
    """Location."""

    ABOUT: ClassVar[About] = About(
        label="Location",
        key_prefix="131",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        since=51,
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    close_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    external_reference: Annotated[str | None, text(create=True, update=True, length=255, unique=True)] = None
    """What inventory and capacity call it by, so no other Location has it."""
    is_inventory_location: Annotated[bool, boolean(create=True, update=True)] = False
    is_mobile: Annotated[bool, boolean(create=True, update=True)] = False
    latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    location_type: Annotated[
        str,
        picklist(
            "Building", "Warehouse", "Site", "Plant", "Store", "Campus", "Floor", "Space", create=True, update=True
        ),
    ]
    longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    name: Annotated[str, text(create=True, update=True, length=255)]
    open_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    parent_location_id: Annotated[
        Id | None, reference("Location", create=True, update=True, children="ChildLocations")
    ] = None
    time_zone: Annotated[str | None, picklist(create=True, update=True)] = None
    visitor_address_id: Annotated[Id | None, reference("Address", create=True, update=True)] = None
    should_sync_with_oci: Annotated[bool, boolean(create=True, update=True)] = False
    is_eligible_for_pickup: Annotated[bool, boolean(create=True, update=True)] = False
    fo_capacity: Annotated[int | None, whole(create=True, update=True)] = None
    assigned_fo_count: Annotated[int | None, whole(create=True, update=True)] = None
    should_track_fo_capacity: Annotated[bool, boolean(create=True, update=True)] = False
    priority: Annotated[str | None, picklist(create=True, update=True)] = None
