"""The state of one rule for one device: immutable, and small enough to be stored with each step."""

from typing import Literal, NamedTuple

from qlines.evaluation.chain import Entry, start
from qlines.evaluation.effect import Effect
from qlines.evaluation.fold import BLOCKED, FRESH, Fold
from qlines.evaluation.publish import Published

Status = Literal["ok", "pending", "active", "clearing"]
HEARD_EVERY_US = 300_000_000  # so much may the stored moment of the last reading be too early
MIN_ROOM = 16  # readings between two cuts of a chain


class Late(NamedTuple):
    """The readings that came too late to change now, as far as they make an alarm of the past.

    *received_us* is when the last one arrived, *newest* the chain, *raised* what it found true and
    not ended yet, with the highest severity so far.
    """

    received_us: int
    newest: Entry
    room: int
    raised: Effect | None


class State(NamedTuple):
    """What is known of a device for one rule.

    *newest* is the chain of its last readings with what they amount to, *room* how many more it
    takes before it is cut. *published* is the alarm that is active, None for none. *ticked_us* is
    the moment of the last tick that changed something. *clock_off_us* is by how much the last
    reading missed its arrival, when that is more than the lateness: positive behind our clock,
    negative ahead of it, 0 once one is in time. *problem* is a sentence for the rule's page, or "".

    Of silence: *watched_us* is since when readings would have been noticed, *heard_us* when one
    was, 0 for never. It follows the memories of the state by steps of HEARD_EVERY_US.
    """

    newest: Entry
    room: int = MIN_ROOM
    published: Published | None = None
    late: Late | None = None
    ticked_us: int = 0
    clock_off_us: int = 0
    problem: str = ""
    watched_us: int = 0
    heard_us: int = 0

    @classmethod
    def new(cls, watched_us: int = 0, heard_us: int = 0) -> "State":
        """Return the state of a device that the rule knows nothing of.

        *watched_us*: silence counts from then on, not from before. *heard_us*: when its last
        reading arrived, where that is known; otherwise it is a device that never sent any.
        """
        return cls(start(FRESH), watched_us=watched_us, heard_us=heard_us)

    @classmethod
    def suppressed(cls, watched_us: int = 0, heard_us: int = 0) -> "State":
        """Return a new state that raises nothing before everything was false once."""
        return cls(start(BLOCKED), watched_us=watched_us, heard_us=heard_us)

    def watched_from(self, now_us: int) -> "State":
        """Return the state after a start: silence counts from *now_us* on, unless it is active."""
        return self._replace(watched_us=now_us)

    def continued(self, since_us: int, now_us: int) -> "State":
        """Return the stored state after a start, when readings were noticed since *since_us*.

        When it was heard last may be HEARD_EVERY_US later than the state says, but that of one for
        which a level is true already.
        """
        is_waiting = any(moment is not None for moment in self.newest.fold.since)
        heard_us = 0 if is_waiting else min(now_us, self.last_heard_us + HEARD_EVERY_US)
        return self._replace(watched_us=max(since_us, heard_us))

    def cleared_by_hand(self) -> "State":
        """Return the state without its alarm; the next one needs everything false once before.

        It is false already where the alarm only waited for ``keep_for``.
        """
        fold = self.newest.fold
        is_true = fold.clearing_us is None
        blocked = Fold(
            fold.memory, fold.since, (False,) * len(fold.on), None, None, fold.ended, is_true, False
        )
        return self._replace(
            newest=start(blocked, self.newest.ts_us), room=MIN_ROOM, published=None
        )

    def untold(self) -> "State":
        """Return the state of a rule that begins with what the device has sent before.

        Of what that makes active nobody has heard yet: the next tick raises it.
        """
        return self._replace(published=None)

    @property
    def status(self) -> Status:
        """Return the word for people."""
        fold = self.newest.fold
        if self.published is not None:
            return "active" if fold.clearing_us is None else "clearing"
        if fold.is_blocked or fold.active is not None:
            return "ok"
        return "ok" if all(moment is None for moment in fold.since) else "pending"

    def must_be_stored(self, stored: "State | None") -> bool:
        """Return whether a restart would lose what counts when *stored* is what is kept.

        Not where a new state serves as well, and all that is lost is the order of a minute. Of
        silence, when it was heard last need not be stored each time, but whether it ever was, and
        now and then.
        """
        if self is stored:
            return False
        if self.heard_us != (0 if stored is None else stored.heard_us):
            return True
        return not (self._is_over and (stored is None or stored._is_over))

    @property
    def last_heard_us(self) -> int:
        """Return when a rule about silence heard the device last, 0 for never."""
        heard = [moment for moment in self.newest.fold.memory if type(moment) is int]
        return max(heard) if heard else self.heard_us

    @property
    def _is_quiet(self) -> bool:
        return self.published is None and self.newest.fold.is_settled

    @property
    def _is_over(self) -> bool:
        fold, is_late = self.newest.fold, self.late is not None and self.late.raised is not None
        # Of a level that is about all of its conditions, one may be true long before the others.
        is_true_in_part = any(memory is True for memory in fold.memory)
        return self._is_quiet and fold.active is None and not is_true_in_part and not is_late
