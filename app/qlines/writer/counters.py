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
# Only with a twin: what was read from its Kafka, and is in the counters above no second time.
TWIN_COUNTERS = {
    "twin_readings": "readings of the twin's Kafka stored in ClickHouse",
    "twin_points": "points of the twin's Kafka stored",
    "twin_inserts": "inserts into ClickHouse's table points from the twin's Kafka",
    "twin_invalid_records": "records of the twin's Kafka skipped: not readable, or another version",
    "twin_refused_readings": "readings of the twin's Kafka left out: ClickHouse refuses them",
}
TWIN_GAUGES = {
    "twin_lag_seconds": "age of the youngest reading of the twin's Kafka when it was stored",
    "twin_behind_records": "records of the twin's Kafka that were not fetched yet",
    "twin_unanswered_seconds": "how long the twin's Kafka has not answered, 0 when it does",
}
