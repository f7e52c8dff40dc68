-- How the clock of a test instance runs (docs/why/one-clock.md). One row. On a production instance it says: as time does.
CREATE TABLE "clock" (
    "only" boolean PRIMARY KEY DEFAULT true CHECK ("only"),
    "frozen_at" timestamp(3) with time zone,
    "ahead" interval NOT NULL DEFAULT '0',
    -- Counts the changes.
    "version" bigint NOT NULL DEFAULT 0
);
INSERT INTO "clock" DEFAULT VALUES;

-- The processes that follow it, by their true time, and the version each goes by: a change waits for all of them.
CREATE TABLE "clock_follower" (
    "holder" uuid PRIMARY KEY,
    "version" bigint NOT NULL,
    "heard_at" timestamp with time zone NOT NULL
);

-- When a request claimed its key, by the true time: how long a claim stands is not for a stopped clock to say.
-- `created_date`, by which keys are forgotten, is by the one clock.
ALTER TABLE "request_key" ADD COLUMN "claimed_at" timestamp(3) with time zone;
