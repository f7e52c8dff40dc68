"""The original Order, and the change orders: one shape for both."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from orderwright.objects.definition import (
    About,
    Field,
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
    time_of_day,
    whole,
)
from orderwright.objects.expression import first_match, or_zero
from orderwright.objects.rules import in_header_group, of_type, of_type_code, outside_header_group, without

ZERO = Decimal(0)


class Order(SObject, frozen=True, kw_only=True):
    """Original order or change order."""

    ABOUT: ClassVar[About] = About(
        label="Order",
        key_prefix="801",
        name_field="OrderNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        addresses=(
            "Billing",
            "Shipping",
        ),
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[
        Id | None, reference("Account", create=True, update=True, children="Orders", cascade=True)
    ] = None
    activated_by_id: Annotated[Id | None, reference("User", update=True)] = None
    activated_date: Annotated[dt.datetime | None, moment(update=True)] = None
    billing_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    billing_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    billing_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    billing_email_address: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    billing_geocode_accuracy: Annotated[
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
        ),
    ] = None
    billing_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    billing_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    billing_phone_number: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    billing_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    billing_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    billing_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    billing_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    bill_to_contact_id: Annotated[Id | None, reference("Contact", create=True, update=True)] = None
    contract_id: Annotated[Id | None, reference("Contract", create=True, update=True)] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=32000)] = None
    effective_date: Annotated[dt.date, day(create=True, update=True)]
    end_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    external_customer_reference: Annotated[str | None, text(create=True, update=True, since=66)] = None
    is_reduction_order: Annotated[bool, boolean(create=True)] = False
    name: Annotated[str | None, text(create=True, update=True, length=80)] = None
    ordered_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    order_management_reference_identifier: Annotated[str | None, text(create=True, update=True, since=56)] = None
    order_number: Annotated[str | None, text(length=30, autonumber="{00000000}", idlookup=True)] = None
    order_reference_number: Annotated[str | None, text(create=True, update=True, length=80)] = None
    original_order_id: Annotated[Id | None, reference("Order", create=True, children="Orders")] = None
    po_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    po_number: Annotated[str | None, text(create=True, update=True, length=80)] = None
    pricebook2_id: Annotated[Id | None, reference("Pricebook2", create=True, update=True, children="Orders")] = None
    record_type_id: Annotated[Id | None, reference("RecordType", create=True, update=True)] = None
    related_order_id: Annotated[Id | None, reference("Order", children="RelatedOrders")] = None
    related_order_type: Annotated[
        str | None, picklist("ChangeOrder", "SupplementalOrder", "TransferOrder", restricted=True)
    ] = None
    sales_channel_id: Annotated[Id | None, reference("SalesChannel", create=True, update=True)] = None
    sales_store_id: Annotated[Id | None, reference("RetailStore", "WebStore", create=True, update=True)] = None
    shipping_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    shipping_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    shipping_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    shipping_geocode_accuracy: Annotated[
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
        ),
    ] = None
    shipping_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    shipping_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    shipping_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    shipping_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    shipping_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    shipping_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    ship_to_contact_id: Annotated[Id | None, reference("Contact", create=True, update=True)] = None
    status: Annotated[str, picklist("Draft", "Activated", create=True, update=True, restricted=True)]
    status_code: Annotated[str, picklist("Draft", "Activated", "Superseded", update=True, restricted=True)] = "Draft"
    tax_locale_type: Annotated[
        str | None, picklist("Net", "Gross", "Automatic", create=True, update=True, restricted=True, since=49)
    ] = None
    total_adjusted_delivery_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_price", where=of_type("Delivery Charge")))
    ] = ZERO
    total_adjusted_delivery_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_tax_amount", where=of_type("Delivery Charge")))
    ] = ZERO
    total_adjusted_product_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_price", where=of_type("Order Product")))
    ] = ZERO
    total_adjusted_product_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_tax_amount", where=of_type("Order Product")))
    ] = ZERO
    total_amount: Annotated[Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_price"))] = ZERO
    total_delivery_adj_dist_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_id", "total_adjustment_dist_amount", where=of_type("Delivery Charge"))
        ),
    ] = ZERO
    total_delivery_adj_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_id", "total_adjustment_dist_tax_amount", where=of_type("Delivery Charge"))
        ),
    ] = ZERO
    total_product_adj_dist_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_id", "total_adjustment_dist_amount", where=of_type("Order Product"))
        ),
    ] = ZERO
    total_product_adj_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_id", "total_adjustment_dist_tax_amount", where=of_type("Order Product"))
        ),
    ] = ZERO
    total_tax_amount: Annotated[Decimal, currency(rollup=RollUp("OrderItem", "order_id", "total_tax_amount"))] = ZERO
    type: Annotated[str | None, picklist(create=True, update=True)] = None
    order_summary_id: Annotated[Id | None, reference("OrderSummary", internal=True)] = None
    """On a change order: the summary it changes."""
    change_class: Annotated[str | None, text(internal=True)] = None
    """On a change order: excess, creditable or fee; given when it is made, never changed (decisions.md N10)."""
    credit_memo_id: Annotated[Id | None, reference("CreditMemo", internal=True)] = None
    """The credit memo that holds this change order; each only once (decisions.md M6)."""
    invoice_id: Annotated[Id | None, reference("Invoice", internal=True)] = None
    """The invoice that charges this fee change order."""
    request_id: Annotated[str | None, text(internal=True)] = None
    """The request that made this change order (decisions.md S15)."""
    explanation: Annotated[list[dict[str, Any]] | None, Field("json", internal=True)] = None
    """On a change order: why each of its numbers is what it is, step by step."""

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_adj_delivery_amt_with_tax = amount_formula(
        lambda s: s.total_adjusted_delivery_amount + s.total_adjusted_delivery_tax_amount
    )
    total_adj_product_amt_with_tax = amount_formula(
        lambda s: s.total_adjusted_product_amount + s.total_adjusted_product_tax_amount
    )
    total_delivery_adj_dist_amt_with_tax = amount_formula(
        lambda s: s.total_delivery_adj_dist_amount + s.total_delivery_adj_dist_tax_amount
    )
    total_product_adj_dist_amt_with_tax = amount_formula(
        lambda s: s.total_product_adj_dist_amount + s.total_product_adj_dist_tax_amount
    )


class OrderItem(SObject, frozen=True, kw_only=True):
    """Product or charge of an order, or a delta on a change order."""

    ABOUT: ClassVar[About] = About(
        label="Order Product",
        key_prefix="802",
        name_field="OrderItemNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_id",
    )

    available_quantity: Annotated[Decimal | None, number(scale=2)] = None
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text(create=True, update=True, length=255)] = None
    earliest_estimated_delivery_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    earliest_estimated_delivery_time: Annotated[dt.time | None, time_of_day(create=True, update=True)] = None
    end_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    gross_unit_price: Annotated[Decimal | None, currency(create=True, update=True)] = None
    line_number: Annotated[int | None, whole(create=True)] = None
    list_price: Annotated[Decimal | None, currency(create=True)] = None
    order_delivery_group_id: Annotated[Id | None, reference("OrderDeliveryGroup", create=True, update=True)] = None
    order_id: Annotated[Id, reference("Order", create=True, children="OrderItems", cascade=True)]
    order_item_number: Annotated[str | None, text(length=30, autonumber="{0000000000}", idlookup=True)] = None
    original_order_item_id: Annotated[Id | None, reference("OrderItem", create=True, children="ChildOrderItems")] = None
    pricebook_entry_id: Annotated[Id | None, reference("PricebookEntry", create=True, children="OrderItems")] = None
    product2_id: Annotated[Id | None, reference("Product2", create=True)] = None
    quantity: Annotated[Decimal, number(create=True, update=True, scale=2)]
    reference_price: Annotated[Decimal | None, currency(create=True, since=63)] = None
    related_order_item_id: Annotated[Id | None, reference("OrderItem", create=True, children="RelatedOrderItems")] = (
        None
    )
    rounded_line_amount: Annotated[Decimal, currency()] = ZERO
    service_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    tax_treatment_id: Annotated[Id | None, reference("TaxTreatment", create=True, update=True, since=55)] = None
    total_adjustment_dist_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("OrderItemAdjustmentLineItem", "order_item_id", "amount", where=in_header_group)),
    ] = ZERO
    total_adjustment_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemAdjustmentLineItem", "order_item_id", "total_tax_amount", where=in_header_group)
        ),
    ] = ZERO
    total_line_adjustment_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("OrderItemAdjustmentLineItem", "order_item_id", "amount", where=outside_header_group)),
    ] = ZERO
    total_line_adjustment_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemAdjustmentLineItem", "order_item_id", "total_tax_amount", where=outside_header_group
            )
        ),
    ] = ZERO
    total_line_amount: Annotated[Decimal | None, currency(create=True, update=True)] = None
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemTaxLineItem",
                "order_item_id",
                "amount",
                where=without("order_item_adjustment_line_item_id"),
            )
        ),
    ] = ZERO
    type: Annotated[
        str, picklist("Order Product", "Delivery Charge", "Fee", create=True, update=True, restricted=True)
    ] = "Order Product"
    unit_price: Annotated[Decimal | None, currency(create=True, update=True)] = None

    adjusted_line_amount = amount_formula(lambda s: s.rounded_line_amount + s.total_line_adjustment_amount)
    adjusted_line_amt_with_tax = amount_formula(
        lambda s: s.adjusted_line_amount + s.total_adjusted_line_tax_amount, since=49
    )
    rounded_line_amt_with_tax = amount_formula(lambda s: s.rounded_line_amount + s.total_line_tax_amount, since=49)
    total_adjusted_line_tax_amount = amount_formula(
        lambda s: s.total_line_tax_amount + s.total_line_adjustment_tax_amount
    )
    total_adjustment_amount = amount_formula(lambda s: s.total_line_adjustment_amount + s.total_adjustment_dist_amount)
    total_adjustment_amt_with_tax = amount_formula(lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount)
    total_adjustment_dist_amt_with_tax = amount_formula(
        lambda s: s.total_adjustment_dist_amount + s.total_adjustment_dist_tax_amount
    )
    total_adjustment_tax_amount = amount_formula(
        lambda s: s.total_line_adjustment_tax_amount + s.total_adjustment_dist_tax_amount
    )
    total_amt_with_tax = amount_formula(lambda s: s.total_price + s.total_tax_amount)
    total_line_adjustment_amt_with_tax = amount_formula(
        lambda s: s.total_line_adjustment_amount + s.total_line_adjustment_tax_amount
    )
    total_price = amount_formula(lambda s: s.rounded_line_amount + s.total_adjustment_amount)
    total_tax_amount = amount_formula(lambda s: s.total_line_tax_amount + s.total_adjustment_tax_amount)
    type_code: ClassVar[Formula[str | None]] = Formula(
        lambda s: first_match((s.type == "Order Product", "Product"), otherwise="Charge"),
        picklist("Product", "Charge", restricted=True),
    )


class OrderDeliveryGroup(SObject, frozen=True, kw_only=True):
    """Order Delivery Group."""

    ABOUT: ClassVar[About] = About(
        label="Order Delivery Group",
        key_prefix="2Dg",
        name_field="OrderDeliveryGroupNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        addresses=("DeliverTo",),
        root="order_id",
    )

    deliver_to_city: Annotated[str | None, text(create=True, update=True, length=40)] = None
    deliver_to_company_name: Annotated[str | None, text(create=True, update=True)] = None
    deliver_to_country: Annotated[str | None, text(create=True, update=True, length=80)] = None
    deliver_to_country_code: Annotated[str | None, picklist(create=True, update=True)] = None
    deliver_to_full_first_name: Annotated[str | None, text(create=True, update=True)] = None
    deliver_to_full_last_name: Annotated[str | None, text(create=True, update=True)] = None
    deliver_to_full_name: Annotated[str | None, text()] = None
    deliver_to_full_salutation: Annotated[
        str | None, picklist("Dr.", "Mr.", "Mrs.", "Ms.", "Prof.", create=True, update=True)
    ] = None
    deliver_to_geocode_accuracy: Annotated[
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
        ),
    ] = None
    deliver_to_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    deliver_to_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    deliver_to_name: Annotated[str | None, text(create=True, update=True, length=255)] = None
    deliver_to_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    deliver_to_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    deliver_to_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    deliver_to_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    delivery_instructions: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    desired_delivery_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    email_address: Annotated[str | None, text("email", create=True, update=True, length=80)] = None
    gift_message: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    is_gift: Annotated[bool, boolean(create=True, update=True)] = False
    order_delivery_group_number: Annotated[
        str | None, text(length=255, autonumber="ODG-{000000000}", idlookup=True)
    ] = None
    order_delivery_method_id: Annotated[
        Id | None, reference("OrderDeliveryMethod", create=True, update=True, children="OrderDeliveryGroups")
    ] = None
    order_id: Annotated[Id, reference("Order", create=True, children="OrderDeliveryGroups", cascade=True)]
    phone_number: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    promised_delivery_date: Annotated[dt.date | None, day(create=True, update=True)] = None
    related_delivery_group_id: Annotated[
        Id | None, reference("OrderDeliveryGroup", children="RelatedDeliveryGroups")
    ] = None
    total_adjustment_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItem", "order_delivery_group_id", "total_adjustment_amount", where=of_type_code("Charge")
            )
        ),
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItem", "order_delivery_group_id", "total_adjustment_tax_amount", where=of_type_code("Charge")
            )
        ),
    ] = ZERO
    total_line_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_delivery_group_id", "rounded_line_amount", where=of_type_code("Charge"))
        ),
    ] = ZERO
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItem", "order_delivery_group_id", "total_line_tax_amount", where=of_type_code("Charge"))
        ),
    ] = ZERO

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_adjustment_amt_with_tax = amount_formula(lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount)
    total_amount = amount_formula(lambda s: s.total_line_amount + s.total_adjustment_amount)
    total_line_amt_with_tax = amount_formula(lambda s: s.total_line_amount + s.total_line_tax_amount)
    total_tax_amount = amount_formula(lambda s: s.total_line_tax_amount + s.total_adjustment_tax_amount)


class OrderAdjustmentGroup(SObject, frozen=True, kw_only=True):
    """Order Adjustment Group."""

    ABOUT: ClassVar[About] = About(
        label="Order Adjustment Group",
        key_prefix="0az",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_id",
    )

    adjustment_basis_reference_id: Annotated[Id | None, reference("Coupon", create=True, update=True, since=54)] = None
    adjustment_cause_id: Annotated[
        Id | None, reference("PriceAdjustmentTier", "Promotion", create=True, update=True, since=52)
    ] = None
    adjustment_source: Annotated[
        str | None,
        picklist("Discretionary", "Promotion", "Rule", "System", create=True, update=True, restricted=True, since=57),
    ] = None
    adjustment_type: Annotated[
        str | None,
        picklist(
            "AdjustmentAmount",
            "AdjustmentPercentage",
            "OverrideAmount",
            create=True,
            update=True,
            restricted=True,
            since=57,
        ),
    ] = None
    adjustment_value: Annotated[Decimal | None, number(create=True, update=True, since=57)] = None
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_id: Annotated[Id, reference("Order", create=True, children="OrderAdjustmentGroups", cascade=True)]
    priority: Annotated[int | None, whole(create=True, since=57)] = None
    related_adjustment_group_id: Annotated[
        Id | None, reference("OrderAdjustmentGroup", children="RelatedAdjustmentGroups")
    ] = None
    total_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItemAdjustmentLineItem", "order_adjustment_group_id", "amount"))
    ] = ZERO
    total_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItemAdjustmentLineItem", "order_adjustment_group_id", "total_tax_amount"))
    ] = ZERO
    type: Annotated[str, picklist("Header", "SplitLine", create=True, update=True, restricted=True)]

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)


class OrderItemAdjustmentLineItem(SObject, frozen=True, kw_only=True):
    """Order Product Adjustment Line Item."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Adjustment Line Item",
        key_prefix="3qZ",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_id",
    )

    adjustment_amount_scope: Annotated[str | None, picklist("Total", "Unit", "UnproratedTotal", restricted=True)] = None
    adjustment_basis_reference_id: Annotated[Id | None, reference("Coupon", create=True, update=True, since=54)] = None
    adjustment_cause_id: Annotated[Id | None, reference("Promotion", create=True, update=True, since=52)] = None
    adjustment_source: Annotated[
        str | None,
        picklist("Discretionary", "Promotion", "Rule", "System", create=True, update=True, restricted=True, since=57),
    ] = None
    adjustment_type: Annotated[
        str | None,
        picklist(
            "AdjustmentAmount",
            "AdjustmentPercentage",
            "OverrideAmount",
            create=True,
            update=True,
            restricted=True,
            since=57,
        ),
    ] = None
    adjustment_value: Annotated[Decimal | None, number(create=True, update=True, since=57)] = None
    amount: Annotated[Decimal, currency(create=True, update=True)] = ZERO
    applied_promotion_date: Annotated[dt.datetime | None, moment(create=True, update=True)] = None
    coupon_code: Annotated[str | None, text(create=True, update=True)] = None
    currency_iso_code: Annotated[str | None, picklist()] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_adjustment_group_id: Annotated[
        Id | None, reference("OrderAdjustmentGroup", create=True, update=True, children="OrderItemAdjustmentLineItems")
    ] = None
    order_id: Annotated[Id | None, reference("Order", children="OrderItemAdjustmentLineItems", cascade=True)] = None
    order_item_id: Annotated[
        Id, reference("OrderItem", create=True, children="OrderItemAdjustmentLineItems", cascade=True)
    ]
    priority: Annotated[int | None, whole(create=True, since=57)] = None
    related_adjustment_line_item_id: Annotated[
        Id | None, reference("OrderItemAdjustmentLineItem", children="RelatedAdjustmentLineItems")
    ] = None
    total_tax_amount: Annotated[
        Decimal, currency(rollup=RollUp("OrderItemTaxLineItem", "order_item_adjustment_line_item_id", "amount"))
    ] = ZERO
    adjustment_group_type: Annotated[str | None, text(internal=True)] = None
    """Type of the adjustment's group, copied: decides between line-level and order-level (Header)."""

    total_amt_with_tax = amount_formula(lambda s: or_zero(s.amount) + s.total_tax_amount)


