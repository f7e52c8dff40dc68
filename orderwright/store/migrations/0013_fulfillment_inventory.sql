-- What fulfillment orders hold of the inventory, and what is still to be done there for them
-- (docs/why/fulfillment-inventory.md). Both lie with their order: no transaction touches an order and the inventory.

CREATE TABLE "fulfillment_reservation" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "order_summary_id" text COLLATE "C",
    "fulfillment_order_id" text COLLATE "C" NOT NULL,
    "fulfillment_order_line_item_id" text COLLATE "C" NOT NULL,
    "reservation_id" text NOT NULL,
    "location_identifier" text NOT NULL,
    "stock_keeping_unit" text NOT NULL,
    "quantity" numeric NOT NULL CHECK ("quantity" >= 0),
    "quantity_fulfilled" numeric NOT NULL DEFAULT 0,
    "quantity_released" numeric NOT NULL DEFAULT 0,
    PRIMARY KEY (shard, id)
);
CREATE INDEX ON "fulfillment_reservation" (shard, "fulfillment_order_id");

CREATE TABLE "inventory_duty" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "order_summary_id" text COLLATE "C" NOT NULL,
    "fulfillment_order_id" text COLLATE "C" NOT NULL,
    "sequence" integer NOT NULL,
    "kind" text NOT NULL CHECK ("kind" IN ('Keep', 'Fulfill', 'Release')),
    "state" text NOT NULL CHECK ("state" IN ('Open', 'Done')),
    "reservation_id" text NOT NULL,
    "location_identifier" text NOT NULL,
    "stock_keeping_unit" text NOT NULL,
    "quantity" numeric NOT NULL CHECK ("quantity" > 0),
    "quantity_done" numeric,
    "message" text,
    "done_date" timestamp(3) with time zone,
    PRIMARY KEY (shard, id)
);
CREATE INDEX ON "inventory_duty" (shard, "order_summary_id") WHERE "state" = 'Open';
CREATE INDEX ON "inventory_duty" (shard, "fulfillment_order_id");
