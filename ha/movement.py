"""Say what is left of a drain or of its end: `python -m ha.movement VERB SECONDS`, in the proxy.

========  =========================================================================
look      say who serves what, and what is wrong; end with 1 if anything is
refuse    wait until the other side could take everything
drained   wait until this side carries no traffic
back      wait until this side stands by or serves, and both proxies know it
========  =========================================================================

What is left is printed when it changes; after SECONDS it is an error, and 1 the status.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ha.view import BlogRole, Condition, Role

State = dict[str, Any]
FILE = Path("/run/proxy/ha.json")
MAX_SILENT_SECONDS = 5.0
EVERY_SECONDS = 0.5
UNKNOWN = "the controller of this VM's proxy has decided nothing for some seconds"


def refusal(state: State) -> list[str]:
    """Return why the other side cannot take everything; pure."""
    other = _other(state)
    app = state["sides"][other]["app"]
    if state["link"] != "up":
        return [f"the link to {other} is down, so nothing can be moved there"]
    if app != Condition.READY:
        return [f"the app of {other} is {app}: `qlines health` over there says why"]
    blogs = {side: seen["blog"] for side, seen in state["sides"].items()}
    if blogs[state["side"]] == Condition.READY and blogs[other] != Condition.READY:
        return [f"the blog of {other} is {blogs[other]}: its health report over there says why"]
    return []


def left_until_drained(state: State) -> list[str]:
    """Return what this side still carries, in sentences; pure."""
    own, other = state["side"], _other(state)
    left = [] if state["sides"][other]["role"] == Role.ACTIVE else [f"{other} is not active yet"]
    for side, lists in _lists(state).items():
        if lists is None:
            left.append(f"the proxy of {side} does not answer")
        elif own in (*lists["app"], *lists["mqtt"]) or lists["blog"][0] == own:
            left.append(f"the proxy of {side} still sends requests to {own}")
    if _has_blogs(state) and state["sides"][other]["blog_role"] != BlogRole.PRIMARY:
        left.append(f"the blog of {other} takes no changes yet")
    return left


def left_until_back(state: State) -> list[str]:
    """Return what this side still lacks, in sentences; pure.

    While the link is down, the other side's proxy is not waited for: that VM may be gone.
    """
    own = state["side"]
    seen = state["sides"][own]
    left = []
    if seen["app"] != Condition.READY:
        left.append(f"the app of {own} is {seen['app']}")
    if seen["role"] == Role.UNKNOWN:
        left.append(f"{own} is neither active nor standby yet")
    for side, lists in _lists(state).items():
        if lists is None:
            if state["link"] == "up":
                left.append(f"the proxy of {side} does not answer")
        elif own not in lists["app"] or own not in lists["mqtt"]:
            left.append(f"the proxy of {side} does not send requests to {own} yet")
    return left


def drained(state: State) -> str:
    """Return the sentence that ends a drain."""
    return f"{state['side']} carries no traffic, {_other(state)} serves everybody"


def back(state: State) -> str:
    """Return the sentence that ends its end."""
    own = state["side"]
    how = "is active" if state["sides"][own]["role"] == Role.ACTIVE else "stands by"
    return f"{own} is back and {how}"


VERBS: dict[str, tuple[Callable[[State], list[str]], Callable[[State], str]]] = {
    "refuse": (refusal, lambda _: ""),
    "drained": (left_until_drained, drained),
    "back": (left_until_back, back),
}


def wait(
    verb: str,
    seconds: float,
    *,
    read: Callable[[], State | None],
    say: Callable[[str], object],
    now: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> bool:
    """Return whether nothing is left within *seconds*; say what is left, and the last sentence."""
    what_is_left, sentence = VERBS[verb]
    give_up_at, said = now() + seconds, ""
    while True:
        state = read()
        left = [UNKNOWN] if state is None else what_is_left(state)
        if state is not None and not left:
            if end := sentence(state):
                say(end)
            return True
        if (text := "; ".join(left)) != said:
            say(text)
            said = text
        if now() >= give_up_at:
            return False
        sleep(EVERY_SECONDS)


def read_state(file: Path = FILE) -> State | None:
    """Return what the controller has noted, None when that is old or missing."""
    try:
        if time.time() - file.stat().st_mtime > MAX_SILENT_SECONDS:
            return None
        state: State = json.loads(file.read_text())
    except (OSError, ValueError):
        return None
    return state


def _other(state: State) -> str:
    return str(next(side for side in state["sides"] if side != state["side"]))


def _lists(state: State) -> dict[str, dict[str, list[str]] | None]:
    """Return by side to whom its proxy sends requests, None where that is not known."""
    return {state["side"]: state["upstreams"], _other(state): state["upstreams_of_other"]}


def _has_blogs(state: State) -> bool:
    """Return whether the other side's blog is there to take over."""
    return bool(state["sides"][_other(state)]["blog"] != Condition.UNREACHABLE)


def look(state: State | None) -> list[str]:
    """Return who serves what in a sentence, and what is wrong in further ones; pure."""
    if state is None:
        return ["Who serves what is not known.", f"{UNKNOWN}."]
    sentences = [state["sentence"], *state["problems"]]
    return [f"{sentence[0].upper()}{sentence[1:]}." for sentence in sentences]


def main() -> int:
    """Run a verb; print progress to the standard output."""
    verb, *rest = sys.argv[1:]

    def say(text: str) -> None:
        sys.stdout.write(f"{text}\n")
        sys.stdout.flush()

    if verb == "look":
        found = look(read_state())
        say("\n".join(found))
        return 0 if len(found) == 1 else 1
    seconds = float(rest[0])
    return 0 if wait(verb, seconds, read=read_state, say=say) else 1


if __name__ == "__main__":
    sys.exit(main())
