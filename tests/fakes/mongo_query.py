"""The queries that store/ asks, evaluated in memory."""

import re

from tests.fakes.mongo_pipeline import evaluate

OPERATORS = {
    "$in": lambda value, choices: value in choices,
    "$nin": lambda value, choices: value not in choices,
    "$ne": lambda value, other: value != other,
    "$gt": lambda value, limit: value is not None and value > limit,
    "$gte": lambda value, limit: value is not None and value >= limit,
    "$lt": lambda value, limit: value is not None and value < limit,
    "$lte": lambda value, limit: value is not None and value <= limit,
    "$exists": lambda value, expected: (value is not None) == expected,
}


def values_at(document, path):
    """Return every value that the dotted path leads to; a list counts as itself and its items."""
    values = [document]
    for name in path.split("."):
        inner = [item[name] for item in values if isinstance(item, dict) and name in item]
        values = [
            item for value in inner for item in (value if isinstance(value, list) else [value])
        ]
    return values or [None]


def holds(document, path, condition):
    if path == "$or":
        return any(matches(document, query) for query in condition)
    if path == "$expr":
        if "$regexMatch" not in condition:
            return evaluate(condition, document)
        parts = condition["$regexMatch"]
        return re.search(parts["regex"], str(document["_id"])) is not None
    values = values_at(document, path)
    if isinstance(condition, list):
        return document.get(path) == condition  # all of the array
    if not isinstance(condition, dict):
        return condition in values
    if "$regex" in condition:
        pattern = re.compile(condition["$regex"], re.IGNORECASE)
        return any(pattern.search(value) for value in values if value is not None)
    return all(
        any(OPERATORS[name](value, limit) for value in values) for name, limit in condition.items()
    )


def matches(document, query):
    return all(holds(document, path, condition) for path, condition in query.items())
