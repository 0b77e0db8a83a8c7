from qlines.evaluation.chain import Entry, Pack, cut, entry_at, entry_before, last_value, start
from qlines.evaluation.fold import Fold

FOLD, OTHER = Fold(), Fold()


def chain_of(*readings, fold=FOLD, older=None):
    """Return the chain of readings (time, value), by default after the start of one."""
    entry = older or start(fold)
    for ts_us, value in readings:
        entry = Entry(ts_us, ts_us + 1, (value,), fold, entry)
    return entry


def all_of(newest):
    found, entry = [], newest
    while entry is not None:
        found.append((entry.ts_us, entry.received_us, entry.values, entry.fold))
        entry = entry_before(entry)
    return found


def test_readings_with_one_fold_are_packed_and_are_the_same_when_looked_at():
    newest, unpacked = cut(chain_of((10, 1.5), (20, "on"), (30, None)), 0, 9, 100)

    assert type(newest.older) is Pack
    assert unpacked == 0
    assert all_of(newest) == [
        (30, 31, (None,), FOLD),
        (20, 21, ("on",), FOLD),
        (10, 11, (1.5,), FOLD),
        (0, 0, (None,), FOLD),
    ]


def test_what_is_packed_is_cut_again_with_what_came_since():
    packed, _ = cut(chain_of((10, 1), (20, 2), (30, 3)), 0, 9, 100)

    newest, _ = cut(chain_of((40, 4), (50, 5), older=packed), 30, 1, 100)

    assert [one[0] for one in all_of(newest)] == [50, 40, 30, 20, 10]


def test_with_another_fold_in_it_a_chain_is_cut_as_entries():
    packed, _ = cut(chain_of((10, 1), (20, 2)), 0, 9, 100)

    newest, kept = cut(chain_of((30, 3), fold=OTHER, older=packed), 20, 1, 100)

    assert kept == 3
    assert [(one[0], one[3]) for one in all_of(newest)] == [
        (30, OTHER), (20, FOLD), (10, FOLD), (0, FOLD),
    ]  # fmt: skip


def test_it_keeps_at_most_so_many():
    of_one_fold, _ = cut(chain_of(*((n, n) for n in range(1, 9))), 0, 9, 3)
    of_two, _ = cut(chain_of((9, 9), fold=OTHER, older=of_one_fold), 0, 9, 3)

    assert [one[0] for one in all_of(of_one_fold)] == [8, 7, 6, 5]
    assert [one[0] for one in all_of(of_two)] == [9, 8, 7, 6]


def test_it_finds_a_reading_and_the_last_value_in_a_pack():
    newest, _ = cut(chain_of((10, 1), (20, 2), (30, None)), 0, 9, 100)

    assert entry_at(newest, 15).ts_us == 10
    assert last_value(newest, 0) == 2
