import pytest

from qlines.errors import FieldError
from qlines.evaluation.rule_check import check

ABOVE = {"kind": "above", "key": "temperature", "limit": 80}
CHANGE = {"kind": "change", "key": "valve"}


def rule(**fields):
    return {
        "name": "Pump too hot",
        "levels": [{"severity": "major", "conditions": [ABOVE]}],
    } | fields


def of(condition, **level):
    return rule(levels=[{"severity": "major", "conditions": [condition], **level}])


def test_its_normal_form_has_every_field():
    assert check(rule()) == {
        "name": "Pump too hot",
        "enabled": True,
        "scope": {"type": "all"},
        "levels": [
            {
                "severity": "major",
                "match": "any",
                "for_seconds": 0,
                "conditions": [{"kind": "above", "key": "temperature", "limit": 80, "clear": None}],
            }
        ],
        "keep_for_seconds": 0,
        "max_gap_seconds": None,
        "lateness_seconds": 60,
        "schedule": None,
        "sticky": False,
        "cool_down_seconds": 0,
        "message": "",
        "channels": None,
        "reminder_seconds": 0,
        "escalation": None,
    }


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        (
            {"kind": "outside", "key": "t", "low": 1, "high": 9},
            {"clear_low": None, "clear_high": None},
        ),
        ({"kind": "rate", "key": "t", "limit": 5}, {"clear": None, "per_seconds": 60}),
        ({"kind": "no_data"}, {"key": None, "seconds": 600, "if_never": False}),
        ({"kind": "no_data", "key": ""}, {"key": None, "seconds": 600, "if_never": False}),
        ({"kind": "offline"}, {"seconds": 60}),
        ({"kind": "equals", "key": "t", "value": False}, {}),
        (
            {"kind": "above", "key": "t", "limit": {"attribute": "maxTemp", "default": 80}},
            {"clear": None},
        ),
    ],
)
def test_a_condition_in_its_normal_form_has_every_field_of_its_kind(given, normal):
    (level,) = check(of(given))["levels"]

    assert level["conditions"] == [given | normal]


def test_its_normal_form_is_its_own_normal_form():
    full = check(
        rule(
            scope={"type": "tag", "value": "pump"},
            schedule={"zone": "Europe/Berlin", "days": [5, 1, 1], "from": "22:00", "to": "06:00"},
            escalation={"after_seconds": 900, "channels": ["c1"]},
            channels=[],
            max_gap_seconds=0,
        )
    )

    assert check(full) == full
    assert full["schedule"]["days"] == [1, 5]


