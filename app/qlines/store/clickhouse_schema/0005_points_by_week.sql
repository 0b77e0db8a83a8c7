-- As `points`, with a partition per week, so that the disk guard drops weeks and retention rewrites
-- no more than one. Times before 2026 stay in months: a device may send any time since 2000, and
-- each partition costs ClickHouse 50 KB of memory. README.md has measurements; repartition.py
-- renames this table to `points` and moves the rows.
CREATE TABLE IF NOT EXISTS points_by_week (
    device String,
    block UInt32,
    key String,
    span UInt16,
    step UInt8,
    rest UInt16,
    kind Enum8('number' = 1, 'bool' = 2, 'text' = 3, 'json' = 4),
    number Float64,
    text String
)
ENGINE = ReplacingMergeTree
-- The Monday of the week in which the block begins; partition.py reads the names.
PARTITION BY if(
    toDate(intDiv(block * 34359738368, 86400000000)) < toDate('2026-01-01'),
    toYYYYMM(toDate(intDiv(block * 34359738368, 86400000000))),
    toYYYYMMDD(toMonday(toDate(intDiv(block * 34359738368, 86400000000))))
)
ORDER BY (device, block, key, span, step, rest)
SETTINGS index_granularity = 2048;
