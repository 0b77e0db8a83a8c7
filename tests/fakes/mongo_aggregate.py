"""The aggregations that store/ runs, in memory: stages without expressions."""

from tests.fakes.mongo_query import matches


def aggregated(documents, steps, database):
    """Return the documents after these stages; *database* has the collections of a lookup."""
    for step in steps:
        [(stage, operand)] = step.items()
        documents = STAGES[stage](documents, operand, database)
    return documents


def _match(documents, query, _database):
    return [document for document in documents if matches(document, query)]


def _sort(documents, fields, _database):
    [(field, direction)] = fields.items()
    return sorted(documents, key=lambda document: document[field], reverse=direction < 0)


def _limit(documents, count, _database):
    return documents[:count]


def _project(documents, fields, _database):
    return [
        {name: value for name, value in document.items() if fields.get(name)}
        for document in documents
    ]


def _lookup(documents, operand, database):
    return [document | {operand["as"]: _joined(document, operand, database)}
            for document in documents]  # fmt: skip


def _joined(document, operand, database):
    steps = [
        {"$match": {operand["foreignField"]: document[operand["localField"]]}},
        *operand["pipeline"],
    ]
    return list(database[operand["from"]].aggregate(steps))


def _unwind(documents, path, _database):
    name = path.removeprefix("$")
    return [document | {name: item} for document in documents for item in document[name]]


def _group(documents, operand, _database):
    """Group by one field, or by several as an object."""
    keys, found = operand["_id"], {}
    names = keys.values() if isinstance(keys, dict) else [keys]
    for document in documents:
        values = tuple(document[name.removeprefix("$")] for name in names)
        found.setdefault(values, []).append(document)
    return [
        {"_id": dict(zip(keys, values, strict=True)) if isinstance(keys, dict) else values[0]}
        | {name: _accumulated(step, group) for name, step in operand.items() if name != "_id"}
        for values, group in found.items()
    ]


def _accumulated(step, documents):
    [(name, field)] = step.items()
    if name == "$sum":
        assert field == 1, "only counting is known"
        return len(documents)
    values = [document[field.removeprefix("$")] for document in documents]
    return {"$first": lambda: values[0], "$max": lambda: max(values)}[name]()


STAGES = {
    "$group": _group,
    "$match": _match,
    "$sort": _sort,
    "$limit": _limit,
    "$project": _project,
    "$lookup": _lookup,
    "$unwind": _unwind,
}
