"""The counters of the HTTP API for devices: name and meaning."""

COUNTERS = {
    "accepted": "messages that are in the spool",
    "refused": "messages rejected before the spool, with a reason shown to the device's owner",
    "unknown_tokens": "requests with an unknown token",
    "unavailable": "requests answered with 503, because the spool or the registry was unavailable",
}
