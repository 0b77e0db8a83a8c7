-- For other programs: each point once, also before ClickHouse has merged duplicates.
CREATE VIEW IF NOT EXISTS readings AS
SELECT
    device,
    key,
    toInt64(block * 34359738368 + span * 16777216 + step * 65536 + rest) AS ts,
    kind,
    number,
    text
FROM points FINAL;
