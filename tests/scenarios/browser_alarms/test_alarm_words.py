"""The story of what the pages of alarms and rules say, and of what they make of what is typed."""

from functools import partial

import pytest

from tests.harness.pages import call

HOUR_MS = 3_600_000
EMPTY = {"kind": "above", "key": "temperature"}


@pytest.fixture
def ask(modules):
    """Return a function that returns what a function of a script of the pages returns."""
    return partial(call, modules)


def test_lengths_of_time_are_said_and_typed_as_people_do(ask):
    lengths = [0, 45, 300, 3661, 90_000]

    said = [ask("durations", "lengthOfTime", seconds) for seconds in lengths]
    typed = [ask("durations", "splitSeconds", seconds) for seconds in lengths]

    assert said == ["0 s", "45 s", "5 min", "1 h 1 min", "1 d 1 h"]
    assert [(one["count"], one["unitSeconds"]) for one in typed] == [
        (0, 60), (45, 1), (5, 60), (3661, 1), (25, 3600),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [("5", 5), ("true", True), ("on", "on"), ('"5"', "5"), (" off ", "off"), ("{}", "{}")],
)
def test_a_value_is_what_its_owner_means(ask, text, value):
    assert ask("rule_scalar", "scalarOf", text) == value
    assert ask("rule_scalar", "scalarOf", ask("rule_scalar", "scalarText", value)) == value


@pytest.mark.parametrize(
    ("scope", "condition", "missing"),
    [
        ({"type": "tag", "value": ""}, EMPTY, "which devices"),
        ({"type": "all"}, {"kind": "above", "key": ""}, "what is watched"),
        ({"type": "all"}, EMPTY, "the limit"),
        ({"type": "all"}, EMPTY | {"limit": {"attribute": "", "default": 80}}, "the limit"),
        ({"type": "all"}, EMPTY | {"limit": {"attribute": "maxTemp"}}, "the limit"),
        ({"type": "all"}, {"kind": "outside", "key": "p", "low": 0}, "the highest value"),
        ({"type": "all"}, EMPTY | {"limit": 0}, ""),
        ({"type": "all"}, {"kind": "no_data", "seconds": 600}, ""),
        ({"type": "all"}, {"kind": "change", "key": "window"}, ""),
        ({"type": "all"}, {"kind": "offline", "seconds": 60}, ""),
    ],
)
def test_it_says_what_is_missing_before_a_rule_can_be_tried(ask, scope, condition, missing):
    rule = {"scope": scope, "levels": [{"conditions": [condition]}]}

    said = ask("rule_missing", "missingIn", rule)

    assert missing in said
    assert bool(missing) == bool(said)


def test_it_says_all_that_is_missing_before_a_rule_is_saved(ask):
    conditions = [{"kind": "above", "key": ""}, EMPTY, {"kind": "no_data", "seconds": 600}]
    rule = {"name": "", "scope": {"type": "all"}, "levels": [{"conditions": conditions}]}

    said = ask("rule_missing", "missingFields", rule)

    assert [(one["field"], one["reason"]) for one in said] == [
        ("name", "Say the name of the rule."),
        ("levels.0.conditions.0.key", "Say what is watched."),
        ("levels.0.conditions.0.limit", "Say the limit."),
        ("levels.0.conditions.1.limit", "Say the limit."),
    ]


def test_the_values_of_a_scope_are_offered_with_what_they_are_now(ask):
    rows = [
        {"values": {"temperature": {"ts": 1, "value": 18}, "open": {"ts": 1, "value": True}}},
        {"values": {"temperature": {"ts": 1, "value": 21.5}}},
    ]

    assert ask("rule_keys", "keysOf", rows) == [
        {"key": "open", "now": "true", "value": True},
        {"key": "temperature", "now": "18 to 21.5", "value": 18},
    ]


def test_the_address_has_the_filters_and_nothing_invalid(ask):
    query = "?status=cleared&severity=minor&sorted=severity&rule=x&page=-1&acknowledged=false"

    state = ask("alarm_list_state", "readUrl", query)

    assert ask("alarm_list_state", "listUrl", state) == (
        "/api/alarms?page=1&per_page=50&status=cleared&severity=minor&acknowledged=false"
        "&sort=severity&order=desc"
    )
    assert ask("alarm_list_state", "pageUrl", state, "/alarms") == (
        "/alarms?sorted=severity&status=cleared&severity=minor&acknowledged=false"
    )


def test_the_chart_has_time_around_the_alarm_and_its_limits(ask):
    alarm = {"started": 10 * HOUR_MS, "ended": 12 * HOUR_MS, "limit": 80, "clear": 75}

    span = ask("alarm_chart", "spanAround", alarm, 20 * HOUR_MS)
    marks = ask("alarm_chart", "marksOf", alarm, "°C", 20 * HOUR_MS)

    assert span == {"from": 9 * HOUR_MS, "to": 13 * HOUR_MS}
    assert [(one["kind"], one["text"]) for one in marks["limits"]] == [
        ("raise", "begins at 80 °C"), ("clear", "ends at 75 °C"),
    ]  # fmt: skip
    assert marks["spans"] == [{"from": 10 * HOUR_MS, "to": 12 * HOUR_MS}]


def test_the_history_has_comments_with_what_they_say(ask):
    alarm = {
        "events": [
            {"at": 1, "type": "raised", "severity": "major"},
            {"at": 2, "type": "commented", "by": "a@example.com"},
            {"at": 3, "type": "muted", "by": "a@example.com", "text": "3600 s"},
            {"at": 4, "type": "cleared", "text": "device removed"},
        ],
        "comments": [{"at": 2, "by": "a@example.com", "text": "on my way"}],
    }

    said = [ask("alarm_words", "eventWords", one) for one in ask("alarm_words", "historyOf", alarm)]

    assert said == [
        {"what": "The alarm began: major", "text": ""},
        {"what": "Comment by a@example.com", "text": "on my way"},
        {"what": "Muted for 1 h by a@example.com", "text": ""},
        {"what": "The alarm ended", "text": "The device was removed."},
    ]


@pytest.mark.parametrize(
    ("name", "title", "finding"),
    [
        ("Pump 7", "Pump 7: temperature 84.2 is above 80", "temperature 84.2 is above 80"),
        ("A long name", "A lon…: temperature 84.2 is above 80", "temperature 84.2 is above 80"),
        ("Pump: 7", "Pump: 7: no readings", "no readings"),
        ("Pump 7", "something else", "something else"),
    ],
)
def test_the_title_is_said_without_the_device(ask, name, title, finding):
    assert ask("alarm_words", "findingOf", {"device_name": name, "title": title}) == finding


def test_the_path_of_an_error_is_read_in_either_notation(ask):
    parts = ["levels", "0", "conditions", "1", "limit"]

    assert ask("rule_errors", "partsOf", "levels.0.conditions.1.limit") == parts
    assert ask("rule_errors", "partsOf", "rule.levels[0].conditions[1].limit") == parts
