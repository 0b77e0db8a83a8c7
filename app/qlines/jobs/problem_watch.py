"""Send the operator what the health report of this appliance finds, and when it is over.

Each twin and each node reads its own report, whether or not it serves at this moment.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock, utc_datetime
from qlines.errors import NotFoundError, StoreUnavailableError
from qlines.health_report import DEEP
from qlines.jobs.notification import is_admin
from qlines.jobs.problems import (
    Judgement,
    Problem,
    found_in,
    judge,
    message_cleared,
    message_raised,
    unanswered,
)
from qlines.jobs.retrying_thread import RetryingThread
from qlines.store import appliance_problems, channels, notifications, users
from qlines.store.channels import Channel
from qlines.store.notifications import Notification

EVERY_SECONDS = 10.0


class ProblemWatch:
    """Call `look` now and then; *place* is the side or the node, "" where there is one only."""

    def __init__(
        self, db: Documents, place: str, ask: Callable[[str], Mapping[str, Any]], clock: Clock
    ) -> None:
        self._db = db
        self._place = place
        self._ask = ask
        self._clock = clock

    def look(self) -> Judgement:
        """Read the report and add messages about what has changed to the outbox.

        Raise StoreUnavailableError in an outage of MongoDB; the next look finds the same again.
        """
        stored = appliance_problems.of_place(self._db, self._place)
        before = tuple(Problem(**problem) for problem in stored)
        now = utc_datetime(self._clock.now_us())
        judged = judge(before, self._found(before), now)
        if judged.problems != before:
            messages = _messages(self._place, judged, _receivers(self._db), now)
            problems = [problem._asdict() for problem in judged.problems]
            appliance_problems.put(self._db, self._place, problems, messages)
        return judged

    def _found(self, before: tuple[Problem, ...]) -> dict[str, tuple[str, str]]:
        try:
            return found_in(self._ask(DEEP))
        except StoreUnavailableError:
            return unanswered(before)


class ProblemWatchThread(RetryingThread):
    """Runs a watch every EVERY_SECONDS, until `stop`, whatever error a look ends with."""

    def __init__(self, watch: ProblemWatch) -> None:
        backoff = Backoff(max_seconds=EVERY_SECONDS)
        super().__init__("problem-watch", "messages about this appliance", backoff)
        self._watch = watch

    def _iterate(self) -> None:
        self._watch.look()
        self._recovered()  # before the pause
        self._is_stopping.wait(EVERY_SECONDS)


def _receivers(db: Documents) -> list[Channel]:
    """Return the channels for messages about the appliance that are on and whose owner may."""
    return [one for one in channels.operators(db) if one["enabled"] and _is_admins(db, one)]


def _is_admins(db: Documents, channel: Channel) -> bool:
    try:
        return is_admin(users.find(db, channel["owner"]))
    except NotFoundError:
        return False


def _messages(
    place: str, judged: Judgement, receivers: Iterable[Channel], now: datetime
) -> list[Notification]:
    where = f", {place}" if place else ""
    words = [message_raised(where, problem) for problem in judged.raised]
    words += [message_cleared(where, problem) for problem in judged.cleared]
    return [
        notifications.notice(channel["owner"], channel["_id"], *one, now, "operator")
        for channel in receivers
        for one in words
    ]
