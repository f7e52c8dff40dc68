-- A fulfillment order keeps the category that its status had when it got it: which statuses there are is a merchant's
-- configuration, and may change (docs/why/picklists.md). So far the statuses and types below were all there are.
ALTER TABLE "fulfillment_order" ADD COLUMN "status_category" text, ADD COLUMN "type_category" text;
UPDATE "fulfillment_order" SET
    "status_category" = CASE
        WHEN "status" = 'Draft' THEN 'DRAFT'
        WHEN "status" IN ('Allocated', 'Waiting Assignment') THEN 'ACTIVATED'
        WHEN "status" IN ('Assigned', 'Waiting Pickpack', 'Pickpack', 'Ready for Pickup', 'Customer Arrived', 'Printed',
                          'Pick Complete', 'Pack Complete') THEN 'FULFILLING'
        WHEN "status" = 'Fulfilled' THEN 'CLOSED'
        WHEN "status" = 'Cancelled' THEN 'CANCELLED'
        WHEN "status" = 'Rejected' THEN 'REJECTED'
    END,
    "type_category" = CASE
        WHEN "type" IN ('Warehouse', 'Retail Store', 'In Store Pickup') THEN 'PHYSICAL'
        WHEN "type" = 'Supplier' THEN 'DROPSHIP'
        WHEN "type" IN ('Download', 'Email') THEN 'DIGITAL'
    END;
ALTER TABLE "fulfillment_order"
    ALTER COLUMN "status_category" SET NOT NULL,
    ADD CONSTRAINT "fulfillment_order_status_category"
        CHECK ("status_category" IN ('DRAFT', 'ACTIVATED', 'FULFILLING', 'CLOSED', 'CANCELLED', 'REJECTED')),
    ADD CONSTRAINT "fulfillment_order_type_category" CHECK ("type_category" IN ('PHYSICAL', 'DROPSHIP', 'DIGITAL'));
