"""How good this VM is at serving the address, from its own proxy's health report; pure.

A standing is what keepalived adds to its priority, and the VM with the higher one has the address.
With equal ones it stays where it is, so it moves only when that is of use to somebody:

====================================  =============================================================
the own proxy                         why it is worth that
====================================  =============================================================
serves, and the VM is not drained     GOOD: it sends everybody to the active app, wherever that is
serves, and the VM is drained         the other one is preferred, if it serves too
answers that people get no page       the other one may reach an app, this one does not
does not answer                       anything is better
====================================  =============================================================
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

# A worse standing counts after so many answers in a row: the proxy's controller may be restarted.
ANSWERS = 3


class Standing(NamedTuple):
    """What is added to the priority, at most 0, and what the own proxy is, in words."""

    priority: int
    sentence: str


GOOD = Standing(0, "its proxy serves")
DRAINED = Standing(-30, "it is drained")
USELESS = Standing(-60, "its proxy reaches no app")
DEAD = Standing(-90, "its proxy does not answer")


def standing_of(status: int | None, report: Mapping[str, Any]) -> Standing:
    """Return the standing after an answer of `/proxy-health`; *status* None means no answer."""
    if status is None:
        return DEAD
    if status != 200:
        return USELESS
    twin = report.get("twin") or {}
    own = twin.get("sides", {}).get(twin.get("side"), {})
    return DRAINED if own.get("app") == "draining" else GOOD


def steady(newest: Sequence[Standing]) -> Standing:
    """Return the best of the newest ANSWERS: a better one counts at once, a worse one later."""
    return max(newest[-ANSWERS:], key=lambda standing: standing.priority, default=DEAD)
