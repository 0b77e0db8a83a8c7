"""The story of a copy elsewhere: every backup is copied to another machine, by SFTP, S3 or REST.

The key and the credentials are put in place by the lines of backup/README.md. A place that does not
answer fails the run and leaves the backup good; what was missed follows with the next one. A blank
machine restores from the copy.
"""

import json
import subprocess
from datetime import datetime, timedelta

import pytest

from tests.harness.appliance import Appliance
from tests.harness.backup_storage import Storage, s3_server
from tests.harness.backups import PASSWORD, report
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError
from tests.harness.people import new_person
from tests.harness.runbook import blocks

SECONDS = 240
SFTP, S3 = 0, 1  # the blocks of "Keep a copy elsewhere"


@pytest.fixture(scope="module")
def storage():
    """Return the other machine; without Go the tests are skipped, which fails in CI."""
    s3 = s3_server()
    if s3 is None:
        pytest.skip("NO GO: copies to S3 were not tested; see `.ci/tools go`")
    storage = Storage(s3)
    yield storage
    storage.remove()


@pytest.fixture(scope="module")
def kept(image):
    """Yield an appliance with an owner and a device."""
    appliance = Appliance(image, environment={"QLINES_BACKUP_PASSWORD": PASSWORD})
    try:
        new_person(appliance.start(), "owner").new_device("pump")
        yield appliance
    finally:
        appliance.remove()


@pytest.fixture(scope="module")
def folder(kept, storage, tmp_path_factory):
    """Return a folder with the key, which logs in at the storage; both are as the page says."""
    folder = tmp_path_factory.mktemp("operator")
    follow(blocks("Keep a copy elsewhere")[SFTP], kept, storage, folder)
    storage.accept((folder / "backup_key.pub").read_text())
    follow(blocks("Keep a copy elsewhere")[S3], kept, storage, folder)
    return folder


@pytest.fixture
def places(folder, storage):
    """Return the addresses of the three kinds, with what else must be set for each."""
    assert (folder / "backup_key").exists()
    at = storage.host
    return {
        "sftp": {"QLINES_BACKUP_SECOND_REPOSITORY": f"sftp:backup@{at}:qlines"},
        "s3": {"QLINES_BACKUP_SECOND_REPOSITORY": f"s3:http://{at}:9000/qlines"},
        "rest": {
            "QLINES_BACKUP_SECOND_REPOSITORY": f"rest:http://user:password@{at}:8000/user",
            "QLINES_BACKUP_SECOND_PRUNE": "off",
        },
    }


def follow(text, appliance, storage, folder):
    """Run lines of the page, with the names of this test's machines."""
    for word, value in (
        ("docker exec -i qlines ", f"docker exec -i {appliance.name} "),
        ("ssh-keyscan ", f"docker exec {appliance.name} ssh-keyscan "),
        ("storage.example.com", storage.host),
        ("qlines-data:", f"{appliance.volume}:"),
        ("qlines/appliance ", f"{appliance.image} "),
        (" KEY SECRET ", " key secret "),
    ):
        text = text.replace(word, value)
    subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, check=True, timeout=60)


def backup(appliance, verb, *words, **settings):
    """Run a verb with settings of its own."""
    environment = [f"{name}={value}" for name, value in settings.items()]
    return appliance.exec(
        "env", *environment, "qlines", "backup", verb, *words, "--json", seconds=SECONDS
    )


def copy_at(place):
    """Return the setting with which a verb reads the copy."""
    return {"QLINES_BACKUP_REPOSITORY": place["QLINES_BACKUP_SECOND_REPOSITORY"]}


def times(appliance, **settings):
    """Return when the backups of a repository were made."""
    return [one["at"] for one in json.loads(backup(appliance, "list", **settings))]


def made_yesterday(appliance):
    """Move the newest backup to the day before, so that the retention keeps it beside a new one.

    Return when it was made, which its manifest says.
    """
    at = max(times(appliance))
    listed = in_first_place(appliance, "snapshots", "--json")
    newest = max(json.loads(listed), key=lambda snapshot: snapshot["time"])
    run = next(tag for tag in newest["tags"] if tag.startswith("run-"))
    day_before = datetime.fromisoformat(newest["time"][:19]) - timedelta(days=1)
    in_first_place(
        appliance, "rewrite", "--forget", "--new-time", str(day_before), "--tag", run
    )  # fmt: skip
    return at


def in_first_place(appliance, *words):
    return appliance.exec(
        "env", f"RESTIC_PASSWORD={PASSWORD}", "RESTIC_REPOSITORY=/data/backup/repository",
        "restic", "--no-cache", *words,
    )  # fmt: skip


def test_a_copy_has_the_same_backups_and_can_be_restored(kept, places):
    backup(kept, "create", **places["sftp"])

    assert times(kept, **copy_at(places["sftp"])) == times(kept)
    assert json.loads(backup(kept, "drill", **copy_at(places["sftp"])))["counts"]["devices"] == 1


def test_every_byte_of_a_copy_can_be_read(kept, places):
    backup(kept, "create", **places["s3"])

    assert times(kept, **copy_at(places["s3"])) == times(kept)
    verified = json.loads(backup(kept, "verify", **copy_at(places["s3"])))
    assert verified["counts"]["devices"] == 1


def test_a_place_that_only_accepts_new_ones_gets_what_is_new_and_keeps_the_rest(
    kept, places, storage
):
    backup(kept, "create", **places["rest"])
    here, packs = times(kept), storage.rest_packs()
    backup(kept, "create", **places["rest"])

    assert times(kept, **copy_at(places["rest"])) == sorted({*here, *times(kept)})
    assert len(times(kept)) == len(here)
    assert backup(kept, "verify", **copy_at(places["rest"]))
    new = storage.rest_packs()
    assert packs.items() <= new.items()
    assert sum(new.values()) - sum(packs.values()) < sum(packs.values()) / 2


def test_what_a_place_has_missed_follows_with_the_next_backup(kept, places, storage):
    place = places["sftp"]
    before = max(times(kept))
    with storage.paused(), pytest.raises(CommandError) as caught:
        backup(kept, "create", **place)

    assert "the backup is good, but it could not be copied to sftp:" in caught.value.stdout
    failure = eventually(lambda: report(kept)["last_failure"], 30, "the report says it")
    assert "could not be copied to sftp:" in failure["reason"]
    missed = made_yesterday(kept)
    assert missed > before

    backup(kept, "create", **place)

    here = times(kept)
    assert missed in here, "the retention deleted what this test is about"
    assert times(kept, **copy_at(place)) == here
    eventually(lambda: report(kept)["last_failure"] is None, 30, "the report is well again")


# In every run backup_blank_machine restores a copy, and the first test here drills one by SFTP.
@pytest.mark.long
def test_a_blank_machine_restores_from_the_copy(kept, places, storage, folder, new_appliance):
    backup(kept, "create", **places["sftp"])
    blank = new_appliance(environment={"QLINES_BACKUP_PASSWORD": PASSWORD}).start()
    lines = blocks("The VM is gone")[1].splitlines()
    keys = "\n".join(line for line in lines if not line.startswith("make "))
    follow(keys, blank, storage, folder)

    backup(blank, "restore", "latest", **copy_at(places["sftp"]))

    assert blank.wait_ready().cli("device", "list") == kept.cli("device", "list")
