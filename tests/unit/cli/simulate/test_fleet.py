from qlines.cli.simulate import fleet
from qlines.cli.simulate.fleet import Schedule


def sent(schedule: Schedule, until: float) -> list[int]:
    taken: list[int] = []
    while schedule.next_at() <= until:
        taken += schedule.take(until, 1)
    return taken


def test_the_five_kinds_alternate() -> None:
    names = [device.name for device in fleet.make(7, seed=1)]

    assert names == [
        "Weather station 1",
        "Water meter 1",
        "GPS tracker 1",
        "Machine 1",
        "Door contact 1",
        "Weather station 2",
        "Water meter 2",
    ]


def test_the_same_seed_gives_the_same_history() -> None:
    first = [device.model.message(1_800_000_000) for device in fleet.make(5, seed=1)]
    second = [device.model.message(1_800_000_000) for device in fleet.make(5, seed=1)]

    assert first == second


def test_each_device_sends_at_its_own_interval() -> None:
    schedule = Schedule(fleet.make(3, seed=1), None, start=0.0)

    taken = sent(schedule, until=100.0)

    assert [taken.count(index) for index in range(3)] == [20, 10, 50]


def test_a_rate_is_for_all_devices_together() -> None:
    schedule = Schedule(fleet.make(20, seed=1), 500, start=0.0)

    assert abs(len(sent(schedule, until=10.0)) - 5_000) <= 20


def test_a_delay_is_caught_up() -> None:
    schedule = Schedule(fleet.make(1, seed=1), 10, start=0.0)

    assert schedule.take(1.0, limit=100) == [0] * 10


def test_it_takes_no_more_than_the_limit() -> None:
    schedule = Schedule(fleet.make(1, seed=1), 1_000, start=0.0)

    assert len(schedule.take(1.0, limit=200)) == 200
