-- What is asked for by other things than ids: numbers that people know a record by, and what was changed since a moment.

-- Numbers and references of what stands by itself; lines are found through their head. They never change, so they cost
-- nothing when a record is updated. Over all shards, as whoever asks by number knows no shard.
CREATE INDEX "order_by_number" ON "order" (lower(order_number));
CREATE INDEX "order_by_reference" ON "order" (lower(order_reference_number)) WHERE order_reference_number IS NOT NULL;
CREATE INDEX "order_summary_by_number" ON "order_summary" (lower(order_number));
CREATE INDEX "fulfillment_order_by_number" ON "fulfillment_order" (lower(fulfillment_order_number));
CREATE INDEX "invoice_by_number" ON "invoice" (lower(document_number));
CREATE INDEX "credit_memo_by_number" ON "credit_memo" (lower(document_number));
CREATE INDEX "return_order_by_number" ON "return_order" (lower(return_order_number));
CREATE INDEX "shipment_by_number" ON "shipment" (lower(shipment_number));
CREATE INDEX "payment_by_number" ON "payment" (lower(payment_number));
CREATE INDEX "payment_by_intent" ON "payment" (lower(payment_intent_guid)) WHERE payment_intent_guid IS NOT NULL;
CREATE INDEX "payment_authorization_by_number" ON "payment_authorization" (lower(payment_authorization_number));
CREATE INDEX "payment_authorization_by_intent" ON "payment_authorization" (lower(payment_intent_guid))
    WHERE payment_intent_guid IS NOT NULL;
CREATE INDEX "refund_by_number" ON "refund" (lower(refund_number));
CREATE INDEX "user_by_username" ON "user" (lower(username));

-- When records were made and changed, by ranges of pages: every update changes these fields, and any other kind of index
-- would end updates in place (docs/why/found-by-value.md). Before PostgreSQL 16 this kind would, too, so there is none.
DO $$
DECLARE name text;
BEGIN
    IF current_setting('server_version_num')::int >= 160000 THEN
        FOR name IN SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.attname = 'system_modstamp'
        LOOP
            EXECUTE format(
                'CREATE INDEX %I ON %I USING brin (system_modstamp, last_modified_date, created_date) '
                'WITH (pages_per_range = 32)', name || '_by_moment', name
            );
        END LOOP;
    END IF;
END
$$;
