"""The counters of ingest, with their meaning; they appear in /metrics under these names."""

COUNTERS = {
    "accepted": "messages of which at least something was stored, or that were empty",
    "readings": "readings published to Kafka; one message may contain several",
    "attributes": "client attributes received",
    "answers": "answers of devices to commands received",
    "claims": "messages received by which a device said that it can be claimed",
    "rejected": "messages rejected as a whole, with a reason shown to the device's owner",
    "keys_dropped": "messages of which some keys were dropped, with a reason shown to the owner",
    "keys_over_limit": "new keys dropped because their device had QLINES_DEVICE_KEYS already",
    "refused": "messages that the broker or the web app rejected before they reached the spool",
    "limited": "lines for owners about a device that reached a limit, at most one a minute each",
    "unregistered": "readings dropped because a gateway named an unregistered device",
    "unknown_tokens": "connections and requests with an unknown token",
    "removed": "frames dropped because their device was removed in the meantime",
    "unknown_frames": "frames of a kind that this version does not know, skipped",
    "corrupt_frames": "frames with a wrong checksum, skipped",
    "torn_tails": "incomplete frames at the end of a segment, skipped",
    "invalid_lengths": "segments whose rest was skipped because of a frame of impossible length",
}
