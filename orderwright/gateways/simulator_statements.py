"""The simulator's SQL. Each operation is one statement; why, is said in simulator.py."""

from __future__ import annotations

from orderwright.gateways.simulator_movement import Operation

# What happens on the way to the provider or back also strikes a request that was answered before. A fault that flaps
# lets every n-th request through; the others end before the provider.
_BEGIN = """
WITH saved AS (
    SELECT * FROM simulator.answer WHERE idempotency_key = $1::text
), struck AS (
    UPDATE simulator.fault SET remaining = remaining - 1
    WHERE id = (
        SELECT id FROM simulator.fault
        WHERE operation = $2::text AND remaining > 0 AND (match IS NULL OR match IN ($1::text, $8::text))
          AND (NOT EXISTS (SELECT FROM saved)
               OR kind IN ('error_before', 'flapping', 'lost_request', 'lost_answer', 'slow'))
        ORDER BY id LIMIT 1 FOR UPDATE)
    RETURNING CASE WHEN kind <> 'flapping' THEN kind WHEN remaining % every > 0 THEN 'error_before' END AS kind, seconds
), accepted AS (
    SELECT WHERE NOT EXISTS (SELECT FROM saved)
             AND NOT EXISTS (SELECT FROM struck
                              WHERE kind IN ('decline', 'permanent_fail', 'expired', 'error_before', 'lost_request'))
)"""

_AUTHORIZE = """, booked AS (
    INSERT INTO simulator.authorization (reference, currency_iso_code, authorized, opened_at, expires_at)
    SELECT $8::text, $9::text, $10::numeric, $6::timestamptz, $12::timestamptz FROM accepted WHERE $11::boolean
    RETURNING reference, expires_at
)"""

# Twice under different keys would let one authorization count twice in our books: so who recorded it is kept.
_POST_AUTHORIZE = """, booked AS (
    INSERT INTO simulator.authorization AS known
        (reference, currency_iso_code, authorized, opened_at, expires_at, post_authorized_by)
    SELECT $8::text, $9::text, $10::numeric, $6::timestamptz, $12::timestamptz, $1::text FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.authorization WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET post_authorized_by = excluded.post_authorized_by
    WHERE known.currency_iso_code = excluded.currency_iso_code AND known.authorized = excluded.authorized
      AND known.captured + known.reversed = 0 AND known.post_authorized_by IS NULL
      AND (known.expires_at IS NULL OR known.expires_at > $6::timestamptz)
    RETURNING reference, expires_at
)"""

_SALE = """, booked AS (
    INSERT INTO simulator.authorization (reference, currency_iso_code, authorized, captured, opened_at, expires_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz, $12::timestamptz
    FROM accepted WHERE $11::boolean
    RETURNING reference, expires_at
), entered AS (
    INSERT INTO simulator.capture (reference, authorization_reference, currency_iso_code, amount, booked_at)
    SELECT $7::text, reference, $9::text, $5::numeric, $6::timestamptz FROM booked
)"""

_CAPTURE = """, booked AS (
    INSERT INTO simulator.authorization AS known (reference, currency_iso_code, authorized, captured, opened_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.authorization WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET captured = known.captured + excluded.captured
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.captured + known.reversed + excluded.captured <= known.authorized
      AND (known.expires_at IS NULL OR known.expires_at > $6::timestamptz)
    RETURNING reference, $12::timestamptz AS expires_at
), entered AS (
    INSERT INTO simulator.capture (reference, authorization_reference, currency_iso_code, amount, booked_at)
    SELECT $7::text, reference, $9::text, $5::numeric, $6::timestamptz FROM booked
)"""

_VOID = """, booked AS (
    INSERT INTO simulator.authorization AS known (reference, currency_iso_code, authorized, reversed, opened_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.authorization WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET reversed = known.reversed + excluded.reversed
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.captured + known.reversed + excluded.reversed <= known.authorized
    RETURNING reference, $12::timestamptz AS expires_at
), entered AS (
    INSERT INTO simulator.void (reference, authorization_reference, amount, booked_at)
    SELECT $7::text, reference, $5::numeric, $6::timestamptz FROM booked
)"""

_REFUND = """, booked AS (
    INSERT INTO simulator.capture AS known (reference, currency_iso_code, amount, refunded, booked_at)
    SELECT $8::text, $9::text, $10::numeric, $5::numeric, $6::timestamptz FROM accepted
    WHERE $11::boolean OR EXISTS (SELECT FROM simulator.capture WHERE reference = $8::text)
    ON CONFLICT (reference) DO UPDATE SET refunded = known.refunded + excluded.refunded
    WHERE known.currency_iso_code = excluded.currency_iso_code
      AND known.refunded + excluded.refunded <= known.amount
    RETURNING reference, $12::timestamptz AS expires_at
), entered AS (
    INSERT INTO simulator.refund (reference, capture_reference, amount, booked_at)
    SELECT $7::text, reference, $5::numeric, $6::timestamptz FROM booked
)"""

