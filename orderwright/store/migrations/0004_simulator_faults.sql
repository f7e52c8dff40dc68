-- More ways for the Simulator to behave as providers do: authorizations that expire, answers that settle later and are
-- announced by notifications, requests and answers that get lost, a connection that flaps, and trouble on look-up.
ALTER TABLE simulator.authorization ADD COLUMN expires_at timestamp(3) with time zone;

ALTER TABLE simulator.answer
    -- Until then the request counts as taken and not carried out. Null: it was answered at once.
    ADD COLUMN settles_at timestamp(3) with time zone,
    -- When the authorization lapses that this answer is about.
    ADD COLUMN expires_at timestamp(3) with time zone;

ALTER TABLE simulator.fault
    -- Of how many requests one gets through. For a fault that flaps.
    ADD COLUMN every integer NOT NULL DEFAULT 1 CHECK (every > 0 AND (kind <> 'flapping' OR every > 1)),
    DROP CONSTRAINT fault_operation_check,
    ADD CONSTRAINT fault_operation_check CHECK (operation IN ('Authorize', 'Capture', 'Refund', 'Void', 'LookUp')),
    DROP CONSTRAINT fault_kind_check,
    ADD CONSTRAINT fault_kind_check CHECK (
        kind IN ('error_before', 'flapping', 'lost_answer', 'slow')
        OR operation <> 'LookUp'
            AND kind IN ('decline', 'permanent_fail', 'timeout_after_success', 'lost_request')
        OR operation = 'Capture' AND kind = 'expired'
        OR operation IN ('Capture', 'Refund')
            AND kind IN ('duplicate_notification', 'late_notification', 'lost_notification')),
    ADD CONSTRAINT fault_lateness_check CHECK (kind <> 'late_notification' OR seconds > 0);

-- What the simulator has yet to tell. `remaining` is how often; each delivery takes one.
CREATE TABLE simulator.notification (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    idempotency_key text COLLATE "C" NOT NULL REFERENCES simulator.answer,
    operation text NOT NULL CHECK (operation IN ('Capture', 'Refund')),
    currency_iso_code text NOT NULL,
    due_at timestamp(3) with time zone NOT NULL,
    remaining integer NOT NULL CHECK (remaining >= 0)
);
CREATE INDEX ON simulator.notification (id) WHERE remaining > 0;
