"""Judge whether messages to people leave in time, by what the program `alarms` counts; pure."""

from collections.abc import Mapping

# A message that is due is sent within a second or two, an attempt may take 20 s. One that is to be
# tried again later is not due.
LATE_SECONDS = 120.0
# While the mail server takes no mail one is tried a minute: a single refusal may pass.
MAIL_OUTAGE_SECONDS = 120.0


def problems(counters: Mapping[str, float] | None) -> list[str]:
    """Return the sentences about messages that wait for too long, [] when none does."""
    counted, found = counters or {}, list[str]()
    oldest_seconds = counted.get("oldest_due_seconds", 0.0)
    if oldest_seconds > LATE_SECONDS:
        due = counted.get("messages_due", 0.0)
        late = f"{due:,.0f} are due, the oldest for {oldest_seconds / 60:.0f} min"
        found.append(f"messages about alarms are not sent: {late}")
    outage_seconds = counted.get("mail_outage_seconds", 0.0)
    if outage_seconds > MAIL_OUTAGE_SECONDS:
        found.append(f"the mail server has taken no mail for {outage_seconds / 60:.0f} min")
    return found
