"""Rules and alarms in plain words, for the form, the pages and the messages."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from qlines.evaluation import words
from qlines.evaluation.durations import duration

MAX_TITLE_CHARACTERS = 78  # a subject of an e-mail that no program folds (RFC 5322, 2.1.1)
MIN_NAME_CHARACTERS = 20  # of the device, in a title that is too long
WHOLE_DAY = ("00:00", "24:00")
ENDINGS: Mapping[str, str] = {
    "": "",
    "reading": "",
    "keep_for": "nothing was true for long enough",
    "back": "readings arrive again",
    "back online": "the device is connected again",
}


def rule_sentence(fields: Mapping[str, Any], scope_name: str = "") -> str:
    """Return a checked rule in words; *scope_name* is the name of its device or product.

    "temperature above 80 for 5 minutes, clear below 75, on all devices with the tag pump"
    """
    levels = fields["levels"]
    parts = [_level(level) for level in levels]
    if len(levels) > 1:
        named = zip(levels, parts, strict=True)
        parts = ["; ".join(f"{level['severity']}: {part}" for level, part in named)]
    if fields["keep_for_seconds"]:
        parts.append(f"until nothing is true for {duration(fields['keep_for_seconds'])}")
    if fields["schedule"] is not None:
        parts.append(_schedule(fields["schedule"]))
    return ", ".join([*parts, _scope(fields["scope"], scope_name)])


def _level(level: Mapping[str, Any]) -> str:
    conditions = level["conditions"]
    lasting = _lasting(level["for_seconds"])
    if len(conditions) == 1:
        only = conditions[0]
        clear = words.clearing(only)
        return f"{words.condition(only)}{lasting}{', ' if clear else ''}{clear}"
    each = [f"{words.condition(one)}{_in_brackets(words.clearing(one))}" for one in conditions]
    return f"{(' and ' if level['match'] == 'all' else ' or ').join(each)}{lasting}"


def _lasting(for_seconds: Any) -> str:
    return f" for {words.seconds(for_seconds)}" if for_seconds else ""


def _in_brackets(text: str) -> str:
    return f" ({text})" if text else ""


def _schedule(schedule: Mapping[str, Any]) -> str:
    hours = (schedule["from"], schedule["to"])
    clock = "" if hours == WHOLE_DAY else f" {hours[0]} to {hours[1]}"
    return f"only {words.days(schedule['days'])}{clock} ({schedule['zone']})"


def _scope(scope: Mapping[str, str], name: str) -> str:
    called = name or scope.get("value", "")
    return {
        "device": f"on the device {called}",
        "tag": f"on all devices with the tag {called}",
        "product": f"on all devices of the product {called}",
        "all": "on all devices",
    }[scope["type"]]


def alarm_title(alarm: Mapping[str, Any]) -> str:
    """Return an alarm's document in at most 78 characters: "Pump 7: temperature 84.2 is above 80".

    A name that is too long is shortened first.
    """
    name, what = alarm["device_name"], alarm_finding(alarm)
    room = max(MIN_NAME_CHARACTERS, MAX_TITLE_CHARACTERS - len(what) - 2)
    return _shortened(f"{_shortened(name, room)}: {what}", MAX_TITLE_CHARACTERS)


def _shortened(text: str, characters: int) -> str:
    text = " ".join(text.split())  # a line break would end the subject of an e-mail
    return text if len(text) <= characters else f"{text[: characters - 1]}…"


def alarm_finding(alarm: Mapping[str, Any]) -> str:
    """Return what is wrong; in a document without words for it, from what was compared."""
    if what := alarm.get("what"):
        return str(what)
    key, value, limit = alarm.get("key"), alarm.get("value"), alarm.get("limit")
    if value is None:
        return f"no {key or 'readings'}"
    if isinstance(limit, int | float) and isinstance(value, int | float) and value != limit:
        return f"{key} {words.number(value)} is {_side(value, limit)} {words.number(limit)}"
    return f"{key} is {words.number(value)}"


def _side(value: float, limit: float) -> str:
    return "above" if value > limit else "below"


def alarm_text(alarm: Mapping[str, Any], message: str = "", zone: str = "UTC") -> str:
    """Return an alarm's document in a few lines, with times in *zone*.

    *message* are the owner's words; {device}, {value} and {limit} in it are replaced.
    """
    lines = [
        _filled(message, alarm),
        f"{alarm['device_name']}: {alarm_finding(alarm)}.",
        f"Severity {alarm['severity']}, rule {alarm['rule_name']}.",
        *_times(alarm, ZoneInfo(zone)),
        _limits(alarm),
    ]
    return "\n".join(line for line in lines if line)


def _filled(message: str, alarm: Mapping[str, Any]) -> str:
    for name, text in {
        "{device}": alarm["device_name"],
        "{value}": words.number(alarm.get("value")),
        "{limit}": words.number(alarm.get("limit")),
    }.items():
        message = message.replace(name, text)
    return message


def _times(alarm: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    started = f"{_moment(alarm['started_at'], zone)} ({zone.key})"
    ended = alarm.get("ended_at")
    if alarm.get("historic") and ended is not None:
        arrived = f"The readings arrived at {_moment(alarm['raised_at'], zone)}, when it was over."
        return [f"True from {started} to {_moment(ended, zone)}.", arrived]
    lines = [f"True since {started}."]
    reading_ts, arrived_at = _reading(alarm)
    if reading_ts is not None:
        reading = datetime.fromtimestamp(reading_ts / 1_000_000, UTC)
        measured = _moment(reading, zone)
        is_silence = alarm.get("value") is None  # no reading has made it
        arrived = f"The reading of {measured} arrived at {_moment(arrived_at, zone)}."
        lines.append(f"Silent since {measured}." if is_silence else arrived)
    if ended is not None:
        reason = alarm.get("end_reason", "")
        why = ENDINGS.get(reason, reason)
        lines.append(f"Ended at {_moment(ended, zone)}{': ' if why else ''}{why}.")
    return lines


def _reading(alarm: Mapping[str, Any]) -> tuple[int | None, datetime]:
    """Return the time (µs) of the reading that made its severity, if one did, and its arrival."""
    changes = [one for one in alarm.get("events", ()) if one["type"] == "severity"]
    if changes:
        return changes[-1].get("ts"), changes[-1]["at"]
    return alarm.get("raised_ts"), alarm["raised_at"]


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    # MongoDB's times have no zone and are UTC.
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _limits(alarm: Mapping[str, Any]) -> str:
    limit, clear = alarm.get("limit"), alarm.get("clear")
    if alarm.get("value") is None or not isinstance(limit, int | float) or isinstance(limit, bool):
        return ""
    ends = "" if clear is None or clear == limit else f", it ends at {words.number(clear)}"
    return f"The limit is {words.number(limit)}{ends}."
