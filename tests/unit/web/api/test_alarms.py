"""/api/alarms: the list, one alarm, and what people do about it."""

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.evaluation.machine import observe
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import State
from qlines.evaluation.state_document import to_document
from qlines.store import alarm_ends, alarm_states, alarms, users
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document
from qlines.store.alarm_events import event_document
from qlines.store.alarm_states import StoredState

T0 = 1_800_000_000_000_000
MS = T0 // 1000


@pytest.fixture
def raise_alarm(world, alice):
    """Return a function that stores an alarm of Alice's device and returns its id."""

    def store(severity="major", rule_name="Hot", *, started_us=T0, ended_us=None):
        device = alice.device
        subject = Subject(alice.id, device["_id"], device["name"], ObjectId(), rule_name, 3)
        cause = Cause("t", 84.5, 80, 75, T0 - 1_000, "t 84.5 is above 80")
        alarm = alarm_document(
            subject, severity, cause, started_at=utc_datetime(started_us), now=utc_datetime(T0),
            fence=1, ended_at=ended_us and utc_datetime(ended_us),
        )  # fmt: skip
        alarm_collection(world.deps.db).insert_one(alarm)
        return str(alarm["_id"])

    return store


def test_an_alarm_has_times_in_milliseconds_and_words(alice, raise_alarm):
    alarm_id = raise_alarm(started_us=T0 - 60_000_000)

    alarm = alice.get(f"/api/alarms/{alarm_id}").json

    assert (alarm["started"], alarm["raised"], alarm["ended"]) == (MS - 60_000, MS, None)
    assert (alarm["status"], alarm["acknowledged"], alarm["count"]) == ("active", False, 1)
    assert (alarm["value"], alarm["limit"], alarm["clear"], alarm["last_ts"]) == (
        84.5, 80, 75, MS - 1,
    )  # fmt: skip
    assert alarm["title"] == "alice's device: t 84.5 is above 80"
    assert alarm["events"] == [
        {"at": MS, "type": "raised", "ts": MS - 1, "severity": "major", "by": None, "text": None}
    ]
    assert alarm["comments"] == []


def test_the_list_has_the_active_ones_and_how_many_there_are(alice, raise_alarm):
    minor, critical = raise_alarm("minor"), raise_alarm("critical")
    historic = raise_alarm(ended_us=T0)

    page = alice.get("/api/alarms?sort=severity&per_page=1").json

    assert (page["total"], page["page"], page["per_page"]) == (2, 1, 1)
    assert [alarm["id"] for alarm in page["items"]] == [critical]
    assert "events" not in page["items"][0]
    second = alice.get("/api/alarms?sort=severity&per_page=1&page=2").json
    assert [alarm["id"] for alarm in second["items"]] == [minor]
    [found] = alice.get("/api/alarms?status=historic").json["items"]
    assert (found["id"], found["status"], found["ended"]) == (historic, "historic", MS)
    assert alice.get("/api/alarms?status=all&search=HO").json["total"] == 3
    assert alice.get("/api/alarms?acknowledged=true").json["total"] == 0
    assert alice.get("/api/alarms?acknowledged=&search=").json["total"] == 2


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("status=open", 422), ("severity=bad", 422), ("sort=id", 422), ("order=up", 422),
        ("page=0", 422), ("per_page=201", 422), ("acknowledged=maybe", 422), ("unknown=1", 422),
        ("search=" + "a" * 201, 422), ("search=a%00", 422), ("rule=x", 404), ("device=x", 404),
    ],
)  # fmt: skip
def test_a_bad_query_is_refused(alice, query, status):
    assert alice.get(f"/api/alarms?{query}").status_code == status


def test_what_is_active_is_counted(alice, bob, raise_alarm):
    assert alice.get("/api/alarms/count").json == {
        "active": 0, "unacknowledged": 0, "highest": None,
    }  # fmt: skip
    seen = raise_alarm("critical")
    raise_alarm()
    alice.call("POST", f"/api/alarms/{seen}/acknowledge")

    assert alice.get("/api/alarms/count").json == {
        "active": 2, "unacknowledged": 1, "highest": "critical",
    }  # fmt: skip
    assert bob.get("/api/alarms/count").json["active"] == 0


def test_what_people_do_is_in_the_history_with_their_names(world, alice, carol, raise_alarm):
    path = f"/api/alarms/{raise_alarm()}"
    world.deps.clock.advance(1.234567)

    alice.call("POST", f"{path}/acknowledge")
    alice.call("POST", f"{path}/assign", json={"to": "Carol@example.com"})
    alice.call("POST", f"{path}/comments", json={"text": "on my way"})
    alice.call("POST", f"{path}/mute", json={"seconds": 60})
    alarm = alice.call("POST", f"{path}/clear").json

    assert [line["type"] for line in alarm["events"]] == [
        "raised", "acknowledged", "assigned", "commented", "muted", "cleared",
    ]  # fmt: skip
    assert {line["by"] for line in alarm["events"][1:]} == {"alice@example.com"}
    assert (alarm["status"], alarm["end_reason"]) == ("cleared", "by hand")
    assert (alarm["acknowledged_by"], alarm["assignee"]) == (
        "alice@example.com",
        "carol@example.com",
    )
    assert alarm["acknowledged_at"] == MS + 1234
    assert alarm["muted_until"] == MS + 61_234
    assert alarm["comments"] == [{"at": MS + 1234, "by": "alice@example.com", "text": "on my way"}]
    events = [one["type"] for one in world.deps.db.alarm_events.documents]
    assert events == ["acknowledged", "assigned", "commented", "cleared"]


