-- No two Locations, and no two LocationGroups, have the same ExternalReference from now on: the registry of unique
-- values (decisions.md S6) learns those there are. Where several share one the oldest holds it, and `orderwright verify`
-- lists them.
-- The shard of a value is that of `shard_of_value` in store/unique.py.
INSERT INTO "unique_value" ("shard", "field", "value", "record_id", "confirmed", "claimed_at")
SELECT ('x' || left(encode(sha256(convert_to(r.value, 'UTF8')), 'hex'), 8))::bit(32)::bigint & 4095,
       r.field, r.value, min(r.id), true, coalesce(min(r.created_date), '2000-01-01T00:00:00Z')
FROM (
    SELECT 'Location.ExternalReference' AS field, external_reference AS value, id, created_date
    FROM "location" WHERE NOT is_deleted
    UNION ALL
    SELECT 'LocationGroup.ExternalReference', external_reference, id, created_date
    FROM "location_group" WHERE NOT is_deleted
) r
WHERE r.value IS NOT NULL
GROUP BY r.field, r.value
ON CONFLICT DO NOTHING;
