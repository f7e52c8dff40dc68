-- Payments outside orders, process exceptions and events. A request to a gateway may belong to no order; what it made,
-- and when it is asked about again, stand beside it.
ALTER TABLE "gateway_request"
    ALTER COLUMN "order_summary_id" DROP NOT NULL,
    ALTER COLUMN "order_payment_summary_id" DROP NOT NULL,
    ADD COLUMN "payment_method_id" text COLLATE "C",
    ADD COLUMN "sendings" integer NOT NULL DEFAULT 1,
    ADD COLUMN "unreached" integer NOT NULL DEFAULT 0,
    ADD COLUMN "process_after" timestamp(3) with time zone,
    ADD COLUMN "made_id" text COLLATE "C",
    ADD COLUMN "log_id" text COLLATE "C",
    ADD COLUMN "details" jsonb NOT NULL DEFAULT '{}';
CREATE INDEX ON "gateway_request" (shard, "process_after") WHERE "state" IN ('Open', 'Indeterminate', 'Accepted');
CREATE INDEX ON "gateway_request" (shard, "payment_authorization_id") WHERE "order_summary_id" IS NULL;
CREATE INDEX ON "gateway_request" (shard, "payment_id") WHERE "order_summary_id" IS NULL;

ALTER TABLE "background_operation" ADD COLUMN "tries" integer NOT NULL DEFAULT 0;
ALTER TABLE "background_operation" ALTER COLUMN "tries" DROP DEFAULT;
-- Operations in the queue's hands: where one is looked for that the queue has lost.
CREATE INDEX ON "background_operation" (shard, "handed_at") WHERE "finished_at" IS NULL;

ALTER TABLE "payment" ADD COLUMN "gateway_request_id" text COLLATE "C";
ALTER TABLE "refund" ADD COLUMN "gateway_request_id" text COLLATE "C";
ALTER TABLE "payment_auth_adjustment" ADD COLUMN "gateway_request_id" text COLLATE "C";

ALTER TABLE "payment_authorization"
    ADD COLUMN "open_reversal_amount" numeric NOT NULL DEFAULT 0,
    ADD COLUMN "expiry_warned_at" timestamp(3) with time zone,
    DROP CONSTRAINT "payment_authorization_amounts_in_range",
    ADD CONSTRAINT "payment_authorization_amounts_in_range" CHECK (greatest(abs("amount"), abs("total_auth_reversal_amount"), abs("total_payment_capture_amount"), abs("open_capture_amount"), abs("pending_reversal_amount"), abs("open_reversal_amount")) < 10000000000000000);
ALTER TABLE "payment_authorization" ALTER COLUMN "open_reversal_amount" DROP DEFAULT;
CREATE INDEX ON "payment_authorization" (shard, "expiration_date")
    WHERE "status" = 'Processed' AND "expiry_warned_at" IS NULL AND "expiration_date" IS NOT NULL;

-- A record that travels takes along what hangs on it: under the id of the one that was sent for.
ALTER TABLE "forwarding" ADD COLUMN "travelled_with" text COLLATE "C";
CREATE INDEX ON "forwarding" (shard, "travelled_with") WHERE "travelled_with" IS NOT NULL;

CREATE TABLE "process_exception" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "owner_id" text COLLATE "C",
    "attached_to_id" text COLLATE "C" NOT NULL,
    "case_id" text COLLATE "C",
    "category" text,
    "currency_iso_code" text,
    "description" text,
    "external_reference" text,
    "flow_orchestration_inst_rela_obj" text COLLATE "C",
    "group_by_id" text COLLATE "C",
    "message" text NOT NULL,
    "order_summary_id" text COLLATE "C",
    "priority" text,
    "process_exception_number" text,
    "severity" text,
    "status" text NOT NULL,
    "exception_type" text,
    "amount" numeric,
    "payment_id" text COLLATE "C",
    "payment_authorization_id" text COLLATE "C",
    "order_payment_summary_id" text COLLATE "C",
    "invoice_id" text COLLATE "C",
    "credit_memo_id" text COLLATE "C",
    "background_operation_id" text COLLATE "C",
    "payment_gateway_log_id" text COLLATE "C",
    "sf_result_code" text,
    "gateway_result_code" text,
    "gateway_message" text,
    "gateway_request_id" text COLLATE "C",
    PRIMARY KEY (shard, id),
    CONSTRAINT "process_exception_amounts_in_range" CHECK (greatest(abs("amount")) < 10000000000000000)
);
CREATE INDEX ON "process_exception" (shard, "order_summary_id");
CREATE INDEX ON "process_exception" (shard, "attached_to_id");

CREATE TABLE "event" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "name" text NOT NULL,
    "order_summary_id" text COLLATE "C",
    "payload" jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (shard, id)
);
CREATE INDEX ON "event" (shard, "order_summary_id");
