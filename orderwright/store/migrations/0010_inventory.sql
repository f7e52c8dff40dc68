-- Inventory: what is where, what is promised, and every movement of either (docs/why/inventory.md).
--
-- A schema of its own: inventory hangs on no order, so the bucket of an order is no shard for it. Its shard is the SKU,
-- first in every primary key of what is kept by SKU. No table here refers to an order table, or is referred to by one.

CREATE SCHEMA inventory;

-- The location graph as it was last published. Identifiers are ExternalReference values, as everywhere in this schema.
CREATE TABLE inventory.location (
    "identifier" text COLLATE "C" PRIMARY KEY
);
CREATE TABLE inventory.location_group (
    "identifier" text COLLATE "C" PRIMARY KEY
);
CREATE TABLE inventory.member (
    "location_group" text COLLATE "C" NOT NULL,
    "location" text COLLATE "C" NOT NULL,
    PRIMARY KEY (location_group, location)
);
CREATE INDEX ON inventory.member (location, location_group);

-- One row per SKU: whoever gives out units of it holds its lock.
CREATE TABLE inventory.sku (
    "stock_keeping_unit" text COLLATE "C" PRIMARY KEY
);

-- One row per SKU and place. A group has no units of its own: only `reserved` is used there.
CREATE TABLE inventory.stock (
    "stock_keeping_unit" text COLLATE "C" NOT NULL,
    "is_group" boolean NOT NULL,
    "place" text COLLATE "C" NOT NULL,
    "on_hand" numeric NOT NULL DEFAULT 0,
    "reserved" numeric NOT NULL DEFAULT 0,
    "safety_stock_count" numeric NOT NULL DEFAULT 0,
    -- The sum of `futures`.
    "future_quantity" numeric NOT NULL DEFAULT 0,
    -- [{"expectedDate": "...", "quantity": 5}, ...], null for none. This and the date are kept as they are answered:
    -- nothing is computed with them, and writing 10,000 dates takes as long as finding them.
    "futures" json,
    "effective_date" text COLLATE "C",
    -- The groups that leave this SKU out here, null for none.
    "exclusions" text[],
    "external_ref_id" text,
    PRIMARY KEY (stock_keeping_unit, is_group, place),
    CONSTRAINT "stock_never_below_zero" CHECK (on_hand >= 0 AND reserved >= 0 AND safety_stock_count >= 0)
) WITH (fillfactor = 80);

CREATE TABLE inventory.reservation (
    "id" text COLLATE "C" PRIMARY KEY,
    "external_ref_id" text,
    "reservation_time" timestamp(3) with time zone NOT NULL,
    "expiration_time" timestamp(3) with time zone,
    "created_date" timestamp(3) with time zone NOT NULL,
    "created_by_id" text COLLATE "C" NOT NULL
);

-- What a reservation holds now. What it held once stands in the ledger.
CREATE TABLE inventory.hold (
    "stock_keeping_unit" text COLLATE "C" NOT NULL,
    "is_group" boolean NOT NULL,
    "place" text COLLATE "C" NOT NULL,
    "reservation_id" text COLLATE "C" NOT NULL,
    "quantity" numeric NOT NULL CHECK (quantity >= 0),
    "expiration_time" timestamp(3) with time zone,
    "reservation_time" timestamp(3) with time zone NOT NULL,
    PRIMARY KEY (stock_keeping_unit, is_group, place, reservation_id)
);
CREATE INDEX ON inventory.hold (reservation_id);
CREATE INDEX ON inventory.hold (stock_keeping_unit, expiration_time) WHERE expiration_time IS NOT NULL;
CREATE INDEX ON inventory.hold (expiration_time) WHERE expiration_time IS NOT NULL;

