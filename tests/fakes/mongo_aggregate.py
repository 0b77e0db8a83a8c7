"""The aggregations that store/ runs, in memory: stages without expressions."""

from collections import Counter

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
    """Count by one field, which is all that is asked for."""
    assert operand["count"] == {"$sum": 1}
    name = operand["_id"].removeprefix("$")
    counted = Counter(document[name] for document in documents)
    return [{"_id": value, "count": count} for value, count in counted.items()]


STAGES = {
    "$group": _group,
    "$match": _match,
    "$sort": _sort,
    "$limit": _limit,
    "$project": _project,
    "$lookup": _lookup,
    "$unwind": _unwind,
}
