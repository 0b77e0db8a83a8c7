"""/api/notification-settings: when somebody wants no messages about alarms."""

import pytest

PATH = "/api/notification-settings"
NIGHT = {"zone": "Asia/Kolkata", "from": "22:00", "to": "07:00"}


def test_by_default_everything_is_sent(alice):
    assert alice.get(PATH).json == {"quiet_hours": None, "muted_until": None}


def test_what_is_not_given_stays(alice, bob):
    alice.call("PATCH", PATH, json={"quiet_hours": NIGHT})
    alice.call("PATCH", PATH, json={"muted_until": 1_800_000_000_000})

    assert alice.get(PATH).json == {"quiet_hours": NIGHT, "muted_until": 1_800_000_000_000}
    assert bob.get(PATH).json["quiet_hours"] is None

    alice.call("PATCH", PATH, json={"quiet_hours": None, "muted_until": None})
    assert alice.get(PATH).json == {"quiet_hours": None, "muted_until": None}


@pytest.mark.parametrize(
    "change",
    [{}, {"quiet_hours": {**NIGHT, "to": "22:00"}}, {"muted_until": "tomorrow"}, {"colour": 1}],
    ids=str,
)
def test_what_cannot_be_is_refused(alice, change):
    assert alice.call("PATCH", PATH, json=change).status_code == 422
