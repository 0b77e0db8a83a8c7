"""The names of what live counts, with their meaning; health and metrics show them."""

COUNTERS = {
    "watched": "devices that somebody looks at now",
    "events": "events published to browsers",
    "points": "points in these events",
    "damaged_records": "records passed over because they are not readable",
}
