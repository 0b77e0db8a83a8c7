from appliance.shared.backoff import Backoff


def pauses(backoff, count):
    return [backoff.next_seconds() for _ in range(count)]


def test_each_pause_is_twice_the_one_before_up_to_the_maximum():
    backoff = Backoff(first_seconds=0.1, max_seconds=2, jitter=0)

    assert pauses(backoff, 7) == [0.1, 0.2, 0.4, 0.8, 1.6, 2, 2]


def test_jitter_shortens_a_pause_by_at_most_its_share():
    longest = Backoff(first_seconds=1, jitter=0.2, uniform=lambda: 0.0)
    shortest = Backoff(first_seconds=1, jitter=0.2, uniform=lambda: 1.0)

    assert (longest.next_seconds(), shortest.next_seconds()) == (1, 0.8)


def test_it_begins_again_after_a_reset():
    backoff = Backoff(first_seconds=0.1, jitter=0)
    pauses(backoff, 5)

    backoff.reset()

    assert (backoff.attempts, backoff.next_seconds()) == (0, 0.1)