@pytest.mark.parametrize(
    ("given", "field", "reason"),
    [
        (rule(name=""), "name", "must have 1 to 100 characters, got 0"),
        (rule(name="x" * 101), "name", "must have 1 to 100 characters, got 101"),
        (rule(enabled=1), "enabled", "must be true or false, got 1"),
        (rule(colour="red"), "colour", "is not known here"),
        (rule(scope={"type": "site"}), "scope.type", "must be one of device, tag, product, all"),
        (rule(scope={"type": "tag"}), "scope.value", "must be text, got null"),
        (rule(scope={"type": "all", "value": "x"}), "scope.value", "must be left out"),
        (rule(levels=[]), "levels", "must have 1 to 5 items, got 0"),
        (rule(levels={}), "levels", "must be a list, got {}"),
        (rule(levels=[3]), "levels.0", "must be a JSON object, got 3"),
        (rule(levels=[{"severity": "bad"}]), "levels.0.conditions", "must be a list, got null"),
        (of(ABOVE, severity="bad"), "levels.0.severity", "must be one of critical, major"),
        (of(ABOVE, match="some"), "levels.0.match", 'must be one of any, all, got "some"'),
        (of(ABOVE, for_seconds=-1), "levels.0.for_seconds", "must be from 0 to 604,800, got -1"),
        (of(ABOVE, for_seconds="5m"), "levels.0.for_seconds", 'must be a number, got "5m"'),
        (of("hot"), "levels.0.conditions.0.kind", "must be one of above, below"),
        (of({"kind": "over"}), "levels.0.conditions.0.kind", "must be one of above, below"),
        (of({"kind": "above", "limit": 1}), "levels.0.conditions.0.key", "such as temperature"),
        (of({"kind": "above", "key": ""}), "levels.0.conditions.0.key", "must not be empty"),
        (of({"kind": "above", "key": "t"}), "levels.0.conditions.0.limit", "must be a number"),
        (of(ABOVE | {"limit": True}), "levels.0.conditions.0.limit", "must be a number, got true"),
        (of(ABOVE | {"limit": float("nan")}), "levels.0.conditions.0.limit", "must be a number"),
        (
            of(ABOVE | {"limit": {"attribute": "a"}}),
            "levels.0.conditions.0.limit.default",
            "must be a number, got null",
        ),
        (
            of(ABOVE | {"clear": 81}),
            "levels.0.conditions.0.clear",
            "must be at or below the limit 80, so that the alarm ends only when it is over, got 81",
        ),
        (
            of({"kind": "below", "key": "t", "limit": 5, "clear": 4}),
            "levels.0.conditions.0.clear",
            "must be at or above the limit 5",
        ),
        (
            of({"kind": "outside", "key": "t", "low": 9, "high": 1}),
            "levels.0.conditions.0.high",
            "must be at or above low, which is 9, got 1",
        ),
        (
            of({"kind": "outside", "key": "t", "low": 1, "high": 9, "clear_low": 0}),
            "levels.0.conditions.0.clear_low",
            "must be at or above low, which is 1, got 0",
        ),
        (
            of({"kind": "equals", "key": "t", "value": [1]}),
            "levels.0.conditions.0.value",
            "must be text, a number, true or false, got [1]",
        ),
        (
            of({"kind": "equals", "key": "t", "value": "x" * 256}),
            "levels.0.conditions.0.value",
            "has at most 255 characters, got 256",
        ),
        (
            of({"kind": "equals", "key": "t", "value": 2**63}),
            "levels.0.conditions.0.value",
            "a whole number must fit into 64 bits",
        ),
        (
            of(ABOVE | {"limit": -(10**400)}),
            "levels.0.conditions.0.limit",
            "a whole number must fit into 64 bits",
        ),
        (
            of({"kind": "rate", "key": "t", "limit": -1}),
            "levels.0.conditions.0.limit",
            "must be 0 or more: it is for both directions, got -1",
        ),
        (
            of({"kind": "no_data", "seconds": 0}),
            "levels.0.conditions.0.seconds",
            "must be from 1 to 604,800, got 0",
        ),
        (of({"kind": "offline", "key": "t"}), "levels.0.conditions.0.key", "is not known here"),
        (rule(keep_for_seconds=1.5), "keep_for_seconds", "must be a whole number, got 1.5"),
        (rule(lateness_seconds=3_601), "lateness_seconds", "must be from 0 to 3,600, got 3601"),
        (rule(message="x" * 501), "message", "has at most 500 characters, got 501"),
        (rule(channels=[1]), "channels.0", "must be text, got 1"),
        (rule(reminder_seconds=60), "reminder_seconds", "must be 0 for none, or at least 300"),
        (rule(escalation={"after_seconds": 900}), "escalation.channels", "must be a list"),
        (
            rule(schedule={"zone": "Mars/Olympus"}),
            "schedule.zone",
            'must be a time zone such as Europe/Berlin or UTC, got "Mars/Olympus"',
        ),
        (rule(schedule={"from": "8:00"}), "schedule.from", "must be a time of day such as 08:00"),
        (rule(schedule={"from": "24:00"}), "schedule.from", "use 00:00"),
        (rule(schedule={"days": [0]}), "schedule.days.0", "must be from 1 to 7, got 0"),
        (
            rule(schedule={"from": "08:00", "to": "08:00"}),
            "schedule.to",
            "a whole day is 00:00 to 24:00",
        ),
    ],
)
def test_it_refuses_what_is_wrong_with_rule_value_and_remedy(given, field, reason):
    with pytest.raises(FieldError) as refused:
        check(given)

    assert refused.value.field == field
    assert reason in refused.value.reason


@pytest.mark.parametrize("second", ["major", "critical"])
def test_severities_fall_from_level_to_level(second):
    levels = [{"severity": one, "conditions": [ABOVE]} for one in ("major", second)]

    with pytest.raises(FieldError) as refused:
        check(rule(levels=levels))

    assert str(refused.value) == (
        f"levels.1.severity must be less severe than the level before, which is major, got "
        f"{second}: the most severe comes first, and each severity once"
    )


def test_silence_is_a_rule_of_its_own():
    levels = [{"severity": "major", "conditions": [ABOVE, {"kind": "no_data"}]}]

    with pytest.raises(FieldError, match="must not mix no_data or offline with conditions on"):
        check(rule(levels=levels))


def test_a_change_needs_keep_for_and_has_no_for():
    with pytest.raises(FieldError, match="keep_for_seconds must be above 0 for a rule with a"):
        check(of(CHANGE))
    with pytest.raises(FieldError, match="for_seconds must be 0 for a level with a change"):
        check(of(CHANGE, for_seconds=5) | {"keep_for_seconds": 60})
    assert check(of(CHANGE) | {"keep_for_seconds": 60})
