"""Whether the evaluator sees what devices send; pure.

"No data" means that the device was silent, not that QLines was: while Kafka does not answer, while
readings wait in the spool, while this program is behind, or while it did not run, nobody can say.
After a longer blindness silence counts from then on. A start is one unless what is stored says that
another program has seen until a moment before: a program that ends every few minutes still finds
what is silent for longer. The loss of the twin is one too: what it has taken, and nobody has read,
is not known before it is back, and its devices need a moment to come to this side.
"""

# Of a shorter one nobody notices: a program that restarts, a burst that is worked off.
SHORT_US = 30_000_000
MAX_LAG_MS = 3_000


class Sight:
    """Follows whether we see."""

    def __init__(self) -> None:
        self.is_clear = False
        self.since_us: int | None = None  # we have seen since then, without a longer blindness
        self.seen_us: int | None = None
        self._was_blind = self._is_twin_gone = False

    def continued(self, since_us: int, seen_us: int) -> None:
        """Take over what another program has seen, from *since_us* until *seen_us*, 0 for never."""
        if since_us and seen_us:
            self.since_us, self.seen_us = since_us, seen_us

    def lost(self) -> None:
        """Note that records are missing: what they had is not known."""
        self.since_us = self.seen_us = None

    def saw(self, written_us: int) -> None:
        """Note when a record was written that was read: its writer hears the devices."""
        if self.seen_us is not None:
            self._see(written_us)

    def note_twin(self, now_us: int, *, is_gone: bool) -> None:
        """Note whether the log of the twin can be read."""
        if is_gone and not self._is_twin_gone:
            self._begin(now_us)
        self._is_twin_gone = is_gone

    def note(self, now_us: int, *, lag_ms: int | None) -> None:
        """Note how far behind we are, None when Kafka does not answer."""
        self.is_clear = lag_ms is not None and lag_ms <= MAX_LAG_MS
        if self.is_clear:
            self._see(now_us)

    def take_was_blind(self) -> bool:
        """Return whether we see again after we did not, once each time."""
        was_blind, self._was_blind = self._was_blind, False
        return was_blind

    def _see(self, at_us: int) -> None:
        if self.seen_us is None or at_us - self.seen_us > SHORT_US:
            self._begin(at_us)
        self.seen_us = max(at_us, self.seen_us or at_us)

    def _begin(self, at_us: int) -> None:
        self._was_blind, self.since_us = True, at_us
