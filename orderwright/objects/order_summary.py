"""The current state of one order: an original Order plus its change orders."""

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
    boolean,
    currency,
    day,
    moment,
    number,
    picklist,
    reference,
    text,
    whole,
)
from orderwright.objects.rules import active_exception, of_type, of_type_code

ZERO = Decimal(0)


class OrderSummary(SObject, frozen=True, kw_only=True):
    """Current state of one order; sums of the original order and its change orders."""

    ABOUT: ClassVar[About] = About(
        label="Order Summary",
        key_prefix="1Os",
        name_field="OrderNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        has_owner=True,
        addresses=("Billing",),
        root="original_order_id",
    )

    owner_id: Annotated[Id | None, reference("User", create=True, update=True)] = None
    account_id: Annotated[Id | None, reference("Account", children="OrderSummaries", unmanaged_edit=True)] = None
    active_process_exception_count: Annotated[
        int,
        whole(
            since=50,
            rollup=RollUp("ProcessException", "order_summary_id", "id", where=active_exception, how="count_distinct"),
        ),
    ] = 0
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
            restricted=True,
        ),
    ] = None
    billing_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    billing_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    billing_phone_number: Annotated[str | None, text("phone", create=True, update=True, length=40)] = None
    billing_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    billing_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    billing_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    billing_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    bill_to_contact_id: Annotated[
        Id | None, reference("Contact", create=True, children="OrderSummaries", since=49, unmanaged_edit=True)
    ] = None
    business_model: Annotated[
        str | None, picklist("B2B", "B2C", create=True, update=True, restricted=True, since=53)
    ] = None
    change_order_id: Annotated[Id | None, reference("Order", children="ChangeOrderSummaries")] = None
    currency_iso_code: Annotated[str | None, picklist(create=True, update=True, since=49)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=1175)] = None
    effective_date: Annotated[dt.date | None, day(create=True, update=True, since=64)] = None
    external_reference_identifier: Annotated[str | None, text(update=True, since=54, idlookup=True, unique=True)] = None
    is_suspended: Annotated[bool, boolean(create=True, update=True, since=50)] = False
    operation_in_progress: Annotated[str | None, picklist("Cancellation", "None", restricted=True)] = "None"
    ordered_date: Annotated[dt.datetime | None, moment(unmanaged_edit=True)] = None
    order_life_cycle_type: Annotated[str, picklist("MANAGED", "UNMANAGED", restricted=True, since=49)] = "MANAGED"
    order_number: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_product_line_count: Annotated[
        int,
        whole(
            since=52,
            rollup=RollUp(
                "OrderItemSummary",
                "order_summary_id",
                "product2_id",
                where=of_type("Order Product"),
                how="count_distinct",
            ),
        ),
    ] = 0
    original_order_id: Annotated[Id, reference("Order", children="OrderSummaries", cascade=True)]
    po_date: Annotated[dt.datetime | None, moment(create=True, update=True, since=52)] = None
    po_number: Annotated[str | None, text(create=True, update=True, length=80, unmanaged_edit=True)] = None
    pricebook2_id: Annotated[Id | None, reference("Pricebook2", since=54)] = None
    routing_attempts: Annotated[int, whole(create=True, update=True, since=51)] = 0
    sales_channel_id: Annotated[
        Id | None, reference("SalesChannel", children="OrderSummaries", unmanaged_edit=True)
    ] = None
    sales_store_id: Annotated[Id | None, reference("RetailStore", "WebStore", unmanaged_edit=True)] = None
    source_order_summary_id: Annotated[Id | None, reference("OrderSummary", since=60)] = None
    source_process: Annotated[
        str | None, picklist("Standard", "Exchange", "OrderOnBehalf", restricted=True, since=57)
    ] = "Standard"
    status: Annotated[
        str | None,
        picklist(
            "Created",
            "Activated",
            "Approved",
            "Rejected",
            "Pickup",
            "Waiting to Fulfill",
            "Fulfilled",
            "Cancelled",
            create=True,
            update=True,
        ),
    ] = "Created"
    tax_locale_type: Annotated[
        str | None, picklist("Net", "Gross", "Automatic", restricted=True, since=49, unmanaged_edit=True)
    ] = None
    total_adjusted_delivery_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_price", where=of_type("Delivery Charge"))
        ),
    ] = ZERO
    total_adjusted_delivery_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_tax_amount", where=of_type("Delivery Charge"))
        ),
    ] = ZERO
    total_adjusted_fee_amount: Annotated[
        Decimal,
        currency(since=56, rollup=RollUp("OrderItemSummary", "order_summary_id", "total_price", where=of_type("Fee"))),
    ] = ZERO
    total_adjusted_fee_tax_amount: Annotated[
        Decimal,
        currency(
            since=56, rollup=RollUp("OrderItemSummary", "order_summary_id", "total_tax_amount", where=of_type("Fee"))
        ),
    ] = ZERO
    total_adjusted_product_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("OrderItemSummary", "order_summary_id", "total_price", where=of_type("Order Product"))),
    ] = ZERO
    total_adjusted_product_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_tax_amount", where=of_type("Order Product"))
        ),
    ] = ZERO
    total_delivery_adj_dist_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_adjustment_dist_amount", where=of_type("Delivery Charge")
            )
        ),
    ] = ZERO
    total_delivery_adj_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary",
                "order_summary_id",
                "total_adjustment_dist_tax_amount",
                where=of_type("Delivery Charge"),
            )
        ),
    ] = ZERO
    total_delivery_amount: Annotated[
        Decimal,
        currency(
            since=54,
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_line_amount", where=of_type("Delivery Charge")
            ),
        ),
    ] = ZERO
    total_delivery_tax_amount: Annotated[
        Decimal,
        currency(
            since=54,
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_line_tax_amount", where=of_type("Delivery Charge")
            ),
        ),
    ] = ZERO
    total_fee_adj_dist_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_adjustment_dist_amount", where=of_type("Fee")),
        ),
    ] = ZERO
    total_fee_adj_dist_tax_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_adjustment_dist_tax_amount", where=of_type("Fee")
            ),
        ),
    ] = ZERO
    total_fee_amount: Annotated[
        Decimal,
        currency(
            since=56, rollup=RollUp("OrderItemSummary", "order_summary_id", "total_line_amount", where=of_type("Fee"))
        ),
    ] = ZERO
    total_fee_tax_amount: Annotated[
        Decimal,
        currency(
            since=56,
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_line_tax_amount", where=of_type("Fee")),
        ),
    ] = ZERO
    total_product_adj_dist_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_adjustment_dist_amount", where=of_type("Order Product")
            )
        ),
    ] = ZERO
    total_product_adj_dist_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary",
                "order_summary_id",
                "total_adjustment_dist_tax_amount",
                where=of_type("Order Product"),
            )
        ),
    ] = ZERO
    total_product_amount: Annotated[
        Decimal,
        currency(
            since=54,
            rollup=RollUp("OrderItemSummary", "order_summary_id", "total_line_amount", where=of_type("Order Product")),
        ),
    ] = ZERO
    total_product_tax_amount: Annotated[
        Decimal,
        currency(
            since=54,
            rollup=RollUp(
                "OrderItemSummary", "order_summary_id", "total_line_tax_amount", where=of_type("Order Product")
            ),
        ),
    ] = ZERO
    version: Annotated[int, whole(internal=True)] = 0
    """Raised by every save (decisions.md S12)."""

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_adj_delivery_amt_with_tax = amount_formula(
        lambda s: s.total_adjusted_delivery_amount + s.total_adjusted_delivery_tax_amount, since=49
    )
    total_adj_dist_amount = amount_formula(
        lambda s: s.total_product_adj_dist_amount + s.total_delivery_adj_dist_amount + s.total_fee_adj_dist_amount
    )
    total_adj_dist_amount_with_tax = amount_formula(
        lambda s: s.total_adj_dist_amount + s.total_adj_dist_tax_amount, since=49
    )
    total_adj_dist_tax_amount = amount_formula(
        lambda s: (
            s.total_product_adj_dist_tax_amount + s.total_delivery_adj_dist_tax_amount + s.total_fee_adj_dist_tax_amount
        )
    )
    total_adj_fee_amt_with_tax = amount_formula(
        lambda s: s.total_adjusted_fee_amount + s.total_adjusted_fee_tax_amount, since=56
    )
    total_adj_product_amt_with_tax = amount_formula(
        lambda s: s.total_adjusted_product_amount + s.total_adjusted_product_tax_amount, since=49
    )
    total_amount = amount_formula(
        lambda s: s.total_adjusted_product_amount + s.total_adjusted_delivery_amount + s.total_adjusted_fee_amount
    )
    total_delivery_adj_dist_amt_with_tax = amount_formula(
        lambda s: s.total_delivery_adj_dist_amount + s.total_delivery_adj_dist_tax_amount, since=49
    )
    total_delivery_amount_with_tax = amount_formula(
        lambda s: s.total_delivery_amount + s.total_delivery_tax_amount, since=54
    )
    total_fee_adj_dist_amt_with_tax = amount_formula(
        lambda s: s.total_fee_adj_dist_amount + s.total_fee_adj_dist_tax_amount, since=56
    )
    total_fee_amount_with_tax = amount_formula(lambda s: s.total_fee_amount + s.total_fee_tax_amount, since=56)
    total_product_adj_dist_amt_with_tax = amount_formula(
        lambda s: s.total_product_adj_dist_amount + s.total_product_adj_dist_tax_amount, since=49
    )
    total_product_amount_with_tax = amount_formula(
        lambda s: s.total_product_amount + s.total_product_tax_amount, since=54
    )
    total_tax_amount = amount_formula(
        lambda s: (
            s.total_adjusted_product_tax_amount + s.total_adjusted_delivery_tax_amount + s.total_adjusted_fee_tax_amount
        )
    )


