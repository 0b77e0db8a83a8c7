from datetime import UTC, datetime

import pytest

from qlines.evaluation.sentence import alarm_text, alarm_title, rule_sentence
from tests.unit.evaluation.case import Device, condition, fields_of, level, rule_of

PUMPS = {"type": "tag", "value": "pump"}


def test_it_says_a_rule_in_plain_words():
    fields = fields_of(level(condition(limit=80, clear=75), for_seconds=300), scope=PUMPS)

    assert rule_sentence(fields) == (
        "temperature above 80 for 5 minutes, clear below 75, on all devices with the tag pump"
    )


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (condition(limit=80.5), "temperature above 80.5"),
        (condition("below", limit=5, clear=7), "temperature below 5, clear above 7"),
        (condition("outside", low=10, high=30), "temperature outside 10 to 30"),
        (
            condition("outside", low=10, high=30, clear_low=12),
            "temperature outside 10 to 30, clear within 12 to 30",
        ),
        (condition("equals", "valve", value="open"), "valve is open"),
        (condition("equals", "alarm", value=True), "alarm is true"),
        (condition("rate", limit=5), "temperature changes by more than 5 per minute"),
        (
            condition("rate", limit=5, per_seconds=300),
            "temperature changes by more than 5 per 5 minutes",
        ),
        (condition("no_data", None, seconds=5_400), "no readings for 1 hour 30 minutes"),
        (
            condition("no_data", seconds=60, if_never=True),
            "no temperature for 1 minute, even if none ever came",
        ),
        ({"kind": "offline", "seconds": 45}, "offline for 45 seconds"),
        (
            condition(limit={"attribute": "maxTemp", "default": 80}),
            "temperature above the attribute maxTemp (80 without it)",
        ),
    ],
)
def test_it_says_each_kind_of_condition(one, words):
    assert rule_sentence(fields_of(level(one))) == f"{words}, on all devices"


def test_it_says_a_change_with_how_long_it_lasts():
    fields = fields_of(level(condition("change", "valve")), keep_for_seconds=600)

    assert rule_sentence(fields) == (
        "valve changes, until nothing is true for 10 minutes, on all devices"
    )


def test_it_says_a_duration_that_an_attribute_sets():
    fields = fields_of(
        level(condition(limit=80), for_seconds={"attribute": "delay", "default": 60})
    )

    assert rule_sentence(fields) == (
        "temperature above 80 for the seconds in the attribute delay (1 minute without it), on all "
        "devices"
    )


@pytest.mark.parametrize(("match", "word"), [("any", "or"), ("all", "and")])
def test_it_joins_the_conditions_of_a_level(match, word):
    both = level(
        condition(limit=80, clear=75), condition(key="pressure", limit=3), match=match,
        for_seconds=60,
    )  # fmt: skip

    assert rule_sentence(fields_of(both)) == (
        f"temperature above 80 (clear below 75) {word} pressure above 3 for 1 minute, on all "
        "devices"
    )


def test_it_names_the_severities_when_there_are_more_than_one():
    fields = fields_of(
        level(condition(limit=90), severity="critical"),
        level(condition(limit=80), severity="warning", for_seconds=60),
        scope={"type": "product", "value": "p1"},
    )

    assert rule_sentence(fields, "Pump") == (
        "critical: temperature above 90; warning: temperature above 80 for 1 minute, on all "
        "devices of the product Pump"
    )


@pytest.mark.parametrize(
    ("schedule", "words"),
    [
        (
            {"zone": "Europe/Berlin", "days": [1, 2, 3, 4, 5], "from": "08:00", "to": "18:00"},
            "only Monday to Friday 08:00 to 18:00 (Europe/Berlin)",
        ),
        ({"days": [6, 7]}, "only Saturday, Sunday (UTC)"),
        ({"from": "22:00", "to": "06:00"}, "only every day 22:00 to 06:00 (UTC)"),
    ],
)
def test_it_says_the_schedule(schedule, words):
    fields = fields_of(
        level(condition(limit=80)), schedule=schedule, scope={"type": "device", "value": "d1"}
    )

    assert rule_sentence(fields, "Pump 7") == (
        f"temperature above 80, {words}, on the device Pump 7"
    )


