from qlines.cli import twins

WELL = {
    "role": "standby", "since": 3_000, "sentence": "side a is active",
    "members": [
        {"side": "a", "state": "PRIMARY", "behind_seconds": 0.0},
        {"side": "b", "state": "SECONDARY", "behind_seconds": 1.5},
    ],
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
    assert twins.lines(WELL | {"members": [AWAY]})[-1] != twins.NOTHING_TO_DO
