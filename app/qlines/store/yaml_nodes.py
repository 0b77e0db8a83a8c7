"""YAML that holds what JSON can hold, read with the line of each value; pure.

Neither tags nor the rules of YAML 1.1 apply, in which 18:00 is the number 1080 and ``no`` is false:
null, true, false and numbers are such, everything else is text.
"""

import math
import re
from collections.abc import Sequence
from typing import Any

import yaml

MAX_DEPTH = 20
# With aliases, each of which repeats what it stands for: nine lists of ten aliases of the one
# before are a billion values ("billion laughs").
MAX_VALUES = 200_000
TAGS = frozenset(f"tag:yaml.org,2002:{kind}" for kind in ("str", "seq", "map"))
WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
WHOLE_NUMBER = re.compile(r"[-+]?(0|[1-9][0-9]{0,30})", re.ASCII)
NUMBER = re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,3})?", re.ASCII)
# This loader resolves nothing by itself; libyaml's is 20 times as fast as the one in Python.
LOADER: Any = yaml.CBaseLoader if yaml.__with_libyaml__ else yaml.BaseLoader


class YamlError(Exception):
    """The text is not such YAML; *line* counts from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


def compose(text: str) -> Any:
    """Return the root node of the text, None when it is empty; raise YamlError."""
    try:
        _check_depth(text)
        root = yaml.compose(text, Loader=LOADER)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise YamlError(line, f"must be YAML: {error.problem}") from None
    except yaml.YAMLError as error:  # a character that YAML does not allow
        raise YamlError(1, f"must be YAML: {' '.join(str(error).split())}") from None
    if root is not None and (values := _size(root, {})) > MAX_VALUES:
        raise YamlError(
            line_of(root), f"must have at most {MAX_VALUES:,} values with aliases, got {values:,}"
        )
    if root is not None and _depth(root, {}) > MAX_DEPTH + 1:  # the last are the values themselves
        raise YamlError(line_of(root), f"must be nested at most {MAX_DEPTH} deep with aliases")
    return root


def line_of(node: Any, path: Sequence[str] = ()) -> int:
    """Return the line of the value at *path* below the node, or of the nearest that is there."""
    for name in path:
        inner = _child(node, name)
        if inner is None:
            break
        node = inner
    return int(node.start_mark.line) + 1


def value_of(node: Any) -> Any:
    """Return the value of a node as JSON would have it; raise YamlError."""
    if node.tag not in TAGS:
        raise YamlError(line_of(node), f"must have no tags, got {node.tag[:50]!r}: leave it out")
    if isinstance(node, yaml.SequenceNode):
        return [value_of(item) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node)
    return node.value if node.style else scalar(node.value)  # a plain one has no style


def scalar(text: str) -> Any:
    """Return what a text without quotes is: null, true, false, a number, or the text."""
    if text in WORDS:
        return WORDS[text]
    if WHOLE_NUMBER.fullmatch(text):
        return int(text)
    return float(text) if NUMBER.fullmatch(text) and math.isfinite(float(text)) else text


def _mapping(node: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, inner in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise YamlError(line_of(key), "a name must be text, got a list or a mapping")
        if key.value in found:
            raise YamlError(line_of(key), f"{key.value[:50]!r} is there twice: remove one")
        found[key.value] = value_of(inner)
    return found


def _check_depth(text: str) -> None:
    """Raise YamlError for what is nested so deep that reading it would exhaust the stack."""
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            line = event.start_mark.line + 1
            raise YamlError(line, f"must be nested at most {MAX_DEPTH} deep, this is deeper")


def _size(node: Any, known: dict[int, int]) -> int:
    """Return how many values the node is with every alias repeated, without repeating one."""
    size = known.get(id(node))
    if size is None:
        known[id(node)] = MAX_VALUES + 1  # of one that holds itself
        size = 1 + sum(_size(inner, known) for inner in _inner(node))
        known[id(node)] = size
    return size


def _depth(node: Any, known: dict[int, int]) -> int:
    """Return how deep the node is with aliases, each of which stands for one that came before."""
    depth = known.get(id(node))
    if depth is None:
        depth = known[id(node)] = 1 + max((_depth(one, known) for one in _inner(node)), default=0)
    return depth


def _inner(node: Any) -> list[Any]:
    if isinstance(node, yaml.MappingNode):
        return [part for pair in node.value for part in pair]
    return node.value if isinstance(node, yaml.SequenceNode) else []


def _child(node: Any, name: str) -> Any:
    if isinstance(node, yaml.MappingNode):
        return next((inner for key, inner in node.value if key.value == name), None)
    if isinstance(node, yaml.SequenceNode) and name.isdecimal() and int(name) < len(node.value):
        return node.value[int(name)]
    return None


class Dumper(yaml.CSafeDumper if yaml.__with_libyaml__ else yaml.SafeDumper):  # type: ignore[misc] # ships no types
    """Writes text in quotes where scalar() would read something else."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write what is there twice twice."""
        return True


def _text(dumper: Any, text: str) -> Any:
    style = None if isinstance(scalar(text), str) else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


Dumper.add_representer(str, _text)


def dump(document: Any) -> str:
    """Return the document, which JSON can hold, as such YAML."""
    text: str = yaml.dump(document, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text
