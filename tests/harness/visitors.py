"""Browsers and scripts that ask a VM all the time, and note when it did not answer."""

import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any, NamedTuple, Self

import requests
import urllib3

ROUNDS_PER_CONNECTION = 3
TIMEOUT_SECONDS = 30


class Failure(NamedTuple):
    """A request without a good answer; *at* is of the monotonic clock."""

    at: float
    what: str
    reason: str


class Visitors:
    """Threads that ask for pages and lists and send messages; use it as a context manager.

    A request is sent again only as browsers do it: when a connection that was used before ended
    without a byte of an answer. The messages have numbers from *first* on; *acknowledged* are those
    that were. With the id of the *device* its history is asked for too. *longest_waits* has, by
    what was asked for, the longest time that any thread was without a good answer.
    """

    def __init__(
        self,
        port: int,
        key: str,
        token: str,
        *,
        first: int,
        threads: int = 2,
        pause: float = 0.05,
        device: str = "",
    ) -> None:
        self.acknowledged: set[int] = set()
        self.failures: list[Failure] = []
        self.answered = 0
        self.longest_waits: dict[str, float] = {}
        self._url = f"https://localhost:{port}"
        self._numbers = count(first)
        self._key, self._token, self._device = key, token, device
        self._pause_seconds = pause
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._threads = [threading.Thread(target=self._visit, daemon=True) for _ in range(threads)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS + 10)

    def _visit(self) -> None:
        began_at = time.monotonic()
        answered_at: dict[str, float] = {}
        while not self._is_over.is_set():
            with _session() as session:
                for number, (what, ask) in enumerate(self._requests(session)):
                    is_good = self._note(what, ask, is_reused=number > 0)
                    now = time.monotonic()
                    self._note_wait(what, now - answered_at.get(what, began_at))
                    if is_good:
                        answered_at[what] = now
                    if self._is_over.wait(self._pause_seconds):
                        return

    def _note_wait(self, what: str, seconds: float) -> None:
        with self._lock:
            self.longest_waits[what] = max(self.longest_waits.get(what, 0.0), seconds)

    def _requests(
        self, session: requests.Session
    ) -> Iterator[tuple[str, Callable[[], requests.Response]]]:
        options: dict[str, Any] = {"timeout": TIMEOUT_SECONDS, "allow_redirects": False}
        as_owner = options | {"headers": {"Authorization": f"Bearer {self._key}"}}
        for _ in range(ROUNDS_PER_CONNECTION):
            yield "the page", partial(session.get, f"{self._url}/login", **options)
            yield "the list", partial(session.get, f"{self._url}/api/data?per_page=1", **as_owner)
            if self._device:
                path = f"/api/devices/{self._device}/readings?keys=seq"
                yield "the history", partial(session.get, f"{self._url}{path}", **as_owner)
            yield "the message", partial(self._send, session, options)

    def _send(self, session: requests.Session, options: dict[str, Any]) -> requests.Response:
        number = next(self._numbers)
        url = f"{self._url}/api/v1/{self._token}/telemetry"
        answer = session.post(url, json={"seq": number}, **options)
        if answer.status_code == 200:
            with self._lock:
                self.acknowledged.add(number)
        return answer

    def _note(self, what: str, ask: Callable[[], requests.Response], *, is_reused: bool) -> bool:
        """Ask, and return whether the answer was good."""
        try:
            answer = _as_a_browser(ask, is_reused=is_reused)
            reason = "" if answer.status_code == 200 else f"{answer.status_code} {answer.text[:80]}"
        except requests.RequestException as error:
            reason = repr(error)[:200]
        now = time.monotonic()
        with self._lock:
            if reason:
                self.failures.append(Failure(now, what, reason))
            else:
                self.answered += 1
        return not reason


def _as_a_browser(ask: Callable[[], requests.Response], *, is_reused: bool) -> requests.Response:
    try:
        return ask()
    except requests.ConnectionError:
        if not is_reused:
            raise
        return ask()


def is_served(port: int) -> bool:
    """Return whether the first page comes now."""
    try:
        return _session().get(f"https://localhost:{port}/login", timeout=5).status_code == 200
    except requests.RequestException:
        return False


def is_changed(port: int, key: str, device: Mapping[str, str]) -> bool:
    """Return whether a change of a device, which asks for the primary, is accepted now."""
    url = f"https://localhost:{port}/api/devices/{device['id']}"
    headers = {"Authorization": f"Bearer {key}"}
    try:
        answer = _session().patch(url, json={"name": device["name"]}, headers=headers, timeout=5)
    except requests.RequestException:
        return False
    return answer.status_code == 200


def _session() -> requests.Session:
    warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
    session = requests.Session()
    # The certificate is self-signed; one that the environment names would count more.
    session.verify = session.trust_env = False
    return session
