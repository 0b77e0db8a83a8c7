import pytest

from qlines.downlink.flight import Attempt, CameBack, Delivered, Flight, TooLarge, Way
from qlines.downlink.wire import Result

ATTEMPT = Attempt("6563f1a2b4c5d6e7f8091a2b-1", 1)
FIRST, SECOND = (Way(ATTEMPT, client, "topic/1", b"{}") for client in ("d/first", "d/second"))


@pytest.fixture
def flight():
    return Flight()


def said(flight, tag, *results):
    return [flight.result(tag, result) for result in results]


def test_what_the_client_acknowledges_is_delivered(flight):
    tag = flight.add(FIRST)

    assert said(flight, tag, Result.WRITTEN, Result.DELIVERED) == [None, Delivered(ATTEMPT)]
    assert not flight.has(ATTEMPT)
    assert flight.to_client("d/first") == 0


def test_an_order_is_unanswered_until_the_broker_says_anything(flight):
    tag, other = flight.add(FIRST), flight.add(SECOND)
    assert flight.unanswered == 2

    flight.result(tag, Result.DELIVERED)
    assert flight.unanswered == 1
    flight.result(other, Result.ENDED)

    assert flight.unanswered == 0


def test_the_first_of_two_clients_decides_and_the_other_changes_nothing(flight):
    tags = [flight.add(FIRST), flight.add(SECOND)]

    assert flight.result(tags[1], Result.DELIVERED) == Delivered(ATTEMPT)
    assert said(flight, tags[0], Result.DELIVERED, Result.ENDED) == [None, None]


@pytest.mark.parametrize("result", [Result.NOT_CONNECTED, Result.BUSY])
def test_what_the_broker_did_not_take_comes_back_unsent(flight, result):
    tag = flight.add(FIRST)

    assert flight.result(tag, result) == CameBack(ATTEMPT, was_sent=False)


@pytest.mark.parametrize("result", [Result.ENDED, Result.UNKNOWN])
def test_what_a_client_may_have_seen_comes_back_as_sent(flight, result):
    tag = flight.add(FIRST)

    assert flight.result(tag, result) == CameBack(ATTEMPT, was_sent=True)


def test_it_comes_back_only_when_no_client_is_left_that_might_acknowledge_it(flight):
    tags = [flight.add(FIRST), flight.add(SECOND)]

    assert flight.result(tags[0], Result.ENDED) is None
    assert flight.result(tags[1], Result.BUSY) == CameBack(ATTEMPT, was_sent=True)


def test_what_every_client_refuses_for_its_size_is_too_large(flight):
    tags = [flight.add(FIRST), flight.add(SECOND)]

    assert flight.result(tags[0], Result.TOO_LARGE) is None
    assert flight.result(tags[1], Result.TOO_LARGE) == TooLarge(ATTEMPT)


@pytest.mark.parametrize("other", [Result.BUSY, Result.NOT_CONNECTED, Result.ENDED])
def test_what_one_client_might_take_is_not_too_large(flight, other):
    tags = [flight.add(FIRST), flight.add(SECOND)]

    assert flight.result(tags[0], Result.TOO_LARGE) is None
    came_back = flight.result(tags[1], other)

    assert came_back == CameBack(ATTEMPT, was_sent=other == Result.ENDED)


def test_what_waits_for_a_kept_session_is_watched_once_it_resumes(flight):
    tag = flight.add(FIRST)
    assert flight.result(tag, Result.KEPT) is None
    assert flight.has(ATTEMPT)

    assert flight.resumed("d/first") == [FIRST]

    watching = flight.add(FIRST)
    assert said(flight, watching, Result.WRITTEN, Result.DELIVERED)[-1] == Delivered(ATTEMPT)
    assert flight.resumed("d/first") == []


def test_what_waits_for_nothing_but_a_kept_session_can_be_taken_back(flight):
    flight.result(flight.add(FIRST), Result.KEPT)

    assert flight.only_kept("d") == [ATTEMPT]
    assert flight.only_kept("another device") == []

    assert flight.take_back(ATTEMPT) == CameBack(ATTEMPT, was_sent=True)
    assert flight.resumed("d/first") == []
    assert not flight.has(ATTEMPT)


def test_a_session_that_unsubscribed_is_not_waited_for_when_it_is_kept(flight):
    tag = flight.add(FIRST)
    flight.unsubscribe("d/first")

    assert flight.result(tag, Result.KEPT) == CameBack(ATTEMPT, was_sent=True)


def test_what_a_session_acknowledges_after_it_unsubscribed_is_delivered(flight):
    tag = flight.add(FIRST)
    flight.unsubscribe("d/first")

    assert flight.result(tag, Result.DELIVERED) == Delivered(ATTEMPT)


def test_a_session_that_subscribed_again_is_waited_for(flight):
    tag = flight.add(FIRST)
    flight.unsubscribe("d/first")
    flight.resumed("d/first")

    assert flight.result(tag, Result.KEPT) is None
    assert flight.resumed("d/first") == [FIRST]


def test_a_late_result_of_an_earlier_connection_changes_nothing(flight):
    tag = flight.add(FIRST)

    flight.clear()

    assert flight.result(tag, Result.DELIVERED) is None
    assert flight.add(FIRST) != tag