class OrderItemTaxLineItem(SObject, frozen=True, kw_only=True):
    """Order Product Tax Line Item."""

    ABOUT: ClassVar[About] = About(
        label="Order Product Tax Line Item",
        key_prefix="0au",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_id",
    )

    amount: Annotated[Decimal, currency(create=True, update=True)]
    calculation_reference_number: Annotated[str | None, text(create=True, since=62)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_id: Annotated[Id | None, reference("Order", children="OrderItemTaxLineItems", cascade=True)] = None
    order_item_adjustment_line_item_id: Annotated[
        Id | None,
        reference(
            "OrderItemAdjustmentLineItem", create=True, update=True, children="OrderItemTaxLineItems", cascade=True
        ),
    ] = None
    order_item_id: Annotated[Id, reference("OrderItem", create=True, children="OrderItemTaxLineItems", cascade=True)]
    rate: Annotated[Decimal | None, percent(create=True, update=True, scale=2)] = None
    reference_number: Annotated[str | None, text(create=True, since=62)] = None
    related_tax_line_item_id: Annotated[
        Id | None, reference("OrderItemTaxLineItem", create=True, children="RelatedTaxLineItems")
    ] = None
    tax_effective_date: Annotated[dt.date, day(create=True, update=True)]
    type: Annotated[str, picklist("Actual", "Estimated", create=True, update=True, restricted=True)]
