"""A device's past for the tests: samples as the columns that a dry run takes."""

from collections.abc import Iterable, Iterator

from qlines.evaluation.columns import Column, Columns, pieces
from qlines.evaluation.sample import Sample

ANY_KEY = ""  # stands for a reading of which no rule wants a value


def columns_of(samples: Iterable[Sample]) -> Columns:
    found: dict[str, Column] = {}
    for sample in samples:
        for key, value in (sample.values or {ANY_KEY: 0}).items():
            times, values = found.setdefault(key, Column([], []))
            times.append(sample.ts_us)
            values.append(value)
    return found


def one_by_one(samples: Iterable[Sample]) -> Iterator[Columns]:
    """Yield each reading as a piece of its own, so that each of them is observed."""
    return (columns_of([sample]) for sample in samples)


def in_pieces(samples: Iterable[Sample], readings: int) -> Iterator[Columns]:
    return pieces(columns_of(samples), readings)
