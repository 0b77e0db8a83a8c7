"""The names of what ingest counts, with their meaning; health and metrics show them as they are."""

COUNTERS = {
    "accepted": "messages of which at least something was stored, or that had nothing to store",
    "readings": "readings handed to Kafka; a message may hold several",
    "attributes": "client attributes taken from messages",
    "rejected": "messages dropped as a whole, with a reason that their owner sees",
    "keys_dropped": "messages of which some keys were dropped, with a reason that their owner sees",
    "refused": "messages that the broker or the web app refused at the door",
    "unregistered": "readings dropped because a gateway named a device that is not registered",
    "strangers": "connections and requests with an unknown token",
    "removed": "frames dropped because their device was removed meanwhile",
    "unknown_frames": "frames of a kind that this version does not know",
    "damaged_frames": "frames of the spool with a wrong checksum, skipped",
    "torn_tails": "ends of spool segments that were not written whole, skipped",
    "insane_lengths": "spool segments given up because a frame's length made no sense",
}
