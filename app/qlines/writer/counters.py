"""The names of what the writer counts, with their meaning; health and metrics show them."""

COUNTERS = {
    "records": "records of the topic whose readings are in ClickHouse",
    "readings": "readings stored",
    "points": "points stored: a row each",
    "inserts": "inserts into ClickHouse",
    "shows": "inserts of the newest values alone, ahead of their points",
    "damaged_records": "records passed over because they are not readable or of another version",
    "refused_readings": "readings left out because ClickHouse refuses their content",
}
