"""A state as a document for MongoDB and back; nothing is lost.

    {"status": "pending", "room": 64, "ticked": µs, "clock_off": µs, "problem": "", "watched": µs,
     "heard": µs, "published": [severity, since, condition, readings, value, time] | null,
     "late": {"received": µs, "room": 64, "raised": […] | null, "chain": {…}} | null,
     "chain": {"folds": […], "entries": [[time, arrival, place of its fold, values], …]}}

The oldest entry comes first. Entries share their folds, because most readings change none. A value
that is an object or a list is kept as text: MongoDB does not take every key.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from qlines.evaluation.chain import Entry, entry_before
from qlines.evaluation.condition import Memory
from qlines.evaluation.effect import Effect
from qlines.evaluation.fold import Active, Ended, Fold
from qlines.evaluation.publish import Published
from qlines.evaluation.state import Late, State

Document = dict[str, Any]


def to_document(state: State) -> Document:
    """Return the document of a state."""
    published = state.published
    return {
        "status": state.status,
        "room": state.room,
        "ticked": state.ticked_us,
        "clock_off": state.clock_off_us,
        "problem": state.problem,
        "watched": state.watched_us,
        "heard": state.heard_us,
        "published": None if published is None else [_value(one) for one in published],
        "late": None if state.late is None else _late(state.late),
        "chain": _chain(state.newest),
    }


def from_document(document: Mapping[str, Any]) -> State:
    """Return the state of a document that to_document() has made."""
    published, late = document["published"], document["late"]
    return State(
        newest=_read_chain(document["chain"]),
        room=document["room"],
        published=None if published is None else Published(*map(_read_value, published)),
        late=None if late is None else _read_late(late),
        ticked_us=document["ticked"],
        clock_off_us=document["clock_off"],
        problem=document["problem"],
        watched_us=document["watched"],
        heard_us=document["heard"],
    )


def _late(late: Late) -> Document:
    return {
        "received": late.received_us,
        "room": late.room,
        "raised": None if late.raised is None else [_value(one) for one in late.raised],
        "chain": _chain(late.newest),
    }


def _read_late(document: Mapping[str, Any]) -> Late:
    raised = document["raised"]
    return Late(
        document["received"],
        _read_chain(document["chain"]),
        document["room"],
        None if raised is None else Effect(*map(_read_value, raised)),
    )


def _chain(newest: Entry) -> Document:
    entries: list[list[Any]] = []
    places: dict[int, int] = {}
    folds: list[Any] = []
    entry: Entry | None = newest
    while entry is not None:
        place = places.setdefault(id(entry.fold), len(folds))
        if place == len(folds):
            folds.append(_fold(entry.fold))
        entries.append([entry.ts_us, entry.received_us, place, [*map(_value, entry.values)]])
        entry = entry_before(entry)
    return {"folds": folds, "entries": entries[::-1]}


def _read_chain(document: Mapping[str, Any]) -> Entry:
    folds = [_read_fold(fold) for fold in document["folds"]]
    entry: Entry | None = None
    for ts_us, received_us, place, values in document["entries"]:
        entry = Entry(ts_us, received_us, tuple(map(_read_value, values)), folds[place], entry)
    assert entry is not None  # a chain has its start at least
    return entry


def _fold(fold: Fold) -> list[Any]:
    return [
        [_memory(memory) for memory in fold.memory],
        list(fold.since),
        list(fold.on),
        fold.active and list(fold.active),
        fold.clearing_us,
        fold.ended and list(fold.ended),
        fold.is_blocked,
        fold.is_settled,
    ]


def _read_fold(document: list[Any]) -> Fold:
    memory, since, on, active, clearing_us, ended, is_blocked, is_settled = document
    return Fold(
        tuple(map(_read_memory, memory)),
        tuple(since),
        tuple(on),
        active and Active(*active),
        clearing_us,
        ended and Ended(*ended),
        is_blocked,
        is_settled,
    )


def _memory(memory: Memory) -> Any:
    return [_value(one) for one in memory] if type(memory) is tuple else memory


def _read_memory(document: Any) -> Memory:
    return tuple(map(_read_value, document)) if type(document) is list else document


def _value(value: Any) -> Any:
    return {"json": orjson.dumps(value).decode()} if isinstance(value, dict | list) else value


def _read_value(document: Any) -> Any:
    return orjson.loads(document["json"]) if isinstance(document, Mapping) else document
