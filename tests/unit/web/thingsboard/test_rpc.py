"""ThingsBoard's paths for commands answer as ThingsBoard does, on our commands."""

import pytest

from qlines.clock import utc_datetime
from qlines.store import command_delivery, commands
from qlines.store.command_delivery import Answer
from qlines.web.background import in_background
from qlines.web.thingsboard import rpc
from qlines.web.turns import Room, Turns
from tests.harness.deadline import eventually

V1, V2 = "/api/plugins/rpc", "/api/rpc"
CALL = {"method": "open", "params": {"percent": 40}}


class Story:
    """Alice, whose script calls her pump, and what the pump does."""

    def __init__(self, world, alice):
        self.db, self.clock, self.alice = world.deps.db, world.deps.clock, alice
        self.announcements = world.deps.news._announcements

    def post(self, path, **body):
        path = f"{path}/{self.alice.device_id}"
        return self.alice.call("POST", path, json=CALL | body)

    def begin(self, path, **body):
        """Call in the background; return a function that returns the response."""
        response_of = in_background(lambda: self.post(path, **body))
        eventually(self.stored, 5, "the command is stored")
        return response_of

    def stored(self):
        items, _ = commands.page(self.db, self.alice.device_id, state=None, page=1, per_page=50)
        return items[0] if items else None

    def now(self):
        return utc_datetime(self.clock.now_us())

    def take(self):
        command = command_delivery.take(self.db, self.alice.device_id, "http", self.now())
        self.announcements.say(self.alice.device_id)
        return command

    def answer(self, text, number=1):
        answers = [Answer(self.alice.device_id, number, text, self.clock.now_us())]
        command_delivery.answer(self.db, answers)
        self.announcements.say(self.alice.device_id)


@pytest.fixture
def story(world, alice):
    return Story(world, alice)


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(rpc, "MAX_WAIT_SECONDS", 0.001)


@pytest.mark.parametrize("path", [f"{V1}/twoway", f"{V2}/twoway"])
def test_a_two_way_call_returns_what_the_device_answers(story, path):
    response_of = story.begin(path)

    assert story.take()["params"] == '{"percent":40}'
    story.answer('{"opened": 40.0}')

    response = response_of()
    assert (response.status_code, response.text) == (200, '{"opened": 40.0}')
    assert response.mimetype == "application/json"


def test_an_empty_answer_is_200_and_one_that_is_no_json_406(story):
    responses = []
    for number, text in enumerate(["", "it is open"], 1):
        response_of = in_background(lambda: story.post(f"{V2}/twoway"))
        eventually(lambda number=number: story.stored()["number"] == number, 5, "it is stored")
        story.answer(text, number)
        responses.append(response_of())

    assert [response.status_code for response in responses] == [200, 406]
    assert responses[0].data == b""
    assert "it is open" in responses[1].json["detail"]


def test_a_one_way_call_returns_once_the_device_has_it(story):
    response_of = story.begin(f"{V2}/oneway")
    assert not story.stored()["two_way"]

    story.take()

    response = response_of()
    assert (response.status_code, response.data) == (200, b"")


@pytest.mark.parametrize(
    ("path", "never_got_it", "did_not_answer"), [(V1, 409, 408), (V2, 504, 504)]
)
def test_a_call_without_an_answer_ends_with_the_status_of_its_version(
    story, impatient, path, never_got_it, did_not_answer
):
    assert story.post(f"{path}/twoway").status_code == never_got_it
    story.take()
    again = story.post(f"{path}/twoway", requestUUID="one")
    assert again.status_code == never_got_it

    story.take()

    late = story.post(f"{path}/twoway", requestUUID="one")
    assert late.status_code == did_not_answer
    assert "did not answer" in late.json["detail"]


def test_a_call_that_is_cancelled_meanwhile_says_by_whom(story):
    response_of = story.begin(f"{V2}/twoway")

    story.alice.call("DELETE", f"/api/devices/{story.alice.device_id}/commands/1")
    story.announcements.say(story.alice.device_id)

    response = response_of()
    assert response.status_code == 504
    assert response.json["detail"] == "cancelled by alice@example.com"


def test_the_device_may_be_removed_while_a_script_waits(story):
    response_of = story.begin(f"{V2}/twoway")

    commands.remove_of_devices(story.db, [story.alice.device["_id"]])
    story.announcements.say(missed=True)

    assert response_of().status_code == 404


def test_a_persistent_call_returns_its_id_at_once(story):
    response = story.post(f"{V2}/oneway", persistent=True, timeout=20_000, retries=2)

    assert response.json == {"rpcId": f"{story.alice.device_id}-1"}
    command = story.stored()
    assert (command["two_way"], command["retries"], command["by"]) == (
        False, 2, "alice@example.com",
    )  # fmt: skip
    assert (command["expires_at"] - command["created_at"]).total_seconds() == 20


