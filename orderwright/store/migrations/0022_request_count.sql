-- How many requests were answered, by the hour of the true time and by the process that answered them. A process adds to
-- its own row, every few seconds; rows of more than a day ago are deleted with that.
CREATE TABLE request_count (
    "hour" timestamp(3) with time zone NOT NULL,
    "node" smallint NOT NULL,
    "requests" bigint NOT NULL,
    PRIMARY KEY (hour, node)
);
