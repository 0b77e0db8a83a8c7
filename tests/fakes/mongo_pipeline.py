"""The aggregation expressions that updates of store/ use, evaluated in memory."""

from collections import ChainMap
from datetime import UTC, datetime, timedelta


def run_pipeline(steps, document):
    """Return the document after an update by a pipeline of ``$set`` steps."""
    for step in steps:
        [(operator, fields)] = step.items()
        assert operator == "$set"
        values = {name: evaluate(value, document) for name, value in fields.items()}
        document = {**document, **values}
    return document


def evaluate(expression, variables):
    """Return the value of an expression; *variables* are the document's fields and ``$$names``."""
    if isinstance(expression, str) and expression.startswith("$"):
        return _path(expression, variables)
    if isinstance(expression, list):
        return [evaluate(item, variables) for item in expression]
    if isinstance(expression, dict):
        if not any(name.startswith("$") for name in expression):
            return {name: evaluate(value, variables) for name, value in expression.items()}
        [(operator, operand)] = expression.items()
        return OPERATORS[operator](operand, variables)
    return expression


def _path(expression, variables):
    if expression.startswith("$$"):
        name, _, rest = expression[2:].partition(".")
        if name == "NOW":
            return datetime.now(UTC)
        value, names = variables[f"$${name}"], rest.split(".") if rest else []
    else:
        value, names = variables, expression[1:].split(".")
    for name in names:
        value = [item[name] for item in value] if isinstance(value, list) else value.get(name)
    return value


def _map(operand, variables):
    return [
        evaluate(operand["in"], {**variables, f"$${operand['as']}": item})
        for item in evaluate(operand["input"], variables)
    ]


def _filter(operand, variables):
    return [
        item
        for item in evaluate(operand["input"], variables)
        if evaluate(operand["cond"], {**variables, f"$${operand['as']}": item})
    ]


def _if_null(operand, variables):
    value = evaluate(operand[0], variables)
    return evaluate(operand[1], variables) if value is None else value


def _cond(operand, variables):
    condition, then, otherwise = operand
    return evaluate(then if evaluate(condition, variables) else otherwise, variables)


def _add(value, more):
    return value + timedelta(milliseconds=more) if isinstance(value, datetime) else value + more


def _slice(operand, variables):
    values, count = evaluate(operand, variables)
    return values[count:] if count < 0 else values[:count]


def _is_equal(left, right):
    """Return whether MongoDB takes them for equal: true is not 1."""
    return left == right and isinstance(left, bool) == isinstance(right, bool)


def _on_arguments(function):
    return lambda operand, variables: function(*evaluate(operand, variables))


OPERATORS = {
    "$literal": lambda operand, _variables: operand,
    "$not": lambda operand, variables: not evaluate(operand, variables),
    "$anyElementTrue": lambda operand, variables: any(evaluate(operand, variables)),
    "$map": _map,
    "$filter": _filter,
    "$ifNull": _if_null,
    "$slice": _slice,
    "$cond": _cond,
    "$add": _on_arguments(_add),
    "$or": _on_arguments(lambda *values: any(values)),
    "$and": _on_arguments(lambda *values: all(values)),
    "$eq": _on_arguments(_is_equal),
    "$ne": _on_arguments(lambda left, right: not _is_equal(left, right)),
    "$lte": _on_arguments(lambda left, right: left is None or left <= right),
    "$gt": _on_arguments(lambda left, right: left > right),
    "$gte": _on_arguments(lambda left, right: left >= right),
    "$first": lambda operand, variables: next(iter(evaluate(operand, variables)), None),
    "$mergeObjects": _on_arguments(lambda *documents: dict(ChainMap(*reversed(documents)))),
    "$in": _on_arguments(lambda value, values: value in values),
    "$concatArrays": _on_arguments(lambda *lists: [item for part in lists for item in part]),
}
