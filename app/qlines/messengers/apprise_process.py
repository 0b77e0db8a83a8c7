"""Let a process of its own use Apprise: for its time limit, its memory and what it may reach.

Apprise is large, and its services are reached by code of many people. Of a process one can say how
long it may take, what it may connect to and read (apprise_child.py), and that it has no secrets of
ours; 60 MB are given back with it. It takes 0.8 s of a core for each message.
"""

import os
import signal
import subprocess
import sys
from typing import Any

import orjson

from qlines.webhook.url import Rules

CHILD = (sys.executable, "-m", "qlines.messengers.apprise_child")
SECONDS = 20.0  # of one attempt, as of the other channels
PERHAPS = "it may have arrived, so it is not sent again"
NO_REASON = "Apprise has failed and gives no reason"


class Apprise:
    """Uses Apprise under the *rules* for webhooks; each call waits for a process to end."""

    def __init__(
        self, rules: Rules, command: tuple[str, ...] = CHILD, seconds: float = SECONDS
    ) -> None:
        self._rules = rules
        self._command = command
        self._seconds = seconds

    def check(self, url: str) -> str:
        """Return what is wrong with an address, without its secrets; "" for nothing."""
        return self._call({"url": url}, "try again")

    def send(self, url: str, title: str, text: str, kind: str) -> str:
        """Send a message once; return "" when it was delivered, else a reason without secrets."""
        return self._call({"url": url, "title": title, "text": text, "kind": kind}, PERHAPS)

    def _call(self, request: dict[str, Any], remedy: str) -> str:
        more = {"allows_private": self._rules.allows_private, "seconds": self._seconds}
        ended = subprocess.run(  # noqa: S603 - our own words, the address goes by standard input
            self._command,
            input=orjson.dumps(request | more),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # it may show the address
            env=_environment(),
            check=False,
        )
        if ended.returncode == -signal.SIGALRM:  # by itself, also when this process is killed
            return f"Apprise did not end within {self._seconds:g} seconds: {remedy}"
        try:
            return str(orjson.loads(ended.stdout)["reason"])
        except (orjson.JSONDecodeError, KeyError, TypeError):
            return f"{NO_REASON}: {remedy}"


def _environment() -> dict[str, str]:
    """Return what the process needs to run, and none of our settings: they have secrets."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    path = os.pathsep.join(folder for folder in sys.path if folder)
    return {**kept, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}  # it may write no files
