"""What to do about a problem of the report, where its sentence does not say so itself; pure.

`README.md` explains the sentences; tests/unit/healthcheck/test_remedies.py compares the two.
"""

import re
from collections.abc import Iterable

LAST_LINES = "Read its last lines in `docker logs`"
WAIT = "Nothing at first: it is restarted after ten seconds"
# The first that is found in the sentence counts. A sentence with its remedy in it is in none.
REMEDIES = tuple(
    (re.compile(pattern), remedy)
    for pattern, remedy in (
        ("^safe mode:", "The reason is in the sentence. Mend it; `docker restart` tries again"),
        ("^a restore has been running", "Wait until it ends: it starts every program again"),
        (
            "^a move to other stores",
            "Wait until it ends; if it was killed, repeat it, or `qlines move-to --abandon`",
        ),
        ("^everything has moved", "Start the container with the settings of the target"),
        ("stopped for the move", "Nothing: the next start runs it"),
        ("stopped for the restore", "Nothing: the restore starts it again"),
        (r"\(blocked\):", "Nothing: it continues once what it waits for is well"),
        (r"was restarted \d+ times", f"{LAST_LINES}; `docker restart` begins again"),
        ("was sent SIGSTOP|: was well, but|: hangs:", WAIT),
        (
            "is slow:",
            "Look at the machine's load: a store that it waits for may answer slowly",
        ),
        ("not the primary of its replica set yet", "Wait a few seconds: MongoDB elects"),
        ("has been running for", f"{LAST_LINES}, and look at the machine's load"),
        ("ended repeatedly|ended with status|ended just after|was stopped and not", LAST_LINES),
        ("has no heartbeat yet|has not (been probed|done its work) yet", LAST_LINES),
        ("cannot be started:", "Look at the memory of the container, and build the image again"),
        ("supervisord", "Read the first lines in `docker logs`"),
        (r"\(starting\):", "Wait a minute: it still has time to start"),
        ("of the canary", "Look at the program in brackets; it has a line of its own"),
        ("the canary hangs|the check of .* has hung", "Look at the disk and its file system"),
        (r"lags \d+ s behind", "Nothing is lost. If it does not shrink, give it more CPU or disk"),
        (
            "messages about alarms are not sent",
            "Read the lines of messenger in `docker logs`; none is lost",
        ),
        (
            "the mail server has taken no mail for",
            "Read messenger's lines in `docker logs`; mails wait for it for three days",
        ),
        (
            "alarm rules are not evaluated for",
            "The pages of the rules say which: remove some, or raise QLINES_ALARM_PAIRS",
        ),
        (r"the disk is .* in [\d.]+ days", "Add space or shorten QLINES_RETENTION_DAYS in time"),
        ("the last restore failed", "Mend the cause, and restore again"),
    )
)


def remedy(problem: str) -> str:
    """Return what to do about a problem; "" when its sentence says it, or nothing is known."""
    return next((remedy for pattern, remedy in REMEDIES if pattern.search(problem)), "")


def of(problems: Iterable[str]) -> dict[str, str]:
    """Return the remedies of these problems, by the problem; those without one are left out."""
    found = {problem: remedy(problem) for problem in problems}
    return {problem: text for problem, text in found.items() if text}
