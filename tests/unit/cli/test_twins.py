import pytest

from qlines.cli import twins

WELL = {
    "role": "standby", "since": 3_000, "sentence": "side a is active",
    "members": [
        {"side": "a", "state": "PRIMARY", "behind_seconds": 0.0},
        {"side": "b", "state": "SECONDARY", "behind_seconds": 1.5},
    ],
    "telemetry": {"lag_seconds": 0.4, "behind_records": 0, "unanswered_seconds": 0},
    "catch_up": None,
    "maintenance": None,
}  # fmt: skip
CATCHING_UP = {
    "is_needed": True, "reason": "records are gone", "sentence": "fetching the readings of 202611",
    "partitions_done": 3, "partitions": 12, "copied_points": 7,
}  # fmt: skip
AWAY = {"side": "a", "state": "(not reachable/healthy)", "behind_seconds": None}


def test_it_says_who_is_active_how_far_each_side_is_behind_and_that_nothing_is_to_be_done():
    text = twins.lines(WELL)

    assert text[0] == "Side a is active."
    assert any(line.split() == ["b", "secondary", "2", "s"] for line in text)
    assert text[-1] == twins.NOTHING_TO_DO


def test_what_is_not_well_is_said():
    assert twins.is_well(WELL)
    assert not twins.is_well(WELL | {"role": "unknown"})
    assert not twins.is_well(WELL | {"members": [AWAY]})
    drained = WELL | {"maintenance": {"since": 1, "reason": "maintenance"}}
    assert not twins.is_well(drained)
    assert twins.lines(drained)[1] == "This side is drained: `make resume` takes it back."
    assert twins.lines(WELL | {"members": [AWAY]})[-1] != twins.NOTHING_TO_DO


@pytest.mark.parametrize(
    ("of_readings", "line"),
    [
        ({}, "Readings of the other side: 0 s behind."),
        (
            {"catch_up": CATCHING_UP},
            "Fetching what was missed, 3 of 12 partitions: fetching the readings of 202611.",
        ),
        (
            {"telemetry": WELL["telemetry"] | {"unanswered_seconds": 20}},
            "The other side's Kafka has not answered for 20 s.",
        ),
        (
            {"telemetry": WELL["telemetry"] | {"lag_seconds": 31}},
            "Readings of the other side: 31 s behind.",
        ),
    ],
)
def test_how_far_the_readings_are_is_said_and_well_is_only_a_side_that_has_them(of_readings, line):
    assert line in twins.lines(WELL | of_readings)
    assert twins.is_well(WELL | of_readings) == (not of_readings)


def test_a_witness_has_no_readings_and_is_well():
    assert twins.is_well(WELL | {"telemetry": None})


@pytest.mark.parametrize(
    ("found", "is_expected"),
    [
        ({}, True),
        ({"role": "unknown"}, True),
        ({"members": [AWAY, WELL["members"][1]]}, True),
        ({"members": [WELL["members"][0], WELL["members"][1] | {"state": "RECOVERING"}]}, False),
        ({"catch_up": CATCHING_UP}, False),
        ({"telemetry": WELL["telemetry"] | {"lag_seconds": 31}}, False),
        ({"telemetry": WELL["telemetry"] | {"behind_records": 20_000}}, False),
        ({"telemetry": WELL["telemetry"] | {"unanswered_seconds": 1}}, False),
        ({"telemetry": WELL["telemetry"] | {"unanswered_seconds": 20}}, True),
        ({"telemetry": None}, False),
        ({"members": []}, False),
        (
            {
                "telemetry": WELL["telemetry"] | {"unanswered_seconds": 20},
                "catch_up": CATCHING_UP,
            },
            True,
        ),
    ],
)
def test_a_side_has_caught_up_when_it_has_what_the_others_can_give_it_now(found, is_expected):
    assert twins.has_caught_up(WELL | found, "b") == is_expected
