import json
from random import Random
from typing import Any

import pytest

from qlines.cli.simulate.fleet import KINDS
from qlines.cli.simulate.models import (
    door_contact,
    gps_tracker,
    machine,
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
