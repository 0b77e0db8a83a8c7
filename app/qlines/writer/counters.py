"""The writer's counters: name and meaning."""

COUNTERS = {
    "records": "Kafka records decoded",
    "readings": "readings stored in ClickHouse",
    "points": "points stored: one row for each key of a reading",
    "inserts": "inserts into ClickHouse's table points",
    "latest_inserts": "inserts into ClickHouse's table latest, ahead of the same points",
    "invalid_records": "Kafka records skipped: not readable, or of another version",
    "refused_readings": "readings left out because ClickHouse refuses their content",
}
