"""Whether the evaluator sees what devices send; pure.

"No data" means that the device was silent, not that QLines was: while Kafka does not answer, while
readings wait in the spool, while this program is behind, or while it did not run, nobody can say.
After a start, and after a longer blindness, silence counts from then on.
"""

# Of a shorter one nobody notices: a program that restarts, a burst that is worked off.
SHORT_US = 30_000_000
MAX_LAG_MS = 3_000


class Sight:
    """Follows whether we see."""

    def __init__(self) -> None:
        self.is_clear = False
        self._seen_us: int | None = None
        self._was_blind = False

    def note(self, now_us: int, *, lag_ms: int | None) -> None:
        """Note how far behind we are, None when Kafka does not answer."""
        self.is_clear = lag_ms is not None and lag_ms <= MAX_LAG_MS
        if self.is_clear:
            self._was_blind |= self._seen_us is None or now_us - self._seen_us > SHORT_US
            self._seen_us = now_us

    def take_was_blind(self) -> bool:
        """Return whether we see again after we did not, once each time."""
        was_blind, self._was_blind = self._was_blind, False
        return was_blind
