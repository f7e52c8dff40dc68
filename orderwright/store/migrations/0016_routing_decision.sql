-- Why orders were routed as they were (docs/why/routing.md): made in the transaction that makes the fulfillment orders,
-- or alone when nothing was allocated. It lies with its order.
CREATE TABLE "routing_decision" (
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
    "order_delivery_group_summary_id" text COLLATE "C",
    "status" text NOT NULL CHECK ("status" IN ('Allocated', 'PartlyAllocated', 'Refused')),
    "attempts" integer NOT NULL,
    "rules_digest" text NOT NULL,
    "rules_text" text NOT NULL,
    "plan" jsonb NOT NULL,
    "made" jsonb NOT NULL,
    "capacity_state" text NOT NULL CHECK ("capacity_state" IN ('None', 'Held', 'Confirmed', 'Missed')),
    "capacity_message" text,
    PRIMARY KEY (shard, id),
    FOREIGN KEY (shard, "order_summary_id") REFERENCES "order_summary" (shard, id)
);
CREATE INDEX ON "routing_decision" (shard, "order_summary_id");
-- What is looked for again and again: capacity that is held for fulfillment orders that were made.
CREATE INDEX ON "routing_decision" (shard, "created_date") WHERE "capacity_state" = 'Held';
