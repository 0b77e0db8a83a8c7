-- A row per point. Everything but the time compresses to almost nothing, so the layout is made for
-- the time: it is cut into pieces of 2^35, 2^24 and 2^16 microseconds, and the first piece, the
-- block (9.5 hours), comes before the key. The keys of a message, which share their time, are then
-- close enough for zstd to find the repetition. README.md has measurements of other layouts.
CREATE TABLE IF NOT EXISTS points (
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
-- The month in which the block begins; retention drops whole months.
PARTITION BY toYYYYMM(toDate(intDiv(block * 34359738368, 86400000000)))
ORDER BY (device, block, key, span, step, rest)
SETTINGS index_granularity = 2048;
