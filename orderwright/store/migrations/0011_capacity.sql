-- Capacity: how many fulfillment orders are about to be assigned to a location (docs/why/capacity.md).
--
-- A schema of its own, as inventory has: capacity belongs to no order. Its limit and what is assigned are fields of the
-- Location, whose row is locked by whoever changes what is held there, so all of a location queues in one place.

CREATE SCHEMA capacity;

-- Capacity for one fulfillment order each. What is held at a location is the number of its rows that have not ended and
-- have not lapsed: there is no counter that could differ from it.
CREATE TABLE capacity.hold (
    -- The actionRequestId that made it.
    "id" text COLLATE "C" PRIMARY KEY,
    "location_id" text COLLATE "C" NOT NULL,
    "held_at" timestamp(3) with time zone NOT NULL,
    "expiration_time" timestamp(3) with time zone NOT NULL,
    "created_by_id" text COLLATE "C" NOT NULL,
    "ended_as" text CHECK (ended_as IN ('Confirmed', 'Released', 'Expired')),
    "ended_by" text COLLATE "C",
    "ended_at" timestamp(3) with time zone,
    CONSTRAINT "ended_whole_or_not" CHECK (num_nulls(ended_as, ended_by, ended_at) IN (0, 3))
);
CREATE INDEX ON capacity.hold (location_id, expiration_time, id) WHERE ended_as IS NULL;

-- Every movement, once under its kind and actionRequestId: by location, `held` adds up to the holds that have not ended.
-- Rows are only ever added.
CREATE TABLE capacity.ledger (
    "action_request_id" text COLLATE "C" NOT NULL,
    "kind" text NOT NULL CHECK (kind IN ('Held', 'Confirmed', 'Released', 'Expired')),
    "location_id" text COLLATE "C" NOT NULL,
    "hold_id" text COLLATE "C" NOT NULL,
    "held" smallint NOT NULL CHECK (held IN (-1, 1)),
    "assigned" smallint NOT NULL,
    "at" timestamp(3) with time zone NOT NULL,
    PRIMARY KEY (action_request_id, kind)
);
CREATE INDEX ON capacity.ledger (location_id);
-- A hold begins once and ends once, however often it is tried.
CREATE UNIQUE INDEX ON capacity.ledger (hold_id, held);
