import json
from random import Random
from typing import Any

import pytest

from qlines.cli.simulate.fleet import KINDS
from qlines.cli.simulate.models import (
    door_contact,
    gps_tracker,
    machine,
    pump,
    water_meter,
    weather_station,
)

MORNING = 1_800_000_000.0  # 2027-01-15 08:00 UTC
DAY = 86_400


def history(
    kind: Any, seconds: int, step_seconds: float | None = None
) -> list[tuple[float, dict[str, Any] | None]]:
    model = kind.Model(Random(1))
    step_seconds = step_seconds or kind.EVERY_SECONDS
    times = [MORNING + step * step_seconds for step in range(int(seconds / step_seconds))]
    return [(now, model.message(now)) for now in times]


def messages(kind: Any, seconds: int, step_seconds: float | None = None) -> list[dict[str, Any]]:
    sent = history(kind, seconds, step_seconds)
    return [message for _, message in sent if message is not None]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_every_kind_sends_and_is_sometimes_silent(kind: Any) -> None:
    sent = history(kind, DAY, step_seconds=10)

    assert any(message is None for _, message in sent)
    assert any(message is not None for _, message in sent)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_every_message_is_small_json_without_nan(kind: Any) -> None:
    for message in messages(kind, 3600):
        assert len(json.dumps(message, allow_nan=False)) < 400


def test_afternoons_are_warmer_than_nights() -> None:
    sent = history(weather_station, DAY, step_seconds=30)
    hours = {hour: [] for hour in (3, 14)}  # type: dict[int, list[float]]
    for now, message in sent:
        hour = int(now % DAY // 3600)
        if message and hour in hours:
            hours[hour].append(message["temperature"])

    assert sum(hours[14]) / len(hours[14]) > sum(hours[3]) / len(hours[3]) + 3


def test_humidity_stays_within_bounds() -> None:
    assert all(
        15 <= message["humidity"] <= 100
        for message in messages(weather_station, DAY, step_seconds=30)
    )


def test_a_water_meter_never_decreases() -> None:
    pulses = [message["pulses"] for message in messages(water_meter, DAY)]

    assert pulses == sorted(pulses)
    assert pulses[-1] > pulses[0]


def test_a_battery_discharges() -> None:
    percents = [message["battery"] for message in messages(gps_tracker, 7200)]

    assert percents[-1] < percents[0]


def test_a_van_stays_in_its_town_at_the_speed_of_a_van() -> None:
    for message in messages(gps_tracker, 7200):
        assert 47.54 < message["latitude"] < 47.57
        assert 7.58 < message["longitude"] < 7.62
        assert 0 <= message["speed_kmh"] < 90


def test_a_machine_wears_fails_and_is_repaired() -> None:
    sent = messages(machine, 4 * DAY, step_seconds=30)
    states = [message["state"] for message in sent]
    failed = states.index("failed")

    assert sent[failed - 50]["vibration_mm_s"] > 8
    assert sent[failed]["rpm"] == 0
    assert "running" in states[failed:]


def test_a_door_contact_sends_when_it_moves_and_once_a_minute() -> None:
    sent = [(now, message) for now, message in history(door_contact, 3600) if message]
    states = [message["open"] for _, message in sent]

    assert True in states
    assert False in states
    assert sent[0][1]["openings"] <= sent[-1][1]["openings"]
    assert 60 <= len(sent) <= 400


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.NAME)
def test_every_kind_names_its_methods_when_it_does_not_know_one(kind: Any) -> None:
    answer = kind.Model(Random(1)).call("explode", None)

    assert answer["error"].startswith("unknown method explode; this device knows: ")


def sent_after(kind: Any, *calls: tuple[str, Any], seconds: int = 600) -> list[dict[str, Any]]:
    """Return what a device sends after an hour, and after it obeyed *calls* then."""
    model = kind.Model(Random(1))
    for second in range(0, 3600, 2):
        model.message(MORNING + second)
    for method, params in calls:
        assert "error" not in model.call(method, params)
    times = [MORNING + 3600 + second for second in range(0, seconds, 2)]
    return [sent for sent in map(model.message, times) if sent is not None]


def test_the_history_of_a_machine_is_the_same_without_commands() -> None:
    assert sent_after(machine) == sent_after(machine, ("setSpeed", {"rpm": 1480}))


