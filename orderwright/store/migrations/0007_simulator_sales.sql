-- What the Simulator needs for sales, for authorizations that a payer's device made, and for listing its books.
ALTER TABLE simulator.authorization
    -- The idempotency key under which an authorization made elsewhere was recorded: one that is recorded twice would
    -- count twice in the books that it is recorded for.
    ADD COLUMN post_authorized_by text COLLATE "C";

ALTER TABLE simulator.fault
    DROP CONSTRAINT fault_operation_check,
    ADD CONSTRAINT fault_operation_check CHECK (
        operation IN ('Authorize', 'Capture', 'Refund', 'Void', 'Sale', 'PostAuthorize', 'LookUp')),
    DROP CONSTRAINT fault_kind_check,
    ADD CONSTRAINT fault_kind_check CHECK (
        kind IN ('error_before', 'flapping', 'lost_answer', 'slow')
        OR operation <> 'LookUp'
            AND kind IN ('decline', 'permanent_fail', 'timeout_after_success', 'lost_request')
        OR operation IN ('Capture', 'PostAuthorize') AND kind = 'expired'
        OR operation IN ('Capture', 'Refund', 'Sale')
            AND kind IN ('duplicate_notification', 'late_notification', 'lost_notification'));

-- The order in which the books are listed, page by page.
CREATE INDEX ON simulator.answer (coalesce(settles_at, gateway_date), idempotency_key) WHERE sf_result_code = 'Success';
