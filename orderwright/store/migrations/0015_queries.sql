-- Queries: what SOQL needs beside the tables of the objects (docs/why/queries.md).

-- The bucket in an id, as `shard_of` in store/ids.py reads it: where a record was made and, unless it is a payment record
-- that moved to its order, where it is. A join that knows only the id of a product or an account finds the row by its
-- primary key with it. Twelve base-62 digits make 71 bits, of which 17 stand below the bucket: the sum is taken modulo
-- 2^29, which keeps just those, and fits a bigint.
CREATE FUNCTION id_shard(id text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((((
            (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 4, 1)) - 1) * 220919808::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 5, 1)) - 1) * 315294720::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 6, 1)) - 1) * 316816896::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 7, 1)) - 1) * 74383616::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 8, 1)) - 1) * 278294400::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 9, 1)) - 1) * 428789824::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 10, 1)) - 1) * 379261920::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 11, 1)) - 1) * 14776336::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 12, 1)) - 1) * 238328::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 13, 1)) - 1) * 3844::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 14, 1)) - 1) * 62::bigint
          + (strpos('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', substr(id, 15, 1)) - 1) * 1::bigint
        ) >> 17) & 4095)::smallint)
$$;

-- Rows of a query that did not fit one answer, kept as they were when it was asked. Not logged: after a crash a client
-- asks again.
CREATE UNLOGGED TABLE query_cursor (
    "id" text COLLATE "C" PRIMARY KEY,
    "user_id" text COLLATE "C" NOT NULL,
    "statement" text NOT NULL,
    -- Which rows these are: those of the query itself, or the children of one of them, by the names that lead there.
    "part" text NOT NULL,
    "all_rows" boolean NOT NULL,
    -- What the rows look like: they can only be read by a program that sees the same columns in them.
    "shape" text NOT NULL,
    "batch_size" integer NOT NULL,
    "row_count" bigint NOT NULL,
    "created_date" timestamp(3) with time zone NOT NULL,
    "expires_at" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON query_cursor (user_id, created_date);
CREATE INDEX ON query_cursor (expires_at);

CREATE UNLOGGED TABLE query_row (
    "cursor_id" text COLLATE "C" NOT NULL,
    "number" bigint NOT NULL,
    "row" json NOT NULL,
    PRIMARY KEY (cursor_id, number)
);

-- Records are asked for by their numbers, and by the account they belong to, without their shard.
CREATE INDEX ON "order" (lower("order_number"));
CREATE INDEX ON "order" (account_id);
CREATE INDEX ON "order_summary" (lower("order_number"));
CREATE INDEX ON "order_summary" (account_id);
CREATE INDEX ON "fulfillment_order" (lower("fulfillment_order_number"));
CREATE INDEX ON "contact" (account_id);
