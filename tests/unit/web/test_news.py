"""Who waits for news of a device is woken by it, and by nothing else."""

import pytest

from qlines.web.news import MAX_CHANGES, News
from tests.fakes.announcements import announced

PUMP, VALVE = "a" * 24, "b" * 24


@pytest.fixture
def feed():
    """Return the news, and the announcements that they are."""
    return announced(lambda source: News(None, None, source))


def test_nothing_is_followed_before_somebody_waits_and_then_once(feed):
    news, announcements = feed
    assert not announcements.is_followed

    with news.of(PUMP, "commands"), news.of(VALVE, "changes"):
        pass

    assert announcements.is_followed


def test_those_who_wait_for_the_device_are_woken_by_its_commands(feed):
    news, announcements = feed
    with (
        news.of(PUMP, "commands") as one,
        news.of(PUMP, "commands") as other,
        news.of(VALVE, "commands") as neighbour,
        news.of(PUMP, "changes") as of_changes,
    ):
        announcements.say(PUMP)

        assert one.wait(0)
        assert other.wait(0)
        assert not neighbour.wait(0)
        assert not of_changes.wait(0)


def test_news_wake_once(feed):
    news, announcements = feed
    with news.of(PUMP, "commands") as waiting:
        announcements.say(PUMP)
        announcements.say(PUMP)

        assert waiting.wait(0)
        assert not waiting.wait(0)


def test_changes_are_kept_in_their_order_for_the_device_only(feed):
    news, announcements = feed
    with news.of(PUMP, "changes") as pump, news.of(VALVE, "changes") as valve:
        announcements.say(changes=[(PUMP, '{"a":1}'), (VALVE, '{"b":2}'), (PUMP, '{"a":3}')])

        assert pump.wait(0)
        assert list(pump.changes) == ['{"a":1}', '{"a":3}']
        assert list(valve.changes) == ['{"b":2}']


def test_when_some_may_have_been_missed_all_who_wait_for_commands_look(feed):
    news, announcements = feed
    with news.of(PUMP, "commands") as pump, news.of(VALVE, "changes") as valve:
        announcements.say(missed=True)

        assert pump.wait(0)
        assert not valve.wait(0)


def test_who_left_is_not_told(feed):
    news, announcements = feed
    with news.of(PUMP, "commands") as stays:
        with news.of(PUMP, "commands") as left:
            pass
        announcements.say(PUMP)

        assert stays.wait(0)
        assert not left.wait(0)


def test_of_many_changes_that_nobody_takes_the_newest_are_kept(feed):
    news, announcements = feed
    with news.of(PUMP, "changes") as waiting:
        announcements.say(changes=[(PUMP, str(number)) for number in range(MAX_CHANGES + 1)])

        assert (waiting.changes[0], len(waiting.changes)) == ("1", MAX_CHANGES)
