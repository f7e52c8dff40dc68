-- A process exception keeps the category that its status had when it got it: which statuses there are is a merchant's
-- configuration, and may change (docs/why/picklists.md). So far the statuses below were all there were, and one in any
-- other status was not counted as active.
ALTER TABLE "process_exception" ADD COLUMN "status_category" text;
UPDATE "process_exception" SET "status_category" = CASE
    WHEN "status" IN ('New', 'Triaged') THEN 'ACTIVE'
    WHEN "status" = 'Resolved' THEN 'RESOLVED'
    ELSE 'INACTIVE'
END;
ALTER TABLE "process_exception"
    ALTER COLUMN "status_category" SET NOT NULL,
    ADD CONSTRAINT "process_exception_status_category" CHECK ("status_category" IN ('ACTIVE', 'INACTIVE', 'RESOLVED'));
