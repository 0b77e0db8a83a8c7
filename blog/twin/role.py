"""Ask the proxy of this VM what the blog is to be, and know for how long its word is good."""

import http.client
import json
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from blog.twin.view import Role

HOST, PORT, PATH = "proxy", 5004, "/role"
TIMEOUT_SECONDS = 2.0
EVERY_SECONDS = 1.0
# A permission is given back before it ends: MariaDB needs a moment to turn read-only.
MARGIN_SECONDS = 1.0
MAX_BYTES = 4096


class RoleError(Exception):
    """The proxy gave no answer that says a role; the text says why."""


class Word(NamedTuple):
    """What the proxy said: a role and why, good until *until* on the monotonic clock."""

    role: Role
    sentence: str
    until: float

    def at(self, now: float) -> "Word":
        """Return what holds now: READ_ONLY after its time."""
        if now < self.until:
            return self
        sentence = f"the proxy has not said for {now - self.until:.0f} s what this blog is to be"
        return Word(Role.READ_ONLY, sentence, self.until)


class RoleAsker(threading.Thread):
    """Asks once a second in a thread of its own: a name that is looked up may take long.

    *ask* returns the proxy's document or raises RoleError; *changed* is set at another role.
    """

    def __init__(
        self, ask: Callable[[], dict[str, Any]], now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(daemon=True)
        self._ask = ask
        self._now = now
        self._word = Word(Role.READ_ONLY, "", now())
        self.changed = threading.Event()

    def run(self) -> None:
        """Ask forever."""
        while True:
            self.ask_once()
            time.sleep(EVERY_SECONDS)

    def ask_once(self) -> None:
        """Ask, and remember an answer; without one the last holds as long as it is good."""
        asked_at = self._now()
        try:
            word = parsed(self._ask(), asked_at)
        except RoleError:
            return
        is_other = word.role is not self._word.role
        self._word = word
        if is_other:
            self.changed.set()

    @property
    def word(self) -> Word:
        """What holds now."""
        return self._word.at(self._now())


def parsed(document: dict[str, Any], asked_at: float) -> Word:
    """Return the word of a document; raise RoleError for one that is not valid."""
    try:
        seconds = float(document["valid_seconds"]) - MARGIN_SECONDS
        return Word(Role(document["role"]), str(document["sentence"]), asked_at + seconds)
    except (KeyError, ValueError, TypeError) as error:
        raise RoleError(f"the proxy's answer is not valid: {error!r}") from None


def ask_proxy() -> dict[str, Any]:
    """Return the document of the proxy; raise RoleError."""
    connection = http.client.HTTPConnection(HOST, PORT, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", PATH)
        document = json.loads(connection.getresponse().read(MAX_BYTES))
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise RoleError(str(error) or type(error).__name__) from None
    finally:
        connection.close()
    if not isinstance(document, dict):
        raise RoleError("the proxy's answer is not an object")
    return document
