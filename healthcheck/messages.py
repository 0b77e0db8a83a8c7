"""Judge whether messages to people leave in time, by what the program `alarms` counts; pure."""

from collections.abc import Mapping

# A message that is due is sent within a second or two, an attempt may take 20 s. One that is to be
# tried again later is not due.
LATE_SECONDS = 120.0


def problems(counters: Mapping[str, float] | None) -> list[str]:
    """Return the sentence about messages that wait for too long, [] when none does."""
    oldest_seconds = (counters or {}).get("oldest_due_seconds", 0.0)
    if oldest_seconds <= LATE_SECONDS:
        return []
    due = (counters or {}).get("messages_due", 0.0)
    late = f"{due:,.0f} are due, the oldest for {oldest_seconds / 60:.0f} min"
    return [f"messages about alarms are not sent: {late}"]
