-- What the writer inserts into. It stores nothing; the two views forward each block. The writer
-- sends six columns, and ClickHouse cuts the times into pieces and finds the newest points.
CREATE TABLE IF NOT EXISTS incoming (
    device String,
    key String,
    time_us Int64,
    kind_code Int8,
    number Float64,
    text String
)
ENGINE = Null;

CREATE MATERIALIZED VIEW IF NOT EXISTS incoming_to_points TO points AS
SELECT
    device,
    toUInt32(bitShiftRight(time_us, 35)) AS block,
    key,
    toUInt16(bitAnd(bitShiftRight(time_us, 24), 2047)) AS span,
    toUInt8(bitAnd(bitShiftRight(time_us, 16), 255)) AS step,
    toUInt16(bitAnd(time_us, 65535)) AS rest,
    CAST(kind_code, 'Enum8(\'number\' = 1, \'bool\' = 2, \'text\' = 3, \'json\' = 4)') AS kind,
    number,
    text
FROM incoming;

CREATE MATERIALIZED VIEW IF NOT EXISTS incoming_to_latest TO latest AS
SELECT
    device,
    key,
    max(time_us) AS ts,
    CAST(
        argMax(kind_code, time_us), 'Enum8(\'number\' = 1, \'bool\' = 2, \'text\' = 3, \'json\' = 4)'
    ) AS kind,
    argMax(number, time_us) AS number,
    argMax(text, time_us) AS text
FROM incoming
GROUP BY device, key;
