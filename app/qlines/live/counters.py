"""The counters and the gauge of live: name and meaning."""

COUNTERS = {
    "events": "events published to browsers",
    "points": "points in these events",
    "invalid_records": "Kafka records skipped: not readable, or of another version",
}
GAUGES = {
    "watched": "devices that a browser watches now",
}
