"""Alarm rules as a YAML file: write it, and read it with the line of each fault; pure.

The file holds ``rules:``, a list of rules as the API has them.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import yaml

from qlines.errors import FieldError
from qlines.evaluation.rule_check import DEFAULTS, check
from qlines.store import yaml_nodes
from qlines.store.yaml_nodes import YamlError, line_of
from qlines.value_rules import shown

MAX_BYTES = 524_288
REQUIRED = ("name", "scope", "levels")
PARTS_OF_PATH = re.compile(r"[^.\[\]]+")


class Fault(NamedTuple):
    """Why a rule of the file cannot be stored; *rule* is its name, empty where it has none."""

    line: int
    rule: str
    reason: str


class FileRule(NamedTuple):
    """A rule of the file in normal form, and the line at which it begins."""

    line: int
    fields: dict[str, Any]


class RuleFile(NamedTuple):
    """The rules of a file in its order, and its faults by line."""

    rules: list[FileRule]
    faults: list[Fault]


def write(rules: Iterable[Mapping[str, Any]]) -> str:
    """Return the file of rules in normal form; what is as by default is left out."""
    return yaml_nodes.dump({"rules": list(map(without_defaults, rules))})


def without_defaults(rule: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a rule in normal form that are not as by default."""
    written = {
        name: value for name, value in rule.items() if name in REQUIRED or DEFAULTS[name] != value
    }
    return {**written, "levels": [_without_nothing(level) for level in rule["levels"]]}


def _without_nothing(level: Mapping[str, Any]) -> dict[str, Any]:
    """Return a level whose conditions lack what they may lack: limits that are the other one."""
    conditions = [
        {name: value for name, value in condition.items() if value is not None}
        for condition in level["conditions"]
    ]
    return {**level, "conditions": conditions}


def read(text: str) -> RuleFile:
    """Return the rules of the file, and all its faults."""
    try:
        nodes = _rule_nodes(text)
    except YamlError as error:
        return RuleFile([], [Fault(error.line, "", error.reason)])
    rules: list[FileRule] = []
    faults: list[Fault] = []
    lines: dict[str, int] = {}  # of the rules by their names
    for node in nodes:
        one = _rule(node)
        if isinstance(one, Fault):
            faults.append(one)
        elif (name := one.fields["name"]) in lines:
            reason = f"has the name of the rule in line {lines[name]}: choose another name"
            faults.append(Fault(one.line, name, reason))
        else:
            lines[name] = one.line
            rules.append(one)
    return RuleFile(rules, faults)


def _rule_nodes(text: str) -> list[Any]:
    if (size := len(text.encode())) > MAX_BYTES:
        raise YamlError(1, f"the file must have at most {MAX_BYTES:,} bytes, got {size:,}")
    root = yaml_nodes.compose(text)
    if not isinstance(root, yaml.MappingNode) or [key.value for key, _ in root.value] != ["rules"]:
        line = 1 if root is None else line_of(root)
        raise YamlError(line, "the file must hold 'rules:' with a list of rules, and nothing else")
    [(_, rules)] = root.value
    if not isinstance(rules, yaml.SequenceNode):
        raise YamlError(line_of(rules), "'rules:' must be a list: begin each rule with '- name:'")
    nodes: list[Any] = rules.value
    return nodes


def _rule(node: Any) -> FileRule | Fault:
    name = ""
    try:
        given = yaml_nodes.value_of(node)
        if not isinstance(given, dict):
            return Fault(line_of(node), "", f"a rule must be a mapping, got {shown(given)}")
        name = str(given.get("name", ""))[:100]
        return FileRule(line_of(node), dict(check(given)))
    except YamlError as error:
        return Fault(error.line, name, error.reason)
    except FieldError as error:
        path = PARTS_OF_PATH.findall(error.field)
        return Fault(line_of(node, path), name, str(error))
