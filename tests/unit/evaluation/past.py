"""A device's past for the tests: samples, and the columns of them that a dry run takes."""

from collections.abc import Iterable, Iterator
from typing import Any

from hypothesis import strategies as st

from qlines.evaluation.columns import Column, Columns, pieces
from qlines.evaluation.limits import SECOND_US
from qlines.evaluation.sample import Sample
from tests.unit.evaluation.case import at

START_US = at("09:00")
ANY_KEY = ""  # stands for a reading of which no rule wants a value


@st.composite
def readings_of(draw: Any, stretches: st.SearchStrategy[Any]) -> list[Sample]:
    """Draw readings after START_US; a stretch is values, seconds between two, and a count."""
    found, now_us = [], START_US
    for sent, interval, count in draw(st.lists(stretches, min_size=1, max_size=12)):
        for _ in range(count):
            now_us += interval * SECOND_US
            found.append(Sample(now_us, now_us, sent))
    return found


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