class OrderDeliveryGroupSummary(SObject, frozen=True, kw_only=True):
    """Items that share recipient and delivery method; totals cover delivery charges only."""

    ABOUT: ClassVar[About] = About(
        label="Order Delivery Group Summary",
        key_prefix="0ag",
        name_field="OrderDeliveryGroupSummaryNumber",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        addresses=("DeliverTo",),
        root="order_summary_id",
    )

    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
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
            restricted=True,
        ),
    ] = None
    deliver_to_latitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    deliver_to_longitude: Annotated[Decimal | None, number(create=True, update=True, scale=15)] = None
    deliver_to_name: Annotated[str | None, text(create=True, update=True, length=255, unmanaged_edit=True)] = None
    deliver_to_postal_code: Annotated[str | None, text(create=True, update=True, length=20)] = None
    deliver_to_state: Annotated[str | None, text(create=True, update=True, length=80)] = None
    deliver_to_state_code: Annotated[str | None, picklist(create=True, update=True)] = None
    deliver_to_street: Annotated[str | None, text("textarea", create=True, update=True, length=255)] = None
    delivery_instructions: Annotated[
        str | None, text("textarea", create=True, update=True, length=2000, unmanaged_edit=True)
    ] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    desired_delivery_date: Annotated[dt.datetime | None, moment(create=True, update=True, unmanaged_edit=True)] = None
    email_address: Annotated[str | None, text("email", create=True, update=True, length=80, unmanaged_edit=True)] = None
    gift_message: Annotated[
        str | None, text("textarea", create=True, update=True, length=2000, unmanaged_edit=True)
    ] = None
    is_gift: Annotated[bool, boolean(create=True, update=True, unmanaged_edit=True)] = False
    order_delivery_group_summary_number: Annotated[
        str | None, text(length=255, autonumber="ODGS-{000000000}", idlookup=True)
    ] = None
    order_delivery_method_id: Annotated[
        Id | None, reference("OrderDeliveryMethod", children="OrderDeliveryGroupSummaries", unmanaged_edit=True)
    ] = None
    order_summary_id: Annotated[Id, reference("OrderSummary", children="OrderDeliveryGroupSummaries", cascade=True)]
    original_order_delivery_group_id: Annotated[
        Id | None, reference("OrderDeliveryGroup", children="OrderDeliveryGroupSummaries")
    ] = None
    phone_number: Annotated[str | None, text("phone", create=True, update=True, length=40, unmanaged_edit=True)] = None
    promised_delivery_date: Annotated[dt.datetime | None, moment(create=True, update=True, unmanaged_edit=True)] = None
    total_adjustment_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary",
                "order_delivery_group_summary_id",
                "total_adjustment_amount",
                where=of_type_code("Charge"),
            )
        ),
    ] = ZERO
    total_adjustment_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary",
                "order_delivery_group_summary_id",
                "total_adjustment_tax_amount",
                where=of_type_code("Charge"),
            )
        ),
    ] = ZERO
    total_line_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary", "order_delivery_group_summary_id", "total_line_amount", where=of_type_code("Charge")
            )
        ),
    ] = ZERO
    total_line_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp(
                "OrderItemSummary",
                "order_delivery_group_summary_id",
                "total_line_tax_amount",
                where=of_type_code("Charge"),
            )
        ),
    ] = ZERO

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
    total_adjustment_amt_with_tax = amount_formula(
        lambda s: s.total_adjustment_amount + s.total_adjustment_tax_amount, since=49
    )
    total_amount = amount_formula(lambda s: s.total_line_amount + s.total_adjustment_amount)
    total_line_amt_with_tax = amount_formula(lambda s: s.total_line_amount + s.total_line_tax_amount, since=49)
    total_tax_amount = amount_formula(lambda s: s.total_line_tax_amount + s.total_adjustment_tax_amount)


