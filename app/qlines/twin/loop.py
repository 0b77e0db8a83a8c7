"""One iteration of `twin`: see which role this side has, note it, and take the next step."""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from appliance.shared.twin import Twin
from qlines.clients.mongodb_command import Answer
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.role import ACTIVE, UNKNOWN, Role
from qlines.twin import copy_again
from qlines.twin.counters import COUNTERS
from qlines.twin.members import Config, States, next_step
from qlines.twin.replica_set import RefusedError
from qlines.twin.role_of import continued, role_of

log = logging.getLogger(__name__)

# A step that was refused, mostly because the one before is not in effect everywhere yet.
AGAIN_AFTER_SECONDS = 2.0


class Set(Protocol):
    """What the loop needs of MongoDB's set."""

    def hello(self) -> Answer:
        """Return who this member is, and who is the primary."""

    def status(self) -> Answer | None:
        """Return how the members are, None while this one belongs to no set."""

    def config(self) -> Config:
        """Return the configuration of the set."""

    def change(self, config: Config) -> None:
        """Change the set; raise RefusedError."""

    def shut_down(self) -> None:
        """Let this MongoDB end, which supervisord starts again."""


class TwinLoop:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self, twin: Twin, mongodb: Set, note: Callable[[Role], None], *,
        heartbeat: Heartbeat, clock: Clock, mark_to_copy_again: Callable[[], None] | None = None,
        is_draining: Callable[[], bool] = lambda: False,
    ) -> None:  # fmt: skip
        self._twin = twin
        self._mongodb = mongodb
        self._note = note
        self._heartbeat = heartbeat
        self._clock = clock
        self._mark_to_copy_again = mark_to_copy_again
        self._is_draining = is_draining
        self._role: Role | None = None
        self._step_at = float("-inf")
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def run_once(self) -> bool:
        """Run one iteration; return False, because there is never more to do at once.

        Raise StoreUnavailableError when this side's MongoDB does not answer; the role is unknown
        then.
        """
        at = self._clock.now_us() / 1e6
        try:
            hello, status = self._mongodb.hello(), self._mongodb.status()
        except StoreUnavailableError:
            self._see(Role(UNKNOWN, at, at, "MongoDB of this side does not answer"))
            raise
        seen = self._see(role_of(self._twin, hello, status, at))
        is_time = self._clock.monotonic() >= self._step_at
        # A drain has given the other side a vote, to be elected with, even without a witness.
        if seen.role == ACTIVE and status and is_time and not self._is_draining():
            self._take_next_step(hello["me"], states_of(status))
        if self._mark_to_copy_again and copy_again.is_needed(seen, status):
            log.warning("this side was away too long to catch up: it copies all from the other")
            self.counters["copies"] += 1
            self._mark_to_copy_again()
            self._mongodb.shut_down()
        self._heartbeat.beat(seen.sentence, counters=self.counters)
        return False

    def _see(self, new: Role) -> Role:
        seen, before = continued(new, self._role), self._role
        if before is None or seen.role != before.role:
            self.counters["role_changes"] += 1
        if before is None or headline(seen) != headline(before):
            log.info("%s: %s", seen.role, seen.sentence)
        self._role = seen
        self._note(seen)
        return seen

    def _take_next_step(self, own_host: str, states: States) -> None:
        step = next_step(self._mongodb.config(), self._twin, states, own_host)
        if step is None:
            return
        try:
            self._mongodb.change(step.config)
        except RefusedError as error:
            self._step_at = self._clock.monotonic() + AGAIN_AFTER_SECONDS
            log.info("not yet: %s (%s)", step.sentence, error)
        else:
            self.counters["steps"] += 1
            log.info("%s", step.sentence)


def states_of(status: Answer) -> dict[str, str]:
    """Return the state of each member that is up, by its host."""
    return {one["name"]: one["stateStr"] for one in status["members"] if one.get("health")}


def headline(role: Role) -> str:
    """Return the sentence without how far a side is behind, which changes every second."""
    return role.sentence.partition(", this side is ")[0]
