"""Ways to make the rows of `order_life.py` and `stock_life.py` wrong, each with the rules and objects that must be
reported, and no others.

Where a wrong value would also break totals, those are made to agree, so that the rule in question has to find it alone.
Statements are separated by semicolons; `named` is a table with the ids of some records, one column each.
"""

NAMED = """
CREATE TEMP TABLE named ON COMMIT DROP AS SELECT
    (SELECT id FROM order_item_summary WHERE description = 'A') AS a_item,
    (SELECT id FROM order_item_summary WHERE description = 'B') AS b_item,
    (SELECT id FROM fulfillment_order WHERE status = 'Allocated') AS open_order,
    (SELECT id FROM "order" WHERE change_class = 'excess') AS cancel,
    (SELECT id FROM "order" WHERE change_class = 'creditable') AS "return"
"""

CORRUPTIONS: dict[str, tuple[str, set[str]]] = {
    # --- ids and references
    "an id with another object's prefix": (
        """
        UPDATE location SET id = '001' || substr(id, 4);
        UPDATE fulfillment_order SET fulfilled_from_location_id = '001' ||
            substr(fulfilled_from_location_id, 4);
        UPDATE capacity.hold SET location_id = '001' || substr(location_id, 4);
        UPDATE capacity.ledger SET location_id = '001' || substr(location_id, 4)
        """,
        {"id-shape Location"},
    ),
    "a record outside the shard its id names": (
        """
        UPDATE location SET shard = shard + 1
        """,
        {"id-shard Location"},
    ),
    "a link to nothing": (
        """
        UPDATE order_item SET product2_id = '01t000000000000' WHERE description = 'B' AND quantity > 0
        """,
        {"reference OrderItem"},
    ),
    "a link to a record of another object": (
        """
        UPDATE order_item_summary SET product2_id = (SELECT id FROM account) WHERE description = 'B'
        """,
        {"reference OrderItemSummary"},
    ),
    "an unknown user": (
        """
        UPDATE account SET last_modified_by_id = '005000000000000'
        """,
        {"reference Account"},
    ),
    "a child in another shard": (
        """
        UPDATE order_item_summary_change SET shard = 8, id = '1oc' || substr(id, 4) WHERE change_type =
            'DeliveryChargeAdjustment'
        """,
        {"change-recorded OrderItem", "id-shard OrderItemSummaryChange", "reference OrderItemSummaryChange"},
    ),
    # --- currencies
    "a currency nobody knows": (
        """
        UPDATE order_item_adjustment_line_item SET currency_iso_code = 'XXX' WHERE id = (SELECT min(id) FROM
            order_item_adjustment_line_item)
        """,
        {"currency-known OrderItemAdjustmentLineItem", "currency-one OrderItemAdjustmentLineItem"},
    ),
    "a line in another currency than its head": (
        """
        UPDATE order_item SET currency_iso_code = 'EUR' WHERE order_id = (SELECT cancel FROM named)
        """,
        {"currency-one OrderItem"},
    ),
    "half a cent": (
        """
        UPDATE payment_authorization SET amount = amount + 0.005;
        UPDATE order_payment_summary SET authorization_amount = authorization_amount + 0.005
        """,
        {"scale OrderPaymentSummary", "scale PaymentAuthorization"},
    ),
    "half a cent on a record whose currency is its head's": (
        """
        UPDATE invoice_line SET balance = 0.005
        """,
        {"scale InvoiceLine"},
    ),
    # --- sums
    "a total that is not the sum of its lines": (
        """
        UPDATE order_payment_summary SET pending_refund_record_amount = 1
        """,
        {"roll-up OrderPaymentSummary"},
    ),
    "a count that is not the number of kinds": (
        """
        UPDATE order_summary SET order_product_line_count = 3
        """,
        {"roll-up OrderSummary"},
    ),
    "a changed line without its change order": (
        """
        UPDATE order_item_adjustment_line_summary SET amount_post_fulfillment = amount_post_fulfillment - 1
            WHERE order_item_summary_id = (SELECT a_item FROM named);
        UPDATE order_item_summary SET total_adjustment_dist_amount = total_adjustment_dist_amount - 1 WHERE
            id = (SELECT a_item FROM named);
        UPDATE order_adjustment_group_summary SET total_amount = total_amount - 1;
        UPDATE order_summary SET total_adjusted_product_amount = total_adjusted_product_amount - 1,
            total_product_adj_dist_amount = total_product_adj_dist_amount - 1
        """,
        {
            "summary-is-sum OrderItemAdjustmentLineSummary",
            "summary-is-sum OrderItemSummary",
            "summary-is-sum OrderSummary",
        },
    ),
    "a changed tax without its change order": (
        """
        UPDATE order_item_tax_line_item_summary SET amount_post_fulfillment = amount_post_fulfillment + 1
            WHERE order_item_summary_id = (SELECT a_item FROM named) AND
            order_item_adjustment_line_summary_id IS NULL;
        UPDATE order_item_summary SET total_line_tax_amount = total_line_tax_amount + 1 WHERE id = (SELECT
            a_item FROM named);
        UPDATE order_summary SET total_adjusted_product_tax_amount = total_adjusted_product_tax_amount + 1,
            total_product_tax_amount = total_product_tax_amount + 1
        """,
        {
            "summary-is-sum OrderItemSummary",
            "summary-is-sum OrderItemTaxLineItemSummary",
            "summary-is-sum OrderSummary",
        },
    ),
    "units that no change order took": (
        """
        UPDATE order_item SET quantity = quantity - 1 WHERE order_id = (SELECT "return" FROM named) AND
            description = 'A'
        """,
        {"summary-is-sum OrderItemSummary"},
    ),
    "a change order that belongs to no summary": (
        """
        UPDATE "order" SET order_summary_id = NULL WHERE id = (SELECT cancel FROM named)
        """,
        {
            "change-order-summary Order",
            "change-recorded OrderItem",
            "excess-over-refunded OrderSummary",
            "summary-is-sum OrderItemAdjustmentLineSummary",
            "summary-is-sum OrderItemSummary",
            "summary-is-sum OrderItemTaxLineItemSummary",
            "summary-is-sum OrderSummary",
        },
    ),
    "an item without a summary": (
        """
        INSERT INTO order_item (shard, id, order_id, quantity, rounded_line_amount, type,
            total_line_tax_amount, total_line_adjustment_amount, total_line_adjustment_tax_amount,
            total_adjustment_dist_amount, total_adjustment_dist_tax_amount) SELECT shard, left(id, 14) ||
            'z', order_id, 1, 0, type, 0, 0, 0, 0, 0 FROM order_item WHERE description = 'B' AND quantity >
            0
        """,
        {"summarised-once OrderItem"},
    ),
    "a delivery group without a summary": (
        """
        UPDATE order_delivery_group_summary SET original_order_delivery_group_id = NULL
        """,
        {"summarised-once OrderDeliveryGroup"},
    ),
    "an adjustment group without a summary": (
        """
        UPDATE order_adjustment_group_summary SET original_order_adj_group_id = NULL
        """,
        {"summarised-once OrderAdjustmentGroup"},
    ),
    # --- quantities
    "more returned than under return": (
        """
        UPDATE order_item_summary SET quantity_return_initiated = 0 WHERE id = (SELECT a_item FROM named)
        """,
        {"quantity-order OrderItemSummary"},
    ),
    "part of a unit": (
        """
        UPDATE order_item_summary SET quantity_reshipped = 0.5
        """,
        {"quantity-whole OrderItemSummary"},
    ),
    "units on no fulfillment order": (
        """
        UPDATE fulfillment_order_line_item SET quantity = 0, original_quantity = 0 WHERE
            fulfillment_order_id = (SELECT open_order FROM named);
        UPDATE fulfillment_order SET item_count = 0 WHERE id = (SELECT open_order FROM named)
        """,
        {"quantity-held OrderItemSummary"},
    ),
    "a fulfillment line above its original quantity": (
        """
        UPDATE fulfillment_order_line_item SET original_quantity = 0 WHERE fulfillment_order_id = (SELECT
            open_order FROM named)
        """,
        {"fulfillment-line-quantity FulfillmentOrderLineItem"},
    ),
    # --- pools
    "money in fulfillment that no fulfillment order took": (
        """
        UPDATE order_item_summary SET line_amount_in_fulfillment = line_amount_in_fulfillment + 1,
            line_amount_post_fulfillment = line_amount_post_fulfillment - 1 WHERE id = (SELECT b_item FROM
            named)
        """,
        {"pool-held OrderItemSummary"},
    ),
    "a discount in fulfillment that no fulfillment order took": (
        """
        UPDATE order_item_adjustment_line_summary SET amount_in_fulfillment = amount_in_fulfillment + 1,
            amount_post_fulfillment = amount_post_fulfillment - 1 WHERE order_item_summary_id = (SELECT
            b_item FROM named)
        """,
        {"pool-held OrderItemAdjustmentLineSummary"},
    ),
    "tax in fulfillment that no fulfillment order took": (
        """
        UPDATE order_item_tax_line_item_summary SET amount_in_fulfillment = amount_in_fulfillment + 1,
            amount_post_fulfillment = amount_post_fulfillment - 1 WHERE order_item_summary_id = (SELECT
            b_item FROM named)
        """,
        {"pool-held OrderItemTaxLineItemSummary"},
    ),
    "money where no unit lies": (
        """
        UPDATE order_item_summary SET line_amount_pre_fulfillment = 1, line_amount_post_fulfillment =
            line_amount_post_fulfillment - 1 WHERE id = (SELECT b_item FROM named)
        """,
        {"pool-empty OrderItemSummary"},
    ),
    "a discount where no unit lies": (
        """
        UPDATE order_item_adjustment_line_summary SET amount_pre_fulfillment = 1, amount_post_fulfillment =
            amount_post_fulfillment - 1 WHERE order_item_summary_id = (SELECT b_item FROM named)
        """,
        {"pool-empty OrderItemAdjustmentLineSummary"},
    ),
    "tax where no unit lies": (
        """
        UPDATE order_item_tax_line_item_summary SET amount_pre_fulfillment = 1, amount_post_fulfillment =
            amount_post_fulfillment - 1 WHERE order_item_summary_id = (SELECT b_item FROM named)
        """,
        {"pool-empty OrderItemTaxLineItemSummary"},
    ),
    "a pool below zero": (
        """
        UPDATE order_item_summary SET line_amount_in_fulfillment = line_amount_in_fulfillment + 100,
            line_amount_post_fulfillment = line_amount_post_fulfillment - 100 WHERE id = (SELECT b_item FROM
            named);
        UPDATE fulfillment_order_line_item SET total_line_amount = total_line_amount + 100 WHERE
            fulfillment_order_id = (SELECT open_order FROM named);
        UPDATE fulfillment_order SET total_product_amount = total_product_amount + 100 WHERE id = (SELECT
            open_order FROM named)
        """,
        {"pool-negative OrderItemSummary"},
    ),
    # --- change orders
    "a change order without a class": (
        """
        UPDATE "order" SET change_class = NULL WHERE id = (SELECT cancel FROM named)
        """,
        {"change-order-class Order", "excess-over-refunded OrderSummary"},
    ),
    "a change order taken back to Draft": (
        """
        UPDATE "order" SET status = 'Draft' WHERE id = (SELECT cancel FROM named)
        """,
        {"change-order-activated Order"},
    ),
    "a change order of another order": (
        """
        UPDATE "order" SET related_order_id = (SELECT "return" FROM named) WHERE id = (SELECT cancel FROM
            named)
        """,
        {"change-order-summary Order"},
    ),
    "an original order with a class": (
        """
        UPDATE "order" SET change_class = 'fee' WHERE related_order_type IS NULL
        """,
        {"original-order-plain Order"},
    ),
    "a change that nobody recorded": (
        """
        DELETE FROM order_item_summary_change WHERE change_type = 'Cancel'
        """,
        {"change-recorded OrderItem"},
    ),
    "a change recorded for another item": (
        """
        UPDATE order_item_summary_change SET order_item_summary_id = (SELECT b_item FROM named) WHERE
            change_type = 'Cancel'
        """,
        {"change-recorded OrderItem"},
    ),
    "a second summary": (
        """
        DROP INDEX order_summary_one_per_order;
        CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM order_summary;
        UPDATE copy SET id = left(id, 14) || 'z';
        INSERT INTO order_summary SELECT * FROM copy
        """,
        {"one-summary Order", "roll-up OrderSummary", "summary-is-sum OrderSummary"},
    ),
    "a unique value without its record": (
        """
        INSERT INTO unique_value (shard, field, value, record_id, confirmed, claimed_at) VALUES (1,
            'OrderSummary.ExternalReferenceIdentifier', 'x', '1Os000000000000', TRUE, now())
        """,
        {"unique-value unique_value"},
    ),
    "two locations with one reference": (
        """
        UPDATE location SET external_reference = 'NORTH';
        CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM location;
        UPDATE copy SET id = left(id, 14) || 'z';
        INSERT INTO location SELECT * FROM copy
        """,
        {"unique-once Location"},
    ),
    # --- invoices and credit memos
    "an invoice over other amounts than its fulfillment order": (
        """
        UPDATE invoice_line SET adjustment_amount = adjustment_amount - 1 WHERE id = (SELECT id FROM
            invoice_line WHERE type = 'Adjustment' ORDER BY id LIMIT 1);
        UPDATE invoice SET total_adjustment_amount = total_adjustment_amount - 1, net_payments_applied =
            net_payments_applied - 1;
        UPDATE payment_line_invoice SET amount = amount - 1;
        UPDATE payment SET total_applied = total_applied - 1;
        UPDATE order_payment_summary SET balance_amount = balance_amount + 1
        """,
        {"invoice-of-fulfillment Invoice"},
    ),
    "an invoice of two fulfillment orders": (
        """
        UPDATE fulfillment_order SET invoice_id = (SELECT id FROM invoice) WHERE id = (SELECT open_order
            FROM named)
        """,
        {"invoice-of-fulfillment Invoice", "invoice-once Invoice"},
    ),
    "an invoice of a change order over another amount": (
        """
        UPDATE "order" SET invoice_id = (SELECT id FROM invoice) WHERE id = (SELECT cancel FROM named)
        """,
        {"invoice-of-fees Invoice"},
    ),
    "an invoice paid twice": (
        """
        UPDATE invoice SET net_payments_applied = net_payments_applied + 1;
        UPDATE payment_line_invoice SET amount = amount + 1;
        UPDATE payment SET total_applied = total_applied + 1;
        UPDATE order_payment_summary SET balance_amount = balance_amount - 1
        """,
        {"invoice-balance Invoice"},
    ),
    "a credit memo over another amount than its change orders": (
        """
        UPDATE "order" SET credit_memo_id = NULL WHERE id = (SELECT "return" FROM named)
        """,
        {"credit-memo-of-changes CreditMemo"},
    ),
    "a credit memo for a cancel that was never invoiced": (
        """
        UPDATE "order" SET credit_memo_id = (SELECT id FROM credit_memo) WHERE id = (SELECT cancel FROM
            named)
        """,
        {"credit-memo-class Order", "credit-memo-of-changes CreditMemo"},
    ),
    "a credit memo refunded twice": (
        """
        UPDATE refund SET amount = amount + 0.5, total_applied = total_applied + 0.5 WHERE credit_memo_id IS
            NOT NULL;
        UPDATE refund_line_payment SET amount = amount + 0.5 WHERE unapplied_amount = 0;
        UPDATE credit_memo SET refunded_amount = refunded_amount + 0.5;
        UPDATE payment SET total_refund_applied = total_refund_applied + 0.5;
        UPDATE order_payment_summary SET refunded_amount = refunded_amount + 0.5
        """,
        {"credit-memo-balance CreditMemo"},
    ),
    # --- payments
    "more captured than authorized": (
        """
        UPDATE payment_authorization SET amount = 68;
        UPDATE order_payment_summary SET authorization_amount = 68
        """,
        {"authorization-exceeded PaymentAuthorization"},
    ),
    "more applied than paid": (
        """
        UPDATE payment SET amount = 50;
        UPDATE payment_authorization SET total_payment_capture_amount = 50;
        UPDATE order_payment_summary SET captured_amount = 50, balance_amount = (SELECT 50 - total_applied -
            refunded_unapplied_amount FROM payment)
        """,
        {"excess-over-refunded OrderSummary", "payment-balance Payment"},
    ),
    "more refunded than paid": (
        """
        UPDATE gateway_request SET kind = 'Refund', amount = 100, payment_id = (SELECT id FROM payment),
            payment_authorization_id = NULL;
        UPDATE payment SET open_refund_amount = 100;
        UPDATE payment_authorization SET open_capture_amount = 0;
        UPDATE order_payment_summary SET open_refund_amount = 100, open_capture_amount = 0
        """,
        {"payment-over-refunded Payment"},
    ),
    "a refund whose lines do not add up": (
        """
        UPDATE refund SET total_applied = 0 WHERE credit_memo_id IS NULL;
        DELETE FROM refund_line_payment WHERE unapplied_amount > 0;
        UPDATE payment SET total_refund_applied = total_refund_applied - refunded_unapplied_amount,
            refunded_unapplied_amount = 0;
        UPDATE order_payment_summary SET balance_amount = (SELECT amount - total_applied FROM payment)
        """,
        {"refund-lines Refund"},
    ),
    "more from unapplied money than in all": (
        """
        UPDATE refund_line_payment SET unapplied_amount = -1 WHERE unapplied_amount = 0;
        UPDATE payment SET refunded_unapplied_amount = refunded_unapplied_amount - 1;
        UPDATE order_payment_summary SET balance_amount = balance_amount + 1
        """,
        {"refund-line-unapplied RefundLinePayment"},
    ),
    "a request for nothing": (
        """
        UPDATE gateway_request SET amount = 0;
        UPDATE payment_authorization SET open_capture_amount = 0;
        UPDATE order_payment_summary SET open_capture_amount = 0
        """,
        {"amount-positive GatewayRequest"},
    ),
    "a payment applied to an invoice in another currency": (
        """
        UPDATE invoice SET currency_iso_code = 'EUR'
        """,
        {"currency-one Invoice", "settlement-currency PaymentLineInvoice"},
    ),
    "a refund in another currency than its payment": (
        """
        UPDATE refund SET currency_iso_code = 'EUR'
        """,
        {"currency-one Refund", "settlement-currency RefundLinePayment"},
    ),
    "more refunded for an order than captured": (
        """
        UPDATE refund SET amount = 100, type = 'NonReferenced' WHERE credit_memo_id IS NULL;
        UPDATE order_payment_summary SET refunded_amount = 100 + refunded_amount - excess_refunded_amount,
            excess_refunded_amount = 100
        """,
        {"excess-over-refunded OrderSummary", "order-over-refunded OrderSummary"},
    ),
    "excess refunded that the order needs": (
        """
        UPDATE refund SET amount = amount + 0.5, total_applied = total_applied + 0.5 WHERE credit_memo_id IS
            NULL;
        UPDATE refund_line_payment SET amount = amount + 0.5, unapplied_amount = unapplied_amount + 0.5
            WHERE unapplied_amount > 0;
        UPDATE payment SET total_refund_applied = total_refund_applied + 0.5, refunded_unapplied_amount =
            refunded_unapplied_amount + 0.5;
        UPDATE order_payment_summary SET refunded_amount = refunded_amount + 0.5, excess_refunded_amount =
            excess_refunded_amount + 0.5, balance_amount = balance_amount - 0.5
        """,
        {"excess-over-refunded OrderSummary"},
    ),
    "a request nobody answered": (
        """
        UPDATE gateway_request SET created_date = now() - interval '2 hours'
        """,
        {"gateway-request-open GatewayRequest"},
    ),
    # --- inventory
    "units that no movement brought": (
        """
        UPDATE inventory.stock SET on_hand = on_hand + 1 WHERE place = 'A' AND stock_keeping_unit = 'mug'
        """,
        {"inventory-balance inventory.stock"},
    ),
    "a movement that is gone": (
        """
        DELETE FROM inventory.ledger WHERE action_request_id = 's'
        """,
        {"inventory-balance inventory.stock", "inventory-held inventory.hold"},
    ),
    "units moved where no counter is": (
        """
        INSERT INTO inventory.ledger SELECT 'pot', is_group, place, action_request_id, kind, 1, 0, NULL, at FROM
            inventory.ledger WHERE action_request_id = '1'
        """,
        {"inventory-balance inventory.stock"},
    ),
    "a promise that nobody holds": (
        """
        UPDATE inventory.stock SET reserved = reserved + 1 WHERE is_group;
        INSERT INTO inventory.ledger SELECT stock_keeping_unit, is_group, place, 'x', kind, 0, 1, NULL, at FROM
            inventory.ledger WHERE is_group
        """,
        {"inventory-reserved inventory.stock"},
    ),
    "a reservation that holds other units than it moved": (
        """
        UPDATE inventory.hold SET quantity = CASE reservation_id WHEN 'kept' THEN quantity + 0.5 ELSE
            quantity - 0.5 END WHERE place = 'B'
        """,
        {"inventory-held inventory.hold"},
    ),
    "units below zero": (
        """
        ALTER TABLE inventory.stock DROP CONSTRAINT stock_never_below_zero;
        UPDATE inventory.stock SET safety_stock_count = -1 WHERE place = 'B'
        """,
        {"inventory-negative inventory.stock"},
    ),
    "units of a group": (
        """
        UPDATE inventory.stock SET safety_stock_count = 1 WHERE is_group
        """,
        {"inventory-negative inventory.stock"},
    ),
    "a hold of nothing": (
        """
        INSERT INTO inventory.hold SELECT stock_keeping_unit, is_group, place, 'shipped', 0, expiration_time,
            reservation_time FROM inventory.hold WHERE is_group
        """,
        {"inventory-hold-positive inventory.hold"},
    ),
    "more expected than the restocks bring": (
        """
        UPDATE inventory.stock SET future_quantity = future_quantity + 1 WHERE place = 'A' AND
            stock_keeping_unit = 'mug'
        """,
        {"inventory-future inventory.stock"},
    ),
    "a SKU without the row that is locked for it": (
        """
        DELETE FROM inventory.sku WHERE stock_keeping_unit = 'cup'
        """,
        {"inventory-sku inventory.stock"},
    ),
    "units held by no reservation": (
        """
        DELETE FROM inventory.reservation WHERE id = 'kept'
        """,
        {"inventory-reservation inventory.hold"},
    ),
    "units that lapse although their reservation does not": (
        """
        UPDATE inventory.hold SET expiration_time = now() + interval '1 hour' WHERE reservation_id = 'kept'
        """,
        {"inventory-reservation inventory.hold"},
    ),
    "units held where nothing is published": (
        """
        DELETE FROM inventory.member WHERE location = 'B';
        DELETE FROM inventory.location WHERE identifier = 'B'
        """,
        {"inventory-place inventory.hold"},
    ),
    "a group that lists an unknown location": (
        """
        INSERT INTO inventory.member VALUES ('G', 'C')
        """,
        {"inventory-member inventory.member"},
    ),
    "a member of an unknown group": (
        """
        INSERT INTO inventory.member VALUES ('H', 'A')
        """,
        {"inventory-member inventory.member"},
    ),
    "units nobody gave back": (
        """
        UPDATE inventory.hold SET expiration_time = now() - interval '2 hours' WHERE reservation_id = 'kept';
        UPDATE inventory.reservation SET expiration_time = now() - interval '2 hours' WHERE id = 'kept'
        """,
        {"inventory-lapsed inventory.hold"},
    ),
    # --- capacity
    "a hold that was never begun": (
        """
        DELETE FROM capacity.ledger WHERE action_request_id = 'held'
        """,
        {"capacity-balance capacity.hold"},
    ),
    "a hold that ended for one side only": (
        """
        UPDATE capacity.hold SET ended_as = NULL, ended_by = NULL, ended_at = NULL WHERE id = 'released'
        """,
        {"capacity-balance capacity.hold", "capacity-movement capacity.ledger"},
    ),
    "a confirmation that assigned nothing": (
        """
        UPDATE capacity.ledger SET assigned = 0 WHERE kind = 'Confirmed'
        """,
        {"capacity-balance capacity.hold"},
    ),
    "a movement at another location than its hold": (
        """
        UPDATE capacity.ledger SET location_id = left(location_id, 14) || 'z' WHERE kind = 'Released'
        """,
        {"capacity-movement capacity.ledger"},
    ),
    "a hold ended by somebody else than it says": (
        """
        UPDATE capacity.hold SET ended_by = 'held' WHERE id = 'confirmed'
        """,
        {"capacity-movement capacity.ledger"},
    ),
    "capacity held nowhere": (
        """
        UPDATE capacity.hold SET location_id = left(location_id, 14) || 'z';
        UPDATE capacity.ledger SET location_id = left(location_id, 14) || 'z'
        """,
        {"capacity-location capacity.hold"},
    ),
    "fewer than none assigned": (
        """
        UPDATE location SET assigned_fo_count = -1
        """,
        {"capacity-negative Location"},
    ),
    "a hold that lapsed and was never ended": (
        """
        UPDATE capacity.hold SET expiration_time = now() - interval '2 days' WHERE id = 'held'
        """,
        {"capacity-lapsed capacity.hold"},
    ),
}
