-- What other programs read: each point once, also before duplicates were merged away.
CREATE VIEW IF NOT EXISTS readings AS
SELECT
    device,
    key,
    toInt64(block * 34359738368 + span * 16777216 + step * 65536 + rest) AS ts,
    kind,
    number,
    text
FROM points FINAL;
