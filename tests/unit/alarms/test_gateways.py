import pytest

from qlines.alarms.changes import Changes
from tests.unit.alarms.stage import Stage

SILENT = {"kind": "no_data", "seconds": 60}


@pytest.fixture
def stage(monkeypatch):
    return Stage(monkeypatch)


class BehindGateway:
    """A stage with a gateway, number 9, that speaks for device 1."""

    def __init__(self, stage, *, is_watched=True, **fields):
        self.stage, db = stage, stage.db
        stage.add_device()
        stage.add_device(9, gateway=True)
        self.device, self.gateway = (one["_id"] for one in db.devices.documents)
        db.gateway_devices.insert_one({"_id": self.device, "gateway": self.gateway})
        self.connect(is_connected=True)
        stage.add_rule(SILENT, scope={"type": "device", "value": str(self.device)})
        if is_watched:
            offline = {"kind": "offline", "seconds": 600}
            scope = {"type": "device", "value": str(self.gateway)}
            stage.add_rule(offline, scope=scope, **fields)
        stage.start()
        stage.send(1)
        stage.run(2)

    def connect(self, *, is_connected):
        document = {
            "_id": self.gateway,
            "connected": is_connected,
            "changed_at": self.stage.db_now,
        }
        self.stage.db.presence.delete_one({"_id": self.gateway})
        self.stage.db.presence.insert_one(document)
        self.stage.changes.append(Changes(presence=frozenset({str(self.gateway)})))


def test_while_its_gateway_is_away_an_alarm_about_silence_is_held_back(stage):
    scene = BehindGateway(stage)
    scene.connect(is_connected=False)
    stage.run(70, step=1)
    (alarm,) = stage.active
    assert alarm["held_back"]
    assert [one["quiet"] for one in stage.db.alarm_events.find()] == [True]

    scene.connect(is_connected=True)
    stage.send(1)
    stage.run(5, step=1)

    assert stage.active == []
    assert [one["quiet"] for one in stage.db.alarm_events.find()] == [True, True]


def test_an_alarm_that_was_held_back_is_made_known_a_while_after_its_gateway_is_back(
    stage,
):
    scene = BehindGateway(stage)
    scene.connect(is_connected=False)
    stage.run(70, step=1)
    stage.start()
    stage.run(2)

    scene.connect(is_connected=True)
    stage.run(65, step=1)

    (alarm,) = stage.active
    assert not alarm["held_back"]
    events = [(one["type"], one["quiet"]) for one in stage.db.alarm_events.find()]
    assert events == [("raised", True), ("raised", False)]


def test_where_no_rule_says_that_the_gateway_is_away_its_devices_alarms_are_made_known(stage):
    scene = BehindGateway(stage, is_watched=False)

    scene.connect(is_connected=False)
    stage.run(70, step=1)

    assert [one["held_back"] for one in stage.active] == [False]
    assert [one["quiet"] for one in stage.db.alarm_events.find()] == [False]


ESCALATION = {"after_seconds": 60, "channels": ["0" * 24]}


@pytest.mark.parametrize(("escalation", "is_held"), [(None, False), (ESCALATION, True)])
def test_a_rule_about_the_gateway_that_sends_no_messages_holds_none_back(
    stage, escalation, is_held
):
    scene = BehindGateway(stage, channels=[], escalation=escalation)

    scene.connect(is_connected=False)
    stage.run(70, step=1)

    assert [one["held_back"] for one in stage.active] == [is_held]


def test_an_alarm_is_made_known_when_nobody_is_sent_messages_about_its_gateway_any_more(stage):
    scene = BehindGateway(stage)
    scene.connect(is_connected=False)
    stage.run(70, step=1)
    assert stage.active[0]["held_back"]

    stage.change_rule(stage.db.alarm_rules.documents[1]["_id"], channels=[])
    stage.run(3, step=1)

    assert not stage.active[0]["held_back"]


def test_an_alarm_is_made_known_when_the_rule_about_its_gateway_is_switched_off(stage):
    scene = BehindGateway(stage)
    scene.connect(is_connected=False)
    stage.run(70, step=1)
    assert stage.active[0]["held_back"]

    stage.change_rule(stage.db.alarm_rules.documents[1]["_id"], enabled=False)
    stage.run(3, step=1)

    assert not stage.active[0]["held_back"]
