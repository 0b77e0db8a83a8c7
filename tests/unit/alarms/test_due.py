import pytest

from qlines.alarms.due import SPARE, Due

WEEK = 604_800_000_000


def test_what_is_due_is_taken_once_in_its_order():
    due = Due()
    due.add("b", 20)
    due.add("a", 10)
    due.add("c", 30)

    assert due.take(20) == ["a", "b"]
    assert due.take(25) == []
    assert len(due) == 1


def test_an_earlier_moment_counts_and_a_later_one_is_asked_for_again():
    due = Due()
    due.add("a", 20)
    due.add("a", 30)
    assert due.take(20) == ["a"]

    due.add("a", 30)
    due.add("a", 25)
    assert due.take(25) == ["a"]
    assert due.take(30) == []


def test_a_device_that_sends_all_the_time_does_not_fill_the_heap():
    due = Due()
    for second in range(10_000):
        due.add("a", second + 60)

    assert len(due._heap) == 1


def test_what_is_forgotten_is_never_due():
    due = Due()
    due.add("a", 10)
    due.forget("a")

    assert due.take(10) == []
    assert len(due) == 0


@pytest.mark.parametrize("is_forgotten", [True, False])
def test_moments_that_hold_no_longer_are_not_kept(is_forgotten):
    due = Due()
    due.add("pump", WEEK)
    for moment in range(5_000):
        due.add("valve", WEEK + moment)
        if is_forgotten:
            due.forget("valve")
        else:
            due.add("valve", moment)
            assert due.take(moment) == ["valve"]

    assert len(due._heap) <= SPARE + 4
    assert due.take(2 * WEEK) == ["pump"]
