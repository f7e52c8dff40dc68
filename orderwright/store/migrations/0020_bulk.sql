-- Bulk jobs: files of records and the results of queries, carried out piece by piece (docs/why/bulk.md).
-- What was received is logged: a client was told that it is here.
CREATE SCHEMA bulk;

CREATE TABLE bulk.job (
    "id" text COLLATE "C" PRIMARY KEY,
    -- Bulk API 2.0 has one batch to a job, whose state is the job's; the older API has as many as a client adds.
    "kind" text NOT NULL CHECK (kind IN ('ingest', 'query', 'classic')),
    "operation" text NOT NULL,
    "object" text NOT NULL,
    "state" text NOT NULL CHECK (state IN ('Open', 'Closed', 'Aborted')),
    "external_id_field_name" text,
    "content_type" text NOT NULL DEFAULT 'CSV',
    "column_delimiter" text NOT NULL DEFAULT 'COMMA',
    "line_ending" text NOT NULL DEFAULT 'LF',
    "concurrency_mode" text NOT NULL DEFAULT 'Parallel',
    "api_version" integer NOT NULL,
    -- What the caller might do when the job was made: what is left of it to be checked when it is carried out.
    "rights" text[] NOT NULL,
    "created_by_id" text COLLATE "C" NOT NULL,
    "created_date" timestamp(3) with time zone NOT NULL,
    "system_modstamp" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON bulk.job (created_date, id);

CREATE TABLE bulk.batch (
    "id" text COLLATE "C" PRIMARY KEY,
    "job_id" text COLLATE "C" NOT NULL REFERENCES bulk.job (id) ON DELETE CASCADE,
    -- The order in which they came, also where the clock of a test instance stands still.
    "number" bigint GENERATED ALWAYS AS IDENTITY,
    "state" text NOT NULL CHECK (state IN ('Receiving', 'Queued', 'InProgress', 'Completed', 'Failed', 'NotProcessed')),
    "state_message" text,
    "query" text,
    -- The first row of a CSV file, as it came.
    "header" text,
    "pieces" integer NOT NULL DEFAULT 0,
    -- How far it is: so many pieces, and so many rows of the next one.
    "pieces_done" integer NOT NULL DEFAULT 0,
    "rows_done" integer NOT NULL DEFAULT 0,
    -- So many rows are written one at a time, because together they met a fault.
    "careful_rows" integer NOT NULL DEFAULT 0,
    "processed" bigint NOT NULL DEFAULT 0,
    "failed" bigint NOT NULL DEFAULT 0,
    "total_milliseconds" bigint NOT NULL DEFAULT 0,
    "active_milliseconds" bigint NOT NULL DEFAULT 0,
    "created_date" timestamp(3) with time zone NOT NULL,
    "system_modstamp" timestamp(3) with time zone NOT NULL
);
CREATE INDEX ON bulk.batch (job_id, number);
CREATE INDEX ON bulk.batch (pieces_done, number) WHERE state IN ('Queued', 'InProgress');

-- Whole rows of a file as they came. Not compressed: that would cost more than it saves.
CREATE TABLE bulk.piece (
    "batch_id" text COLLATE "C" NOT NULL REFERENCES bulk.batch (id) ON DELETE CASCADE,
    "number" integer NOT NULL,
    "rows" bytea NOT NULL,
    PRIMARY KEY (batch_id, number)
);
ALTER TABLE bulk.piece ALTER COLUMN "rows" SET STORAGE EXTERNAL;

-- What became of the rows of one transaction: ids, whether they are new, and errors, in their order.
CREATE TABLE bulk.outcome (
    "batch_id" text COLLATE "C" NOT NULL REFERENCES bulk.batch (id) ON DELETE CASCADE,
    "piece" integer NOT NULL,
    "first_row" integer NOT NULL,
    "row_count" integer NOT NULL,
    "outcomes" bytea NOT NULL,
    PRIMARY KEY (batch_id, piece, first_row)
);
ALTER TABLE bulk.outcome ALTER COLUMN "outcomes" SET STORAGE EXTERNAL;

-- The rows that a query found, a thousand to a row of this table, all of one moment.
CREATE TABLE bulk.found (
    "batch_id" text COLLATE "C" NOT NULL REFERENCES bulk.batch (id) ON DELETE CASCADE,
    "number" bigint NOT NULL,
    "rows" json NOT NULL,
    PRIMARY KEY (batch_id, number)
);