def test_who_acknowledges_again_changes_nothing_and_leaves_no_line(world, alice, raise_alarm):
    path = f"/api/alarms/{raise_alarm()}/acknowledge"
    first = alice.call("POST", path).json
    lines = len(world.deps.db.audit.documents)
    world.deps.clock.advance(1)

    assert alice.call("POST", path).json == first
    assert len(world.deps.db.audit.documents) == lines


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/assign", {}), ("/assign", {"to": ""}), ("/assign", {"to": "a" * 255}),
        ("/assign", {"to": 5}), ("/comments", {"text": " "}), ("/comments", {"text": "a" * 2001}),
        ("/comments", {}), ("/mute", {"seconds": -1}), ("/mute", {"seconds": 2_592_001}),
        ("/mute", {"seconds": "60"}), ("/mute", {}), ("/clear", {"mute_seconds": -1}),
        ("/clear", {"mute_seconds": 1.5}), ("/clear", {"unknown": 1}),
    ],
)  # fmt: skip
def test_a_bad_request_changes_nothing(alice, raise_alarm, path, body):
    alarm_id = raise_alarm()

    assert alice.call("POST", f"/api/alarms/{alarm_id}{path}", json=body).status_code == 422
    assert len(alice.get(f"/api/alarms/{alarm_id}").json["events"]) == 1


def test_many_are_acknowledged_with_a_result_for_each(world, alice, bob, raise_alarm):
    new, seen = raise_alarm(), raise_alarm()
    alice.call("POST", f"/api/alarms/{seen}/acknowledge")
    body = {"ids": [new, seen, "f" * 24]}

    assert bob.call("POST", "/api/alarms/acknowledge", json=body).json == [
        {"id": one, "result": "not found"} for one in body["ids"]
    ]
    assert alice.call("POST", "/api/alarms/acknowledge", json=body).json == [
        {"id": new, "result": "acknowledged"},
        {"id": seen, "result": "was acknowledged"},
        {"id": "f" * 24, "result": "not found"},
    ]
    assert world.deps.db.audit.documents[-1]["what"] == "acknowledged 1 alarm"


def test_who_clears_and_mutes_says_how_long_it_is_silent_from_now_on(world, alice, raise_alarm):
    before, now = raise_alarm(ended_us=T0), raise_alarm()
    for stored in world.deps.db.alarms.documents:
        stored["rule"] = alice.device["_id"]  # both of one rule
    alice.call("POST", f"/api/alarms/{before}/mute", json={"seconds": 86_400})

    alice.call("POST", f"/api/alarms/{now}/clear", json={"mute_seconds": 60})

    muted = [stored.get("muted_until") for stored in world.deps.db.alarms.documents]
    assert muted == [None, utc_datetime(T0 + 60_000_000)]


@pytest.mark.parametrize("to", ["bob@example.com", "nobody@example.com", "Night shift"])
def test_an_alarm_is_not_given_to_who_cannot_see_it(world, alice, bob, raise_alarm, to):
    path = f"/api/alarms/{raise_alarm()}"

    answer = alice.call("POST", f"{path}/assign", json={"to": to})

    assert answer.status_code == 422
    [error] = answer.json["errors"]
    assert error["field"] == "to"
    assert error["reason"].startswith("must be the address of somebody who can see the alarm")
    assert world.deps.db.alarm_events.documents == []


def test_a_refusal_to_give_an_alarm_does_not_tell_whether_the_address_is_known(
    world, alice, bob, carol, raise_alarm
):
    path = f"/api/alarms/{raise_alarm()}/assign"
    users.set_disabled(world.deps.db, carol.id, disabled=True)

    def refusal(to):
        answer = alice.call("POST", path, json={"to": to})
        return answer.status_code, answer.text.replace(to, "…")

    unknown = refusal("nobody@example.com")
    assert unknown[0] == 422
    assert refusal("bob@example.com") == unknown
    assert refusal("carol@example.com") == unknown, "an admin who may not sign in"


def test_who_is_given_an_alarm_twice_has_one_message_about_it(world, alice, carol, raise_alarm):
    path = f"/api/alarms/{raise_alarm()}/assign"
    answers = [alice.call("POST", path, json={"to": "carol@example.com"}) for _ in range(2)]

    assert [answer.json["assignee"] for answer in answers] == ["carol@example.com"] * 2
    events = [one["type"] for one in world.deps.db.alarm_events.documents]
    assert events.count("assigned") == 1