def test_the_same_uuid_again_is_the_same_command(story):
    ids = {
        story.post(f"{V1}/twoway", persistent=True, requestUUID="abc").json["rpcId"]
        for _ in range(2)
    }

    assert ids == {f"{story.alice.device_id}-1"}


def test_commands_keep_to_the_order_that_the_device_wants(story):
    story.alice.call(
        "PATCH", f"/api/devices/{story.alice.device_id}", json={"commands_in_order": True}
    )

    story.post(f"{V2}/twoway", persistent=True)

    assert story.stored()["in_order"]


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"method": ""}, "method"),
        ({"method": 1}, "method"),
        ({"timeout": "soon"}, "timeout"),
        ({"persistent": "yes"}, "persistent"),
        ({"retries": -1}, "retries"),
        ({"expirationTime": 5}, "expirationTime"),
        ({"params": "x" * 60_000}, "params"),
        ({"params": 2**64}, "body"),
    ],
)
def test_a_call_that_may_not_be_is_refused_with_the_field(story, body, word):
    response = story.post(f"{V2}/twoway", **body)

    assert response.status_code == 422
    assert response.json["errors"][0]["field"] == word
    assert story.stored() is None


def test_a_call_without_a_method_is_refused(alice):
    response = alice.call("POST", f"{V2}/twoway/{alice.device_id}", json={"params": 1})

    assert response.status_code == 422


def test_a_person_waits_for_so_many_answers_only(story, monkeypatch):
    monkeypatch.setattr(rpc, "calls_of_people", Turns(Room(1, 0, 0.0), rpc._too_many))
    response_of = story.begin(f"{V2}/twoway")

    refused = story.post(f"{V2}/twoway")

    assert refused.status_code == 429
    assert "persistent" in refused.json["detail"]
    story.answer("1")
    assert response_of().status_code == 200


def test_a_record_has_thingsboards_form(story):
    rpc_id = story.post(f"{V2}/twoway", persistent=True).json["rpcId"]
    story.take()
    story.answer('{"opened": true}')

    record = story.alice.get(f"{V2}/persistent/{rpc_id}").json

    device = {"entityType": "DEVICE", "id": story.alice.device_id}
    assert record["id"] == {"entityType": "RPC", "id": rpc_id}
    assert record["deviceId"] == device
    assert record["request"]["body"] == {"method": "open", "params": '{"percent":40}'}
    assert record["request"]["oneway"] is False
    assert record["response"] == {"opened": True}
    assert record["status"] == "SUCCESSFUL"
    assert record["expirationTime"] - record["createdTime"] == 10_000


@pytest.mark.parametrize("number", ["0", "2", "x", "", "1" * 30])
def test_an_id_of_no_command_is_404(story, number):
    story.post(f"{V2}/twoway", persistent=True)

    path = f"{V2}/persistent/{story.alice.device_id}-{number}"
    assert story.alice.get(path).status_code == 404


def test_a_record_that_was_deleted_is_gone_and_its_command_does_not_leave(story):
    rpc_id = story.post(f"{V2}/twoway", persistent=True).json["rpcId"]

    assert story.alice.call("DELETE", f"{V2}/persistent/{rpc_id}").status_code == 200

    assert story.alice.get(f"{V2}/persistent/{rpc_id}").status_code == 404
    assert story.take() is None


def test_records_are_listed_by_page_and_status(story):
    for _ in range(3):
        story.post(f"{V2}/twoway", persistent=True)
    story.take()
    path = f"{V2}/persistent/device/{story.alice.device_id}"

    first = story.alice.get(f"{path}?pageSize=2&page=0").json
    last = story.alice.get(f"{path}?pageSize=2&page=1").json
    queued = story.alice.get(f"{path}?pageSize=10&page=0&rpcStatus=QUEUED").json

    assert [len(first["data"]), first["totalPages"], first["totalElements"]] == [2, 2, 3]
    assert (first["hasNext"], last["hasNext"]) == (True, False)
    assert [one["status"] for one in last["data"]] == ["DELIVERED"]
    assert queued["totalElements"] == 2


def test_a_status_in_which_no_command_is_here_lists_none_and_an_unknown_one_is_refused(story):
    story.post(f"{V2}/twoway", persistent=True)
    path = f"{V2}/persistent/device/{story.alice.device_id}"

    assert story.alice.get(f"{path}?rpcStatus=TIMEOUT").json["data"] == []
    assert story.alice.get(f"{path}?rpcStatus=SLEEPING").status_code == 422
