"""Evaluate alarm rules where it is this container's turn: on the active twin, on one of all nodes.

=======================================  =====================================================
this side is not the active one          rest; the active one evaluates
another node holds the lease             rest; it ends 15 s after that node was lost
the lease is ours                        a term begins with what is stored
any trouble in a term                    the term ends, and the fence rises with the next one
=======================================  =====================================================
"""

import logging
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from qlines.alarms.changes import MissedError
from qlines.alarms.kafka_log import KafkaLog
from qlines.alarms.term import Term, zeros
from qlines.clients.kafka import PositionLostError
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Beats
from qlines.role import ACTIVE, Role
from qlines.store.alarm_commit import AlarmsDifferError
from qlines.store.lease import FencedError, FencedLease

log = logging.getLogger(__name__)

# What ends a term although nothing is wrong: the next one begins with what is stored.
BEGIN_AGAIN = (AlarmsDifferError, AssignmentChangedError, MissedError, PositionLostError)
# Who was followed by another one leaves it alone for so long: two who both believe that it is their
# turn would otherwise only end each other's terms.
STAND_BACK_SECONDS = 5.0


class Evaluator:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self,
        lease: FencedLease,
        own: KafkaLog,
        make_term: Callable[[Counter[str]], Term],
        *,
        role: Callable[[], Role],
        heartbeat: Beats,
        clock: Clock,
    ) -> None:
        self._lease = lease
        self._own = own
        self._make_term = make_term
        self._role = role
        self._heartbeat = heartbeat
        self._clock = clock
        self._term: Term | None = None
        self._stand_back_until = float("-inf")
        self.counters = zeros()

    def run_once(self) -> bool:
        """Run one iteration; return False when there is nothing to do for a moment.

        Raise StoreUnavailableError when MongoDB or Kafka does not answer.
        """
        try:
            return self._iterate()
        except BEGIN_AGAIN as error:
            log.info("evaluating again from what is stored: %s", error)
            self._end_term()
            return True
        except FencedError as error:
            log.warning("another one evaluates alarm rules: %s", error)
            self._stand_back_until = self._clock.monotonic() + STAND_BACK_SECONDS
            self._end_term()
            return False
        except StoreUnavailableError as error:
            if error.store == "kafka":
                self._own.close()
            self._end_term()
            raise
        except BaseException:
            self._end_term()
            raise

    def stop(self) -> None:
        """Store what has been evaluated, and let another one take over at once."""
        if self._term is not None:
            with suppress(StoreUnavailableError, FencedError, *BEGIN_AGAIN):
                self._term.finish()
            self._end_term()
        self._lease.end()

    def _iterate(self) -> bool:
        if not self._is_ours():
            return False
        if self._term is None:
            self._begin()
            return True
        has_rules = self._term.run_once()
        sentence = "evaluating alarm rules" if has_rules else "no alarm rule is enabled"
        lag_ms = 1000 * self.counters["lag_seconds"]
        self._heartbeat.beat(sentence, counters=self.counters, lag_ms=lag_ms)
        return has_rules

    def _is_ours(self) -> bool:
        role = self._role()
        if role.role != ACTIVE:
            self._rest(f"the other side evaluates alarm rules: {role.sentence}", gives_up=True)
            return False
        if self._clock.monotonic() < self._stand_back_until:
            self._rest("another one evaluates alarm rules", gives_up=False)
            return False
        if not self._lease.is_held():
            self._rest(f"{self._lease.holder} evaluates alarm rules", gives_up=False)
            return False
        return True

    def _begin(self) -> None:
        self._term = self._make_term(self.counters)
        self._term.begin()
        self.counters["is_evaluating"] = 1
        log.info("evaluating alarm rules, with the fence %s", self._lease.claim.fence)

    def _rest(self, sentence: str, *, gives_up: bool) -> None:
        if self._term is not None:
            log.info("%s", sentence)
            self._end_term()
            if gives_up:
                self._lease.end()
        self._heartbeat.beat(sentence, counters=self.counters, lag_ms=0)

    def _end_term(self) -> None:
        term, self._term = self._term, None
        self.counters["is_evaluating"] = 0
        if term is None:
            return
        self.counters["restarts"] += 1
        # Nobody knows whether its last transaction was committed: it must have ended before the
        # next term reads what is stored.
        with suppress(StoreUnavailableError):
            term.close()
        self._lease.begin_again()