def test_who_gives_alarms_to_others_all_the_time_is_stopped(world, alice, carol, raise_alarm):
    path = f"/api/alarms/{raise_alarm()}/assign"
    world.deps.redis.counts[f"alarms given to others:{alice.id}"] = 30

    answer = alice.call("POST", path, json={"to": "carol@example.com"})

    assert answer.status_code == 429
    assert answer.json["detail"].startswith("you may give 30 alarms an hour to others")
    for to in ("alice@example.com", None):
        assert alice.call("POST", path, json={"to": to}).status_code == 200


def test_an_admin_sees_and_works_on_an_alarm_while_it_is_theirs(alice, bob, carol, raise_alarm):
    path = f"/api/alarms/{raise_alarm()}"
    assert carol.get(path).status_code == 404
    alice.call("POST", f"{path}/assign", json={"to": "carol@example.com"})

    assert carol.get(path).json["assignee"] == "carol@example.com"
    assert carol.browser().get(path.removeprefix("/api")).status_code == 200
    assert carol.call("POST", f"{path}/acknowledge").status_code == 200
    assert bob.get(path).status_code == 404
    back = carol.call("POST", f"{path}/assign", json={"to": "alice@example.com"})

    assert back.json["assignee"] == "alice@example.com"
    assert carol.get(path).status_code == 404
    assert carol.call("POST", f"{path}/acknowledge").status_code == 404


def test_changing_many_reads_no_comments_of_which_one_alarm_may_have_a_megabyte(
    world, alice, raise_alarm, monkeypatch
):
    read = []

    def noting(alarm, *about):
        read.append(alarm.keys() & {"comments", "events"})
        return event_document(alarm, *about)

    for module in (alarms, alarm_ends):
        monkeypatch.setattr(module, "event_document", noting)
    alarm_id = raise_alarm()

    alice.call("POST", "/api/alarms/acknowledge", json={"ids": [alarm_id]})
    alarm_ends.end_rest(world.deps.db, {"owner": alice.id}, "rule removed", utc_datetime(T0))

    assert read == [set(), set()]
    assert len(alice.get(f"/api/alarms/{alarm_id}").json["events"]) == 3


@pytest.mark.parametrize("ids", [[], ["f" * 24] * 1001, "f" * 24, [5]])
def test_how_many_may_be_acknowledged_at_once_is_limited(alice, ids):
    answer = alice.call("POST", "/api/alarms/acknowledge", json={"ids": ids})

    assert answer.status_code == 422


def test_an_alarm_that_has_ended_cannot_be_cleared(alice, raise_alarm):
    answer = alice.call("POST", f"/api/alarms/{raise_alarm(ended_us=T0)}/clear")

    assert answer.status_code == 409


def test_a_mute_is_shown_at_every_alarm_of_the_rule_and_the_device(world, alice, raise_alarm):
    older, newer = raise_alarm(ended_us=T0), raise_alarm()
    [first, second] = world.deps.db.alarms.documents
    second["rule"] = first["rule"]

    alice.call("POST", f"/api/alarms/{older}/mute", json={"seconds": 3_600})

    until = MS + 3_600_000
    assert alice.get(f"/api/alarms/{newer}").json["muted_until"] == until
    assert [one["muted_until"] for one in alice.get("/api/alarms").json["items"]] == [until]
    alice.call("POST", f"/api/alarms/{newer}/mute", json={"seconds": 0})
    assert alice.get(f"/api/alarms/{older}").json["muted_until"] is None


@pytest.mark.parametrize(("value", "is_true"), [(85, True), (70, False)])
def test_an_alarm_says_whether_its_rule_is_true_still(world, alice, raise_alarm, value, is_true):
    alarm_id = raise_alarm()
    assert alice.get(f"/api/alarms/{alarm_id}").json["true_now"] is None
    [alarm] = world.deps.db.alarms.documents
    condition = {"kind": "above", "key": "t", "limit": 80}
    levels = [{"severity": "major", "conditions": [condition]}]
    fields = check({"name": "Hot", "levels": levels, "keep_for_seconds": 600})
    state = State.new()
    for seconds, sent in ((0, 85), (1, value)):
        at_us = T0 + seconds * 1_000_000
        sample = Sample(at_us, at_us, {"t": sent})
        state = observe(compile_rule("", 1, fields), state, sample, {}).state
    rule, device = str(alarm["rule"]), str(alarm["device"])
    stored = StoredState(
        rule, device, str(alice.id), 1, to_document(state), alarm=ObjectId(alarm_id)
    )
    world.deps.db.alarm_states.bulk_write(
        alarm_states.writes([stored], utc_datetime(T0)), ordered=False
    )

    assert alice.get(f"/api/alarms/{alarm_id}").json["true_now"] is is_true


@pytest.mark.parametrize(
    ("to", "said"),
    [("carol@example.com", "somebody else"), ("alice@example.com", "themselves"), (None, "nobody")],
)
def test_the_audit_line_names_nobody_else(world, alice, carol, raise_alarm, to, said):
    alice.call("POST", f"/api/alarms/{raise_alarm()}/assign", json={"to": to})

    line = world.deps.db.audit.documents[-1]["what"]
    assert line.endswith(f"to {said}")
    assert "carol" not in line
