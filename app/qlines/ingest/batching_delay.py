"""Decide how far apart batches are; pure.

Every batch costs a round trip to Kafka, a fetch by the writer and an insert, however small it is.
So the delay grows with the message rate, and the first message after a pause is not delayed.
"""

MIN_SECONDS = 0.02
MAX_SECONDS = 0.1
SECONDS_PER_MESSAGE_RATE = 50e-6  # 500 messages/s: a batch every 25 ms; 1,000: every 50 ms


def seconds_between_batches(frames: int, seconds: float) -> float:
    """Return how far apart batches should begin when *frames* arrived within *seconds*."""
    rate = frames / max(seconds, 0.001)
    return min(max(rate * SECONDS_PER_MESSAGE_RATE, MIN_SECONDS), MAX_SECONDS)
