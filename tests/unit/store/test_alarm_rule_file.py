"""Alarm rules as a file: what is written is read again, and what is wrong is said by its line."""

import pytest

from qlines.evaluation.rule_check import check
from qlines.store import alarm_rule_file
from qlines.store.alarm_rule_file import MAX_BYTES, read, write
from qlines.store.yaml_nodes import MAX_VALUES, dump, scalar

HOT = {
    "name": "too hot",
    "levels": [
        {
            "severity": "critical",
            "match": "all",
            "for_seconds": {"attribute": "delay", "default": 300},
            "conditions": [
                {"kind": "above", "key": "temperature", "limit": 90.5, "clear": 80},
                {"kind": "equals", "key": "mode", "value": "on"},
            ],
        },
        {
            "severity": "info",
            "conditions": [{"kind": "outside", "key": "p", "low": -1, "high": 1e20}],
        },
    ],
    "schedule": {"zone": "Europe/Berlin", "days": [1, 2], "from": "18:00", "to": "06:30"},
    "message": "Look after {device}:\n  it is too hot",
}
SILENT = {
    "name": "silent",
    "enabled": False,
    "scope": {"type": "tag", "value": "5"},
    "levels": [{"severity": "minor", "conditions": [{"kind": "no_data", "seconds": 900}]}],
    "channels": [],
}
RULE = """\
rules:
- name: hot
  levels:
  - severity: major
    conditions:
    - kind: above
      key: t
      limit: 80
"""


def faults(text):
    return [(line, reason) for line, _, reason in read(text).faults]


def test_what_is_written_is_read_again():
    rules = [check(HOT), check(SILENT)]

    again = read(write(rules))

    assert again.faults == []
    assert [rule.fields for rule in again.rules] == rules


def test_what_is_as_by_default_is_left_out():
    assert write([check(SILENT)]) == (
        "rules:\n"
        "- name: silent\n"
        "  enabled: false\n"
        "  scope:\n"
        "    type: tag\n"
        "    value: \"5\"\n"
        "  levels:\n"
        "  - severity: minor\n"
        "    match: any\n"
        "    for_seconds: 0\n"
        "    conditions:\n"
        "    - kind: no_data\n"
        "      seconds: 900\n"
        "      if_never: false\n"
        "  channels: []\n"
    )  # fmt: skip


def test_no_rules_are_a_file_too():
    assert write([]) == "rules: []\n"
    assert read("rules: []\n") == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        "on", "no", "yes", "null", "~", "", "true", "18:00", "1_000", "0x10", "1e5", "1.5", ".5",
        "5", "-5", "+5", "007", "2026-01-01", "a: b", "- a", "# a", "&a", "*a", "!a", "%a", "@a",
        "`a", "'", '"', "{a}", "[a]", "a\nb", "ü 水 🚰", "nan", ".inf", "=", "<<",
    ],
)  # fmt: skip
def test_text_stays_text(text):
    rule = check({**SILENT, "name": "x", "message": text})

    [again] = read(write([rule])).rules

    assert again.fields["message"] == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True), ("null", None), ("", None), ("12", 12), ("-1.5e3", -1500.0), ("1e5", 1e5),
        ("18:00", "18:00"), ("no", "no"), ("0x10", "0x10"), ("007", 7.0), (".nan", ".nan"),
        ("1" * 40, 1e40 / 9), ("1e9999", "1e9999"), ("1e999", "1e999"),
    ],
)  # fmt: skip
def test_a_word_without_quotes_is_what_json_would_have(text, value):
    assert scalar(text) == pytest.approx(value) if type(value) is float else scalar(text) == value


def test_a_time_of_the_day_needs_no_quotes():
    text = RULE + "  schedule: {zone: UTC, days: [1], from: 18:00, to: 06:30}\n"

    [rule] = read(text).rules

    assert (rule.fields["schedule"]["from"], rule.fields["schedule"]["to"]) == ("18:00", "06:30")


def test_aliases_may_repeat_something():
    text = RULE.replace("levels:", "levels: &levels") + "- name: again\n  levels: *levels\n"

    first, second = read(text).rules

    assert first.fields["levels"] == second.fields["levels"]


