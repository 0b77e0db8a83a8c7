"""Decide how far apart batches are; pure.

Every batch costs a round trip to Kafka, a fetch by the writer and an insert, however small it is.
So the delay grows with the message rate, and the first message after a pause is not delayed. It
does not grow between 1,000 and 5,000 messages/s: one device at its limit, which is 2,000, must not
delay the others.
"""

MIN_SECONDS = 0.02
CALM_SECONDS = 0.05
MAX_SECONDS = 0.1
CALM_RATE = 5_000  # messages/s
SECONDS_PER_RATE = 50e-6  # 500 messages/s: a batch every 25 ms; 1,000: every 50 ms
SECONDS_PER_RATE_ABOVE_CALM = 10e-6  # 10,000 messages/s: a batch every 100 ms


def seconds_between_batches(frames: int, seconds: float) -> float:
    """Return how far apart batches should begin when *frames* arrived within *seconds*."""
    rate = frames / max(seconds, 0.001)
    calm = min(rate * SECONDS_PER_RATE, CALM_SECONDS)
    busy = CALM_SECONDS + (rate - CALM_RATE) * SECONDS_PER_RATE_ABOVE_CALM
    return min(max(calm, busy, MIN_SECONDS), MAX_SECONDS)
