"""Ask both apps, both blogs and the other controller, all at once."""

import http.client
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

from appliance.shared.twin import PROXY_SERVICES
from ha.view import Condition, Observation, Role

TIMEOUT_SECONDS = 1.5
MAX_BYTES = 10_000_000
LOOPBACK = "127.0.0.1"
APP_READY = "/health/ready"
BLOG_HEALTH = "/health"
# What an app says while the operator has drained it, and what a blog says that shows its pages.
DRAINING = "draining"
BLOG_SERVES = ("ok", "degraded")


class Place(NamedTuple):
    """Where something answers."""

    host: str
    port: int
    path: str


APPS = {
    "own": Place("app", 5001, APP_READY),
    "other": Place(LOOPBACK, PROXY_SERVICES["health"], APP_READY),
}
BLOGS = {
    "own": Place("blog", 8081, BLOG_HEALTH),
    "other": Place(LOOPBACK, PROXY_SERVICES["blog-health"], BLOG_HEALTH),
}
CONTROLLER = Place(LOOPBACK, PROXY_SERVICES["ha"], "/view")


class Round(NamedTuple):
    """The answers of one round, by ``own`` and ``other``; *peer* is the other controller's view."""

    apps: Mapping[str, Observation]
    blogs: Mapping[str, Observation]
    peer: Mapping[str, Any] | None


class Observer:
    """Asks in threads of its own, so that one place that does not answer delays no other."""

    def __init__(self, *, has_blog: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._blogs = BLOGS if has_blog else {}
        self._pool = ThreadPoolExecutor(max_workers=5, thread_name_prefix="ask")
        self._asked: dict[Place, Future[dict[str, Any] | str]] = {}

    def observe(self) -> Round:
        """Return one round of answers; it takes TIMEOUT_SECONDS at most."""
        at = self._now()
        answers = self._ask_all([*APPS.values(), *self._blogs.values(), CONTROLLER])
        peer = answers[CONTROLLER]
        return Round(
            {name: app(at, answers[place]) for name, place in APPS.items()},
            {name: blog(at, answers[place]) for name, place in self._blogs.items()},
            None if isinstance(peer, str) else peer,
        )

    def _ask_all(self, places: Sequence[Place]) -> dict[Place, dict[str, Any] | str]:
        """Return what each answered in time; who still owes an answer is not asked another time.

        A name that does not resolve may take longer than any timeout of a connection.
        """
        owing = {place for place, answer in self._asked.items() if not answer.done()}
        for place in places:
            if place not in owing:
                self._asked[place] = self._pool.submit(ask, place)
        wait(self._asked.values(), TIMEOUT_SECONDS)
        return {
            place: self._asked[place].result()
            if self._asked[place].done() and place not in owing
            else f"no answer within {TIMEOUT_SECONDS} s"
            for place in places
        }


def app(at: float, answer: dict[str, Any] | str) -> Observation:
    """Return what an app's `/health/ready` says; *answer* is its document, or why nothing came."""
    if isinstance(answer, str):
        return Observation(at, Condition.UNREACHABLE, reason=answer)
    status = answer.get("status")
    condition = Condition.READY if status == "ok" else Condition.UNREADY
    if status == DRAINING:
        condition = Condition.DRAINING
    role = answer.get("role")
    return Observation(
        at,
        condition,
        Role(role) if role in tuple(Role) else Role.UNKNOWN,
        role_since=str(answer.get("role_since") or ""),
        reason="" if condition is Condition.READY else f"{status}: {answer.get('reason', '')}",
    )


def blog(at: float, answer: dict[str, Any] | str) -> Observation:
    """Return what a blog's `/health` says; one site of several that works is enough."""
    if isinstance(answer, str):
        return Observation(at, Condition.UNREACHABLE, reason=answer)
    if answer.get("status") in BLOG_SERVES:
        return Observation(at, Condition.READY)
    return Observation(at, Condition.UNREADY, reason=str(answer.get("status")))


def ask(place: Place, timeout_seconds: float = TIMEOUT_SECONDS) -> dict[str, Any] | str:
    """Return the document of an answer whatever its status, or why nothing came."""
    connection = http.client.HTTPConnection(place.host, place.port, timeout=timeout_seconds)
    try:
        connection.request("GET", place.path, headers={"User-Agent": "qlines-ha"})
        document = json.loads(connection.getresponse().read(MAX_BYTES))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return document if isinstance(document, dict) else "an answer that is not an object"