LAUGHS = "a0: &a0 [lol]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10)
)
CHAIN = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 600))
HOLDS = "the file must hold 'rules:' with a list of rules, and nothing else"
BAD = [
    ("", 1, HOLDS),
    ("# nothing\n", 1, HOLDS),
    ("rules", 1, HOLDS),
    ("- a\n", 1, HOLDS),
    ("\nversion: 1\nrules: []\n", 2, HOLDS),
    ("rules: []\nrules: []\n", 1, HOLDS),
    ("rules: {}\n", 1, "'rules:' must be a list"),
    ("rules:\n", 1, "'rules:' must be a list"),
    ("rules:\n- 5\n", 2, "a rule must be a mapping, got 5"),
    ("rules:\n- null\n", 2, "a rule must be a mapping, got null"),
    ("rules:\n\t- a\n", 2, "must be YAML: found character that cannot start any token"),
    ("rules: [\n", 2, "must be YAML: did not find expected node content"),
    ("rules: *a\n", 1, "must be YAML: found undefined alias"),
    ("rules: &a [*a]\n", 1, f"must have at most {MAX_VALUES:,} values with aliases"),
    (f"{LAUGHS}rules: *a9\n", 1, f"must have at most {MAX_VALUES:,} values with aliases"),
    (f"{CHAIN}rules: *a599\n", 1, "must be nested at most 20 deep with aliases"),
    (f"rules: {'[' * 30}{']' * 30}\n", 1, "must be nested at most 20 deep, this is deeper"),
    (f"rules: {'[' * 100_000}", 1, "must be "),
    (f"rules: []\n#{'a' * MAX_BYTES}", 1, "the file must have at most 524,288 bytes"),
    ("rules: []\x07\n", 1, "must be YAML: "),
    ("rules: []\n---\nrules: []\n", 2, "must be YAML: but found another document"),
    (RULE.replace("hot", "!!python/object:os.system x"), 2, "must have no tags, got 'tag:yaml.org"),
    (RULE.replace("hot", "!secret x"), 2, "must have no tags, got '!secret'"),
    (RULE.replace("limit: 80", "[a]: 80"), 8, "a name must be text, got a list or a mapping"),
    (RULE + "  name: cold\n", 9, "'name' is there twice: remove one"),
    (RULE.replace("80", "eighty"), 8, 'levels.0.conditions.0.limit must be a number, got "eighty"'),
    (RULE.replace("above", "beyond"), 6, "levels.0.conditions.0.kind must be one of"),
    (RULE.replace("major", "bad"), 4, "levels.0.severity must be one of"),
    (RULE.replace("limit", "limits"), 8, "levels.0.conditions.0"),
    (RULE + "  lateness_seconds: 5000\n", 9, "lateness_seconds must be"),
    (RULE + "  nonsense: 1\n", 9, "nonsense"),
    (RULE.replace("  levels", "  sticky: yes\n  levels"), 3, "sticky must be true or false"),
    (RULE.replace("  levels", "  scope: {type: tag}\n  levels"), 3, "scope.value must"),
]


@pytest.mark.parametrize(("text", "line", "reason"), BAD)
def test_what_is_wrong_is_said_with_its_line(text, line, reason):
    [(found_line, found)] = faults(text)

    assert (found_line, found[: len(reason)]) == (line, reason)


def test_every_rule_with_a_fault_is_named():
    text = RULE.replace("80", "eighty") + RULE.removeprefix("rules:\n").replace("hot", "cold")
    text += "- name: cold\n  levels: []\n- name: dry\n"

    read_file = read(text)

    assert [rule.fields["name"] for rule in read_file.rules] == ["cold"]
    assert [(line, name) for line, name, _ in read_file.faults] == [
        (8, "hot"), (17, "cold"), (18, "dry"),
    ]  # fmt: skip


def test_two_rules_cannot_have_one_name():
    text = RULE + RULE.removeprefix("rules:\n")

    [fault] = read(text).faults

    assert fault == (9, "hot", "has the name of the rule in line 2: choose another name")


def test_what_is_there_twice_is_written_twice():
    same = {"a": 1}

    assert dump([same, same]) == "- a: 1\n- a: 1\n"


def test_the_fields_that_it_leaves_out_are_those_of_the_check():
    assert alarm_rule_file.without_defaults(check(HOT)).keys() == {
        "name", "scope", "levels", "schedule", "message",
    }  # fmt: skip