-- Every movement. By SKU and place, `on_hand` and `reserved` add up to the row in `stock`; by reservation as well,
-- `reserved` adds up to the row in `hold`. Rows are only ever added.
CREATE TABLE inventory.ledger (
    "stock_keeping_unit" text COLLATE "C" NOT NULL,
    "is_group" boolean NOT NULL,
    "place" text COLLATE "C" NOT NULL,
    "action_request_id" text COLLATE "C" NOT NULL,
    "kind" text NOT NULL,
    "on_hand" numeric NOT NULL,
    "reserved" numeric NOT NULL,
    "reservation_id" text COLLATE "C",
    "at" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON inventory.ledger (stock_keeping_unit, place, action_request_id);

-- What was asked and done once under an actionRequestId; sent again it is answered, not done.
CREATE TABLE inventory.action (
    "id" text COLLATE "C" PRIMARY KEY,
    "digest" bytea NOT NULL,
    "answer" bytea NOT NULL,
    "created_date" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON inventory.action (created_date);

CREATE TABLE inventory.upload (
    "id" text COLLATE "C" PRIMARY KEY,
    "kind" text NOT NULL CHECK (kind IN ('Availability', 'LocationGraph')),
    "status" text NOT NULL CHECK (status IN ('STAGING', 'PENDING', 'RUNNING', 'COMPLETED', 'FAILED')),
    -- The order in which they came, also where the clock of a test instance stands still.
    "number" bigint GENERATED ALWAYS AS IDENTITY,
    "received_at" timestamp(3) with time zone NOT NULL,
    "started_at" timestamp(3) with time zone,
    "ended_at" timestamp(3) with time zone,
    "pieces" integer NOT NULL DEFAULT 0,
    "pieces_done" integer NOT NULL DEFAULT 0,
    "read_count" bigint NOT NULL DEFAULT 0,
    "processed_count" bigint NOT NULL DEFAULT 0,
    "skipped_count" bigint NOT NULL DEFAULT 0,
    "invalid_count" bigint NOT NULL DEFAULT 0,
    "errors" text[] NOT NULL DEFAULT '{}',
    -- What the next piece needs to know of those before it: layout, columns, the latest location.
    "reading" jsonb NOT NULL DEFAULT '{}',
    "created_by_id" text COLLATE "C" NOT NULL
);
CREATE INDEX ON inventory.upload (number) WHERE status IN ('STAGING', 'PENDING', 'RUNNING');

-- Whole lines of an uploaded file, each piece gone once it was carried out. Not compressed: they do not stay.
CREATE TABLE inventory.piece (
    "upload_id" text COLLATE "C" NOT NULL,
    "number" integer NOT NULL,
    "lines" bytea NOT NULL,
    PRIMARY KEY (upload_id, number)
);
ALTER TABLE inventory.piece ALTER COLUMN "lines" SET STORAGE EXTERNAL;

-- The objects that say which groups there are and who belongs to them; publishing copies them into the graph above.
CREATE TABLE "location_group" (
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
    "description" text,
    "external_reference" text,
    "is_enabled" boolean NOT NULL,
    "location_group_name" text NOT NULL,
    "should_sync_with_oci" boolean NOT NULL,
    PRIMARY KEY (shard, id)
);

CREATE TABLE "location_group_assignment" (
    "shard" smallint NOT NULL,
    "id" text COLLATE "C" NOT NULL,
    "is_deleted" boolean NOT NULL DEFAULT false,
    "created_date" timestamp(3) with time zone,
    "created_by_id" text COLLATE "C",
    "last_modified_date" timestamp(3) with time zone,
    "last_modified_by_id" text COLLATE "C",
    "system_modstamp" timestamp(3) with time zone,
    "custom" jsonb NOT NULL DEFAULT '{}',
    "location_group_assignment" text,
    "location_group_id" text COLLATE "C" NOT NULL,
    "location_id" text COLLATE "C" NOT NULL,
    PRIMARY KEY (shard, id)
);
CREATE INDEX ON "location_group_assignment" (shard, "location_group_id");
CREATE INDEX ON "location_group_assignment" (shard, "location_id");
