from proxy.decide import schedule

NOON = 1_800_014_400.0  # a multiple of half a day


def test_the_next_renewal_is_at_a_random_second_of_the_next_half_day():
    assert schedule.next_renewal(NOON + 5, lambda below: 0) == NOON + 12 * 3600
    assert schedule.next_renewal(NOON + 5, lambda below: below - 1) == NOON + 24 * 3600 - 1


def test_each_moment_lies_in_a_half_day_of_its_own():
    moment = NOON
    for _ in range(20):
        following = schedule.next_renewal(moment, lambda below: 1234 % below)
        assert following // schedule.HALF_DAY_SECONDS == moment // schedule.HALF_DAY_SECONDS + 1
        moment = following


def test_the_authority_is_asked_less_often_than_it_allows():
    tried, now = [0.0], 0.0
    for failures in range(1, 12):
        now += schedule.wait_after_refusals(failures)
        tried.append(now)

    for start in tried:
        assert sum(start <= one < start + 3600 for one in tried) < 5
    assert schedule.wait_after_refusals(99) == 12 * 3600


def test_a_look_that_costs_nothing_is_repeated_soon():
    waits = [schedule.wait_after_checks(failures) for failures in range(6)]

    assert waits == [0, 5, 10, 20, 30, 30]
    assert schedule.wait_after_refusals(0) == 0