def alarm(**fields):
    return {
        "device_name": "Pump 7",
        "rule_name": "Pump too hot",
        "severity": "major",
        "active": True,
        "historic": False,
        "started_at": datetime(2026, 3, 2, 9, 55, tzinfo=UTC),
        "raised_at": datetime(2026, 3, 2, 10, 0, 20, tzinfo=UTC),
        "raised_ts": 1_772_445_600_000_000,
        "key": "temperature",
        "value": 84.2,
        "limit": 80,
        "clear": 75,
    } | fields


def test_the_title_says_device_and_finding():
    assert alarm_title(alarm()) == "Pump 7: temperature 84.2 is above 80"


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"value": 4, "limit": 5}, "Pump 7: temperature 4 is below 5"),
        ({"value": "open", "limit": "open", "key": "valve"}, "Pump 7: valve is open"),
        ({"value": True, "limit": True, "key": "leak"}, "Pump 7: leak is true"),
        ({"value": None, "limit": 600, "key": ""}, "Pump 7: no readings"),
        ({"value": None, "limit": 600}, "Pump 7: no temperature"),
        ({"what": "offline for 1 minute"}, "Pump 7: offline for 1 minute"),
        ({"device_name": "Pump\n7"}, "Pump 7: temperature 84.2 is above 80"),
    ],
)
def test_the_title_fits_what_was_compared(fields, title):
    assert alarm_title(alarm(**fields)) == title


def test_a_title_has_at_most_78_characters_and_shortens_the_name_first():
    title = alarm_title(alarm(device_name="x" * 100))

    assert len(title) == 78
    assert title.endswith("x…: temperature 84.2 is above 80")
    assert len(alarm_title(alarm(device_name="x" * 100, value="y" * 200))) == 78


def test_the_text_says_when_it_was_measured_and_when_it_arrived():
    assert alarm_text(alarm(), zone="Europe/Berlin").splitlines() == [
        "Pump 7: temperature 84.2 is above 80.",
        "Severity major, rule Pump too hot.",
        "True since 2026-03-02 10:55:00 (Europe/Berlin).",
        "The reading of 2026-03-02 11:00:00 arrived at 2026-03-02 11:00:20.",
        "The limit is 80, it ends at 75.",
    ]


def test_the_text_of_a_silence_says_since_when_and_names_no_reading():
    text = alarm_text(alarm(value=None, what="no readings for 10 minutes"))

    assert "Silent since 2026-03-02 10:00:00." in text
    assert "arrived" not in text


def test_the_text_begins_with_the_words_of_the_owner():
    text = alarm_text(alarm(), "{device} has {value}, more than {limit}: call Kim")

    assert text.splitlines()[0] == "Pump 7 has 84.2, more than 80: call Kim"


def test_the_text_says_when_and_why_it_ended():
    ended = datetime(2026, 3, 2, 10, 30)  # noqa: DTZ001 - as MongoDB returns it
    text = alarm_text(alarm(active=False, ended_at=ended, end_reason="keep_for"))

    assert "Ended at 2026-03-02 10:30:00: nothing was true for long enough." in text


def test_the_text_of_an_alarm_of_the_past_says_that_it_was_over():
    ended = datetime(2026, 3, 2, 9, 58, tzinfo=UTC)
    text = alarm_text(alarm(active=False, historic=True, ended_at=ended))

    assert "True from 2026-03-02 09:55:00 (UTC) to 2026-03-02 09:58:00." in text
    assert "The readings arrived at 2026-03-02 10:00:20, when it was over." in text


@pytest.mark.parametrize(
    ("one", "value", "what"),
    [
        (condition(limit=80), 84.25, "temperature 84.25 is above 80"),
        (condition("below", limit=5), 4, "temperature 4 is below 5"),
        (condition("outside", low=10, high=30), 9, "temperature 9 is below 10"),
        (condition("outside", low=10, high=30), 31, "temperature 31 is above 30"),
        (condition("equals", value="hot"), "hot", "temperature is hot"),
    ],
)
def test_an_effect_says_what_it_found(one, value, what):
    pump = Device(rule_of(level(one)))

    pump.sends("10:00", value)

    assert pump.last.what == what
