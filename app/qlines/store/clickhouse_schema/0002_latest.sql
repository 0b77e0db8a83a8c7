-- The newest point of every device and key: a small copy, because /api/data queries 50 devices out
-- of thousands several times a second. It has few rows, so small granules cost nothing, and a
-- look-up reads few rows.
CREATE TABLE IF NOT EXISTS latest (
    device String,
    key String,
    ts Int64,
    kind Enum8('number' = 1, 'bool' = 2, 'text' = 3, 'json' = 4),
    number Float64,
    text String
)
ENGINE = ReplacingMergeTree(ts)
ORDER BY (device, key)
SETTINGS index_granularity = 256;
