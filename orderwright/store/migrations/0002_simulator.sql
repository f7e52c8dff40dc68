-- The books of the built-in payment gateway, the Simulator. They play the part of a provider's own database: no order
-- table refers to them, nothing here refers to an order, and only orderwright/gateways/simulator.py writes them.
-- So the shard rules of the order tables do not apply.
CREATE SCHEMA simulator;

-- The sums stand beside their limit, so that one locked row decides whether an amount still fits.
CREATE TABLE simulator.authorization (
    reference text COLLATE "C" PRIMARY KEY,
    currency_iso_code text NOT NULL,
    authorized numeric NOT NULL,
    captured numeric NOT NULL DEFAULT 0,
    reversed numeric NOT NULL DEFAULT 0,
    opened_at timestamp(3) with time zone NOT NULL,
    CHECK (authorized > 0 AND captured >= 0 AND reversed >= 0 AND captured + reversed <= authorized)
);

CREATE TABLE simulator.capture (
    reference text COLLATE "C" PRIMARY KEY,
    -- Null: the money was captured elsewhere and is known from a refund of it.
    authorization_reference text COLLATE "C" REFERENCES simulator.authorization,
    currency_iso_code text NOT NULL,
    amount numeric NOT NULL,
    refunded numeric NOT NULL DEFAULT 0,
    booked_at timestamp(3) with time zone NOT NULL,
    CHECK (amount > 0 AND refunded >= 0 AND refunded <= amount)
);

CREATE TABLE simulator.refund (
    reference text COLLATE "C" PRIMARY KEY,
    capture_reference text COLLATE "C" NOT NULL REFERENCES simulator.capture,
    amount numeric NOT NULL CHECK (amount > 0),
    booked_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE simulator.void (
    reference text COLLATE "C" PRIMARY KEY,
    authorization_reference text COLLATE "C" NOT NULL REFERENCES simulator.authorization,
    amount numeric NOT NULL CHECK (amount > 0),
    booked_at timestamp(3) with time zone NOT NULL
);

CREATE TABLE simulator.answer (
    idempotency_key text COLLATE "C" PRIMARY KEY,
    fingerprint text NOT NULL,
    request text NOT NULL,
    sf_result_code text NOT NULL,
    gateway_ref_number text,
    gateway_result_code text NOT NULL,
    gateway_message text NOT NULL,
    amount numeric NOT NULL,
    gateway_date timestamp(3) with time zone NOT NULL
);

-- How it is told to misbehave. A fault strikes the next `remaining` requests it matches; the oldest fault strikes first.
CREATE TABLE simulator.fault (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    operation text NOT NULL CHECK (operation IN ('Authorize', 'Capture', 'Refund', 'Void')),
    -- An idempotency key, or the reference of what is captured from, refunded or voided. Null: any request.
    match text,
    kind text NOT NULL CHECK (kind IN ('decline', 'permanent_fail', 'error_before', 'timeout_after_success', 'slow')),
    seconds double precision NOT NULL DEFAULT 0 CHECK (seconds >= 0 AND (kind <> 'slow' OR seconds > 0)),
    remaining integer NOT NULL CHECK (remaining >= 0)
);

-- Sums of the entries, not the sums kept beside the limits: what is compared with our own books must not rest on them.
CREATE VIEW simulator.capture_totals AS
SELECT c.reference, c.authorization_reference, c.currency_iso_code, c.amount AS captured,
       coalesce(sum(r.amount), 0) AS refunded
FROM simulator.capture AS c LEFT JOIN simulator.refund AS r ON r.capture_reference = c.reference
GROUP BY c.reference;

CREATE VIEW simulator.authorization_totals AS
SELECT a.reference, a.currency_iso_code, a.authorized, coalesce(c.captured, 0) AS captured,
       coalesce(v.reversed, 0) AS reversed, coalesce(c.refunded, 0) AS refunded
FROM simulator.authorization AS a
LEFT JOIN (SELECT authorization_reference, sum(captured) AS captured, sum(refunded) AS refunded
           FROM simulator.capture_totals GROUP BY authorization_reference) AS c
  ON c.authorization_reference = a.reference
LEFT JOIN (SELECT authorization_reference, sum(amount) AS reversed
           FROM simulator.void GROUP BY authorization_reference) AS v
  ON v.authorization_reference = a.reference;
