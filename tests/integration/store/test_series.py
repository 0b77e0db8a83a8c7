import pytest

from qlines.reading import Reading
from qlines.store import readings
from qlines.store.series import bands, series

PUMP = "1" * 24
T0 = 1_800_000_000_000_000
SECOND = 1_000_000
MINUTE = 60 * SECOND


def put(engine, *given):
    rows = [Reading(PUMP, "a" * 24, T0 + seconds * SECOND, values) for seconds, values in given]
    readings.insert(engine, readings.columns_of(rows))


def ask(engine, agg, points=2, keys=("a",), to_us=T0 + 2 * MINUTE - 1):
    return series(engine, PUMP, list(keys), T0, to_us, points, agg)


@pytest.mark.parametrize(
    ("agg", "first", "second"),
    [
        ("avg", 2.5, 10),
        ("min", 1, 10),
        ("max", 4, 10),
        ("sum", 5, 10),
        ("last", 4, 10),
        ("count", 2, 1),
    ],
)
def test_it_aggregates_each_bucket(engine, agg, first, second):
    put(engine, (0, {"a": 1}), (59, {"a": 4}), (60, {"a": 10}))

    assert ask(engine, agg) == {"a": [(T0 + 59 * SECOND, first), (T0 + 60 * SECOND, second)]}


def test_a_bucket_with_one_reading_shows_it_unchanged(engine):
    put(engine, (0, {"a": 1.25}), (61, {"a": 2**53 + 1}))

    assert ask(engine, "avg", points=500) == {
        "a": [(T0, 1.25), (T0 + 61 * SECOND, 9007199254740993)]
    }


@pytest.mark.parametrize("points", [1, 2, 7, 100, 500])
def test_it_never_returns_more_than_points(engine, points):
    put(engine, *((second, {"a": second}) for second in range(600)))

    found = ask(engine, "avg", points=points, to_us=T0 + 599 * SECOND)["a"]

    assert len(found) == points
    assert found == sorted(found)


def test_each_key_has_its_own_pairs_and_an_absent_key_none(engine):
    put(engine, (0, {"a": 1, "b": 5}), (60, {"a": 2}))

    assert ask(engine, "avg", keys=["a", "b", "c"]) == {
        "a": [(T0, 1), (T0 + MINUTE, 2)],
        "b": [(T0, 5)],
    }


@pytest.mark.parametrize("agg", ["avg", "min", "max", "sum", "last"])
def test_other_values_than_numbers_are_shown_by_the_last_of_each_bucket(engine, agg):
    put(
        engine,
        (0, {"bool": False, "text": "x", "json": {"a": 1}}),
        (1, {"bool": True, "text": "y", "json": [2]}),
        (60, {"bool": False, "text": "", "json": {}}),
    )
    first, second = T0 + SECOND, T0 + MINUTE

    assert ask(engine, agg, keys=["bool", "text", "json"]) == {
        "bool": [(first, True), (second, False)],
        "text": [(first, "y"), (second, "")],
        "json": [(first, [2]), (second, {})],
    }


def test_it_counts_whatever_there_is(engine):
    put(engine, (0, {"a": "x"}), (1, {"a": 2}), (60, {"a": True}))

    assert ask(engine, "count") == {"a": [(T0 + SECOND, 2), (T0 + MINUTE, 1)]}


@pytest.mark.parametrize(
    ("agg", "expected"), [("avg", 3), ("min", 2), ("max", 4), ("sum", 6), ("last", 4)]
)
def test_numbers_among_other_values_are_aggregated_without_them(engine, agg, expected):
    put(engine, (0, {"a": 2}), (1, {"a": "broken"}), (2, {"a": True}), (3, {"a": 4}))

    assert ask(engine, agg, points=1) == {"a": [(T0 + 3 * SECOND, expected)]}


def test_text_among_numbers_does_not_touch_the_other_buckets(engine):
    put(engine, (0, {"a": 2}), (1, {"a": 4}), (60, {"a": 1}), (61, {"a": "off"}))

    assert ask(engine, "avg") == {"a": [(T0 + SECOND, 3), (T0 + 61 * SECOND, "off")]}


def test_the_last_of_large_integers_keeps_its_digits(engine):
    put(engine, (0, {"a": 2**60 + 1}), (1, {"a": 2**60 + 3}))

    assert ask(engine, "last", points=1) == {"a": [(T0 + SECOND, 2**60 + 3)]}


def test_duplicates_among_mixed_values_count_once(engine):
    for _ in range(2):
        put(engine, (0, {"a": 1}), (1, {"a": "x"}), (2, {"a": 2}), (3, {"a": 6}))

    assert ask(engine, "sum", points=1) == {"a": [(T0 + 3 * SECOND, 9)]}
    assert ask(engine, "count", points=1) == {"a": [(T0 + 3 * SECOND, 4)]}


def test_a_sum_beyond_all_numbers_is_none(engine):
    put(engine, (0, {"a": 1e308}), (1, {"a": 1e308}))

    assert ask(engine, "sum", points=1) == {"a": [(T0 + SECOND, None)]}


def ask_bands(engine, points=2, keys=("a",), to_us=T0 + 2 * MINUTE - 1):
    return bands(engine, PUMP, list(keys), T0, to_us, points)


def test_a_band_has_the_mean_the_lowest_and_the_highest_of_each_bucket(engine):
    put(engine, (0, {"a": 1}), (1, {"a": 9}), (59, {"a": 2}), (60, {"a": 10}))

    assert ask_bands(engine) == {"a": [(T0 + 59 * SECOND, 4, 1, 9), (T0 + 60 * SECOND, 10, 10, 10)]}


def test_a_spike_of_one_reading_stays_visible_however_wide_the_buckets(engine):
    put(engine, *((second, {"a": 99 if second == 17 else 20}) for second in range(600)))

    found = ask_bands(engine, points=3, to_us=T0 + 599 * SECOND)["a"]

    assert [highest for *_, highest in found] == [99, 20, 20]


def test_a_band_of_bools_goes_from_0_to_1(engine):
    put(engine, (0, {"a": False}), (1, {"a": True}), (2, {"a": False}), (60, {"a": False}))

    assert ask_bands(engine) == {"a": [(T0 + 2 * SECOND, False, 0, 1), (T0 + MINUTE, False, 0, 0)]}


def test_a_bucket_that_ends_with_text_has_no_band(engine):
    put(engine, (0, {"a": 1}), (1, {"a": "off"}), (60, {"a": 3}), (61, {"a": 5}))

    assert ask_bands(engine) == {
        "a": [(T0 + SECOND, "off", None, None), (T0 + 61 * SECOND, 4, 3, 5)]
    }


def test_duplicates_do_not_move_the_mean_of_a_band(engine):
    put(engine, (0, {"a": 1}), (1, {"a": 4}))
    put(engine, (0, {"a": 1}))

    assert ask_bands(engine, points=1) == {"a": [(T0 + SECOND, 2.5, 1, 4)]}
