"""When a person does not want to be disturbed: from one time of the day to another; pure."""

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any, TypedDict
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qlines.errors import FieldError

# "from" is a word of Python, so the class needs the other notation.
QuietHours = TypedDict("QuietHours", {"zone": str, "from": str, "to": str})
FIELDS = {"zone", "from", "to"}


def checked(given: Any) -> QuietHours | None:
    """Return the normal form, None for none; raise FieldError. From 22:00 to 07:00 is the night."""
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != FIELDS:
        example = '{"zone": "Europe/Berlin", "from": "22:00", "to": "07:00"}'
        raise FieldError("quiet_hours", f"must be null or as {example}, got {given!r}")
    zone, start, end = str(given["zone"]), _time(given, "from"), _time(given, "to")
    if start == end:
        raise FieldError("quiet_hours", f"must end at another time than they begin, got {start}")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reason = f"must be a name such as Europe/Berlin, got {zone!r}"
        raise FieldError("quiet_hours.zone", reason) from None
    return {"zone": zone, "from": start, "to": end}


def end_of(hours: QuietHours | None, now: datetime) -> datetime | None:
    """Return when the quiet hours end that *now* is in, None outside of them.

    The end is meant by the clock on the wall: in a night in which clocks change it is that time
    still. *now* must be aware, and so is the result, in the same zone as *now*.
    """
    if hours is None:
        return None
    zone = ZoneInfo(hours["zone"])
    local = now.astimezone(zone)
    start, end = time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"])
    at = local.time().replace(tzinfo=None)
    is_over_midnight = start > end
    is_inside = (at >= start or at < end) if is_over_midnight else start <= at < end
    if not is_inside:
        return None
    day = local.date() + timedelta(days=1 if is_over_midnight and at >= start else 0)
    return datetime.combine(day, end, zone).astimezone(now.tzinfo)


def _time(given: Mapping[str, Any], field: str) -> str:
    text = str(given[field])
    try:
        moment = datetime.strptime(text, "%H:%M")  # noqa: DTZ007 - a time of any day
    except ValueError:
        reason = f"must be a time such as 22:00, got {text!r}"
        raise FieldError(f"quiet_hours.{field}", reason) from None
    return moment.strftime("%H:%M")
