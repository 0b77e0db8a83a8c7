"""A session is in a list once, leaves it from any place, and may be in several."""

import ctypes
import random

import pytest

PAUSED, TO_REPORT = 0, 1


class Lists:
    """Two lists of the same eight sessions."""

    def __init__(self, plugin):
        self.plugin = plugin
        plugin.lists_clear()

    def append(self, *sessions, to=PAUSED):
        for session in sessions:
            self.plugin.lists_append(to, session)

    def remove(self, session, which=PAUSED):
        return bool(self.plugin.lists_remove(which, session) & 1)

    def sessions(self, which=PAUSED):
        forwards, backwards = (ctypes.c_int * 8)(), (ctypes.c_int * 8)()
        count = self.plugin.lists_forwards(which, forwards)
        assert self.plugin.lists_backwards(which, backwards) == count
        assert list(backwards[:count]) == list(reversed(forwards[:count]))
        assert self.plugin.lists_count(which) == count
        return list(forwards[:count])


@pytest.fixture
def lists(plugin):
    return Lists(plugin)


def test_sessions_stay_in_the_order_in_which_they_came(lists):
    lists.append(3, 1, 2)

    assert lists.sessions() == [3, 1, 2]


def test_one_that_is_listed_keeps_its_place(lists):
    lists.append(3, 1, 3)

    assert lists.sessions() == [3, 1]


@pytest.mark.parametrize(("gone", "left"), [(3, [1, 2]), (1, [3, 2]), (2, [3, 1])])
def test_a_session_leaves_from_any_place(lists, gone, left):
    lists.append(3, 1, 2)

    assert lists.remove(gone)

    assert lists.sessions() == left
    assert not lists.remove(gone)


def test_the_lists_know_nothing_of_each_other(lists):
    lists.append(1, 2, to=PAUSED)
    lists.append(2, 3, to=TO_REPORT)

    lists.remove(2, PAUSED)

    assert (lists.sessions(PAUSED), lists.sessions(TO_REPORT)) == ([1], [2, 3])


def test_the_first_is_taken_until_none_is_left(lists, plugin):
    lists.append(5, 6)

    assert [plugin.lists_take(PAUSED) for _ in range(3)] == [5, 6, -1]


def test_a_list_is_as_one_of_python_whatever_happens(lists):
    chance = random.Random(11)
    expected: list[int] = []
    for _ in range(2_000):
        session = chance.randrange(8)
        if chance.random() < 0.5:
            lists.append(session)
            expected += [session] if session not in expected else []
        else:
            assert lists.remove(session) == (session in expected)
            expected = [one for one in expected if one != session]
        assert lists.sessions() == expected