def test_a_machine_stops_until_it_is_started() -> None:
    stopped = sent_after(machine, ("stop", None))
    started = sent_after(machine, ("stop", None), ("start", None), seconds=60)

    assert {(sent["state"], sent["rpm"]) for sent in stopped} == {("stopped", 0)}
    assert {sent["state"] for sent in started} == {"running"}


def test_a_failed_machine_is_repaired_although_it_was_stopped() -> None:
    model = machine.Model(Random(1))
    times = iter(range(int(MORNING), int(MORNING) + 4 * DAY, 30))
    while (sent := model.message(next(times))) is None or sent["state"] != "failed":
        pass

    assert model.call("stop", None) == {"state": "failed"}
    assert any(sent and sent["state"] == "running" for sent in map(model.message, times))


def test_a_machine_runs_at_the_speed_that_was_set() -> None:
    sent = sent_after(machine, ("start", None), ("setSpeed", {"rpm": 900}))
    running = [message["rpm"] for message in sent if message["state"] == "running"]

    assert running
    assert all(840 < rpm < 910 for rpm in running)


def test_a_machine_refuses_a_speed_that_would_break_it() -> None:
    assert machine.Model(Random(1)).call("setSpeed", {"rpm": 5000}) == {
        "error": 'setSpeed: params must be {"rpm": a number from 300 to 1800}, got {"rpm":5000}'
    }


def test_nothing_flows_through_a_closed_valve() -> None:
    closed = sent_after(water_meter, ("setValve", {"open": False}), seconds=7200)
    opened = sent_after(
        water_meter, ("setValve", {"open": False}), ("setValve", {"open": True}), seconds=7200
    )

    assert {(sent["valve_open"], sent["flow_l_min"], sent["leak"]) for sent in closed} == {
        (False, 0.0, False)
    }
    assert len({sent["pulses"] for sent in closed}) == 1
    assert {sent["valve_open"] for sent in opened} == {True}
    assert len({sent["pulses"] for sent in opened}) > 1


def test_a_weather_station_is_silent_while_it_boots_and_counts_its_uptime_anew() -> None:
    model = weather_station.Model(Random(1))
    for second in range(0, 600, 5):
        model.message(MORNING + second)

    assert model.call("reboot", None) == {"rebooting": True, "seconds": 12.0}
    sent = [model.message(MORNING + 600 + second) for second in range(0, 20, 4)]

    assert [message and message["uptime_seconds"] for message in sent] == [None, None, None, 0, 4]


def test_an_immobilized_van_comes_to_a_halt_until_it_may_go_on() -> None:
    halted = sent_after(gps_tracker, ("setImmobilizer", {"on": True}), seconds=120)[15:]
    released = sent_after(
        gps_tracker, ("setImmobilizer", {"on": True}), ("setImmobilizer", {"on": False})
    )

    assert {(sent["speed_kmh"], sent["ignition"], sent["immobilized"]) for sent in halted} == {
        (0.0, False, True)
    }
    assert any(sent["speed_kmh"] > 10 for sent in released)
    assert {sent["immobilized"] for sent in released} == {False}


def test_a_tracker_answers_where_it_is() -> None:
    model = gps_tracker.Model(Random(1))
    sent = model.message(MORNING)

    answer = model.call("locate", None)

    assert sent
    assert answer["latitude"] == pytest.approx(sent["latitude"], abs=0.001)
    assert answer["longitude"] == pytest.approx(sent["longitude"], abs=0.001)


def test_a_door_contact_that_counts_anew_sends_at_once() -> None:
    model = door_contact.Model(Random(1))
    before = model.message(MORNING)
    assert model.message(MORNING + 3) is None

    answer = model.call("resetOpenings", None)
    after = model.message(MORNING + 6)

    assert before
    assert answer == {"openings": 0, "before": before["openings"]}
    assert after
    assert after["openings"] == 0


def test_the_pump_is_hot_for_a_minute_in_four() -> None:
    celsius = [one["temperature"] for one in messages(pump, 720)]
    cycles = [celsius[start : start + 120] for start in range(0, 360, 120)]

    for cycle in cycles:
        assert max(cycle[20:90]) < 70
        assert min(cycle[100:119]) > 80


def test_a_pump_that_is_reset_begins_with_a_cool_cycle() -> None:
    model = pump.Model(Random(1))
    for second in range(0, 230, 2):
        model.message(MORNING + second)

    assert model.call("reset", None) == {"reset": True}

    later = [model.message(MORNING + 232 + second)["temperature"] for second in range(0, 170, 2)]
    assert max(later[30:]) < 70