# $13 is how long the provider takes to carry out what it took; null: it answers at once and never notifies.
_END = """, given AS (
    INSERT INTO simulator.answer (idempotency_key, fingerprint, request, amount, gateway_date, settles_at, expires_at,
                                  sf_result_code, gateway_ref_number, gateway_result_code, gateway_message)
    SELECT $1::text, $3::text, $4::text, $5::numeric, $6::timestamptz,
           CASE WHEN $2::text IN ('Capture', 'Refund', 'Sale') THEN $6::timestamptz + nullif($13::interval, '0') END,
           (SELECT expires_at FROM booked), verdict.*
    FROM (SELECT 'Success', $7::text, 'approved', 'Approved' FROM booked
          UNION ALL
          SELECT 'Decline', NULL, 'declined', 'The payment method was declined' FROM struck WHERE kind = 'decline'
          UNION ALL
          SELECT 'PermanentFail', NULL, 'do_not_retry', 'The payment method is refused for good'
          FROM struck WHERE kind = 'permanent_fail'
          UNION ALL
          SELECT 'PermanentFail', NULL, 'authorization_expired', $8::text || ' has expired'
          FROM struck WHERE kind = 'expired') AS verdict
    RETURNING *
), announced AS (
    INSERT INTO simulator.notification (idempotency_key, operation, currency_iso_code, due_at, remaining)
    -- What a sale notifies is its capture.
    SELECT $1::text, CASE $2::text WHEN 'Sale' THEN 'Capture' ELSE $2::text END, $9::text,
           $6::timestamptz + coalesce($13::interval, '0') +
               CASE WHEN struck.kind = 'late_notification' THEN struck.seconds ELSE 0 END * interval '1 second',
           CASE struck.kind WHEN 'duplicate_notification' THEN 2 WHEN 'lost_notification' THEN 0 ELSE 1 END
    FROM given LEFT JOIN struck ON true
    WHERE $2::text IN ('Capture', 'Refund', 'Sale') AND ($13::interval IS NOT NULL OR struck.kind LIKE '%notification')
)
SELECT struck.kind, struck.seconds, answer.*
FROM (SELECT 1) AS always
LEFT JOIN struck ON true
LEFT JOIN (SELECT false AS duplicate, * FROM given UNION ALL SELECT true, * FROM saved) AS answer ON true"""

STATEMENTS: dict[Operation, str] = {
    "Authorize": "".join((_BEGIN, _AUTHORIZE, _END)),
    "Capture": "".join((_BEGIN, _CAPTURE, _END)),
    "Refund": "".join((_BEGIN, _REFUND, _END)),
    "Void": "".join((_BEGIN, _VOID, _END)),
    "Sale": "".join((_BEGIN, _SALE, _END)),
    "PostAuthorize": "".join((_BEGIN, _POST_AUTHORIZE, _END)),
}

KNOWN_AUTHORIZATION = """
SELECT currency_iso_code, authorized AS whole, captured + reversed AS used, reversed > 0 AS voided, expires_at
FROM simulator.authorization WHERE reference = $1"""
KNOWN_CAPTURE = """
SELECT currency_iso_code, amount AS whole, refunded AS used, false AS voided, NULL::timestamptz AS expires_at
FROM simulator.capture WHERE reference = $1"""
KNOWN_TO_RECORD = """
SELECT currency_iso_code, authorized AS whole, captured + reversed AS used, reversed > 0 AS voided, expires_at,
       post_authorized_by
FROM simulator.authorization WHERE reference = $1"""
SAVE_REFUSAL = """
INSERT INTO simulator.answer (idempotency_key, fingerprint, request, amount, gateway_date,
                              sf_result_code, gateway_result_code, gateway_message)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (idempotency_key) DO NOTHING RETURNING false AS duplicate, *"""
SAVED = "SELECT true AS duplicate, * FROM simulator.answer WHERE idempotency_key = $1"
LOOK_UP = """
WITH struck AS (
    UPDATE simulator.fault SET remaining = remaining - 1
    WHERE id = (
        SELECT id FROM simulator.fault
        WHERE operation = 'LookUp' AND remaining > 0 AND (match IS NULL OR match IN ($1::text, $2::text))
        ORDER BY id LIMIT 1 FOR UPDATE)
    RETURNING CASE WHEN kind <> 'flapping' THEN kind WHEN remaining % every > 0 THEN 'error_before' END AS kind, seconds
)
SELECT struck.kind, struck.seconds, answer.*
FROM (SELECT 1) AS always
LEFT JOIN struck ON true
LEFT JOIN simulator.answer ON answer.idempotency_key = $1::text"""
TELL = """
INSERT INTO simulator.fault (operation, match, kind, seconds, remaining, every) VALUES ($1, $2, $3, $4, $5, $6)"""
EXPIRE = "UPDATE simulator.authorization SET expires_at = $2 WHERE reference = $1 RETURNING reference"
TAKE_NOTIFICATIONS = """
WITH due AS (
    UPDATE simulator.notification SET remaining = remaining - 1
    WHERE id IN (
        SELECT id FROM simulator.notification WHERE remaining > 0 AND due_at <= $1
        ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED)
    RETURNING *
)
SELECT due.id, due.operation, due.currency_iso_code, answer.*
FROM due JOIN simulator.answer USING (idempotency_key) ORDER BY due.id"""