class OrderAdjustmentGroupSummary(SObject, frozen=True, kw_only=True):
    """Related price adjustments."""

    ABOUT: ClassVar[About] = About(
        label="Order Adjustment Group Summary",
        key_prefix="0aj",
        calls=frozenset({"create", "update", "delete", "query", "retrieve"}),
        root="order_summary_id",
    )

    adjustment_basis_reference_id: Annotated[Id | None, reference("Coupon", create=True, update=True, since=54)] = None
    adjustment_cause_id: Annotated[Id | None, reference("Promotion", create=True, update=True, since=52)] = None
    currency_iso_code: Annotated[str | None, picklist(since=49)] = None
    description: Annotated[str | None, text("textarea", create=True, update=True, length=2000)] = None
    name: Annotated[str, text(create=True, update=True, length=255, idlookup=True)]
    order_summary_id: Annotated[Id, reference("OrderSummary", children="OrderAdjustmentGroupSummaries", cascade=True)]
    original_order_adj_group_id: Annotated[
        Id | None, reference("OrderAdjustmentGroup", children="OrderAdjustmentGroupSummaries")
    ] = None
    total_amount: Annotated[
        Decimal,
        currency(rollup=RollUp("OrderItemAdjustmentLineSummary", "order_adjustment_group_summary_id", "amount")),
    ] = ZERO
    total_tax_amount: Annotated[
        Decimal,
        currency(
            rollup=RollUp("OrderItemAdjustmentLineSummary", "order_adjustment_group_summary_id", "total_tax_amount")
        ),
    ] = ZERO
    type: Annotated[str, picklist("Header", "SplitLine", restricted=True, unmanaged_edit=True)]

    grand_total_amount = amount_formula(lambda s: s.total_amount + s.total_tax_amount)
