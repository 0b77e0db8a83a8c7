"""Decide how long ingest rests after a turn that found something; pure.

A turn costs a round trip to Kafka, a fetch of the writer and an insert, however little it hands
on. So batches grow with the load until a tenth of a second, and the first message after a pause
never waits.
"""

SHORTEST_SECONDS = 0.02
LONGEST_SECONDS = 0.1
SECONDS_A_RATE = 50e-6  # 500 messages a second: every 25 ms; 1,000: every 50 ms


def seconds_between_turns(frames: int, seconds: float) -> float:
    """Return how far apart turns should begin when *frames* came within *seconds*."""
    rate = frames / max(seconds, 0.001)
    return min(max(rate * SECONDS_A_RATE, SHORTEST_SECONDS), LONGEST_SECONDS)
