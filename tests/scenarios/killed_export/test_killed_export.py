"""The story of a killed export: its worker dies by `kill -9` in the middle of it.

The export is requeued and finishes; after three deaths it ends as failed, with a sentence. Half a
file is never downloadable, and none stays behind.
"""

import time

import pytest

from tests.harness.deadline import eventually
from tests.harness.people import new_person

READINGS = 800_000  # some seconds of work for the job
FIRST_MS = int(time.time() * 1000) - 10 * READINGS
INSERT = (
    "INSERT INTO incoming SELECT '{device}', 'level', {first_us} + number * 10000, 1, number, ''"
    " FROM numbers({count})"
)
ATTEMPTS = 3  # the first and two retries


@pytest.fixture(scope="module")
def owner(killable_appliance):
    return new_person(killable_appliance.wait_well(), "owner")


@pytest.fixture(scope="module")
def device(killable_appliance, owner):
    """Return a device with enough readings for an export that takes seconds."""
    device = owner.new_device()
    killable_appliance.exec_sql(
        INSERT.format(device=device.id, first_us=FIRST_MS * 1000, count=READINGS)
    )
    return device


def request_export(owner, device):
    body = {"device": device.id, "keys": ["level"], "format": "csv"}
    span = {"from": FIRST_MS, "to": FIRST_MS + 10 * READINGS}
    answer = owner.api.post("/api/exports", json=body | span)
    assert answer.status_code == 202, answer.text
    return answer.json()["id"]


def files_of(appliance, export_id):
    """Return the names of the files that the export has."""
    return set(appliance.exec("find", "/data/exports", "-name", f"{export_id}.*").split())


def kill_in_the_middle(appliance, export_id):
    """Kill the worker when it has written 1 MB of the file; return the worker's process id."""
    pid = appliance.wait_for_program("rqworker")
    unfinished = f"/data/exports/{export_id}.unfinished"
    # -newer: a file of an earlier attempt is there until the retry truncates it.
    is_begun = f'[ -n "$(find {unfinished} -newer /tmp/now -size +1024k 2>/dev/null)" ]'
    # One command inside, because the export could finish before a second one starts.
    appliance.exec(
        "timeout", "60", "sh", "-c",
        f"touch /tmp/now; until {is_begun}; do sleep 0.02; done; kill -KILL {pid}",
    )  # fmt: skip
    assert files_of(appliance, export_id) == {unfinished}
    return pid


def assert_not_downloadable(owner, export_id):
    assert "url" not in owner.api.document(f"/api/exports/{export_id}")
    assert owner.api.get(f"/api/exports/{export_id}/file").status_code == 404


def state(owner, export_id):
    return owner.api.document(f"/api/exports/{export_id}")["state"]


def test_an_export_whose_worker_is_killed_is_requeued_and_finishes(
    killable_appliance, owner, device
):
    export_id = request_export(owner, device)

    killed = kill_in_the_middle(killable_appliance, export_id)

    assert_not_downloadable(owner, export_id)
    killable_appliance.wait_for_program("rqworker", other_than=killed)
    eventually(lambda: state(owner, export_id) == "done", 120, "the export finishes")
    lines = owner.api.get(f"/api/exports/{export_id}/file").text.splitlines()
    assert len(lines) == 1 + READINGS
    assert lines[-1].endswith(f",level,{READINGS - 1}")
    assert files_of(killable_appliance, export_id) == {f"/data/exports/{export_id}.csv"}


def test_an_export_whose_worker_dies_again_and_again_fails_with_a_sentence(
    killable_appliance, owner, device
):
    export_id = request_export(owner, device)

    for _ in range(ATTEMPTS):
        killed = kill_in_the_middle(killable_appliance, export_id)
        assert_not_downloadable(owner, export_id)
        killable_appliance.wait_for_program("rqworker", other_than=killed)

    eventually(lambda: state(owner, export_id) == "failed", 60, "the export is marked as failed")
    assert "interrupted" in owner.api.document(f"/api/exports/{export_id}")["error"]
    assert_not_downloadable(owner, export_id)
    eventually(
        lambda: files_of(killable_appliance, export_id) == set(),
        30,
        "the unfinished file is removed",
    )
    killable_appliance.wait_well()
