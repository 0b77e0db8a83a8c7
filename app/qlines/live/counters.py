"""The counters of live: name and meaning."""

COUNTERS = {
    "watched": "devices that a browser watches now (a gauge)",
    "events": "events published to browsers",
    "points": "points in these events",
    "invalid_records": "Kafka records skipped: not readable, or of another version",
}
