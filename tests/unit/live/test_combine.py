from qlines.live.combine import MOST_POINTS, Combiner


def test_it_gives_the_first_reading_at_once():
    combiner = Combiner()
    combiner.add("d", 5_000, {"a": 1})

    assert combiner.due(100.0) == [("d", {"a": [(5, 1)]})]
    assert combiner.due(200.0) == []


def test_it_combines_what_follows_in_quick_succession():
    combiner = Combiner()
    combiner.add("d", 1_000, {"a": 1})
    combiner.due(100.0)
    combiner.add("d", 2_000, {"a": 2})
    combiner.add("d", 3_000, {"a": 3, "b": True})

    assert combiner.due(100.049) == []
    assert combiner.due(100.06) == [("d", {"a": [(2, 2), (3, 3)], "b": [(3, True)]})]


def test_it_does_not_let_one_device_hold_up_another():
    combiner = Combiner()
    combiner.add("d1", 1_000, {"a": 1})
    combiner.due(100.0)
    combiner.add("d1", 2_000, {"a": 2})
    combiner.add("d2", 2_000, {"a": 2})

    assert [device for device, _ in combiner.due(100.01)] == ["d2"]


def test_it_says_when_the_next_is_due():
    combiner = Combiner()
    assert combiner.seconds_to_next(100.0) is None

    combiner.add("d", 1_000, {"a": 1})
    assert combiner.seconds_to_next(100.0) == 0.0

    combiner.due(100.0)
    combiner.add("d", 2_000, {"a": 2})
    assert round(combiner.seconds_to_next(100.02), 3) == 0.03


def test_it_keeps_the_newest_points_of_a_flood():
    combiner = Combiner()
    for number in range(5 * MOST_POINTS):
        combiner.add("d", number * 1_000, {"a": number})

    series = combiner.due(100.0)[0][1]["a"]

    assert len(series) == MOST_POINTS
    assert series[-1] == (5 * MOST_POINTS - 1, 5 * MOST_POINTS - 1)


def test_it_forgets_who_is_not_watched_any_more():
    combiner = Combiner()
    combiner.add("d1", 1_000, {"a": 1})
    combiner.add("d2", 1_000, {"a": 1})

    combiner.keep_only(frozenset({"d2"}))

    assert [device for device, _ in combiner.due(100.0)] == ["d2"]
