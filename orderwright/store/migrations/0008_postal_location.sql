-- Where postal codes are, as an operator imported them (`orderwright geo import`). Not sharded: it belongs to no order,
-- and every process reads all of it.
CREATE TABLE "postal_location" (
    "country_code" text COLLATE "C" NOT NULL,
    -- In upper case, without spaces and hyphens.
    "postal_code" text COLLATE "C" NOT NULL,
    "source" text COLLATE "C" NOT NULL CHECK ("source" IN ('Own', 'GeoNames')),
    "latitude" double precision NOT NULL CHECK ("latitude" BETWEEN -90 AND 90),
    "longitude" double precision NOT NULL CHECK ("longitude" BETWEEN -180 AND 180),
    PRIMARY KEY ("country_code", "postal_code", "source")
);
