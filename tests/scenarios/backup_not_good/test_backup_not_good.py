"""The story of backups that are not good: each is refused with its reason, and the last stays good.

A store is killed in the middle of a dump; the disk is full; a byte of the repository flips; the
password is wrong; two runs begin at once; a manifest lies; a backup comes from a newer program.
Every test puts back what it broke, for those after it and for the other stories of this appliance.
"""

import re
import subprocess
from contextlib import contextmanager

import pytest

from tests.harness.backups import IN_CONTAINER, forget, lie, newest
from tests.harness.docker import CommandError
from tests.harness.people import new_person

# Finds the backup that runs, suspends it once the dump of that source begins; prints its process.
SUSPEND = """
import os, sys, time
import psutil
def running():
    return [process for process in psutil.process_iter(["cmdline"])
            if process.info["cmdline"][1:5] == ["-m", "qlines.cli", "backup", "create"]]
while not (found := running()):
    time.sleep(0.01)
while not os.path.exists("/data/backup/staging/data/" + sys.argv[1]):
    time.sleep(0.001)
found[0].suspend()
print(found[0].pid)
"""
# Picks a data file of the repository by its size, and changes a byte in its middle, or back.
FLIP = """
import pathlib
files = [file for file in pathlib.Path("{repository}/data").rglob("*") if file.is_file()]
file = max(files, key=lambda file: file.stat().st_size)
file.chmod(0o600)
content = bytearray(file.read_bytes())
content[len(content) // 2] ^= 1
file.write_bytes(content)
"""


@pytest.fixture(scope="module")
def owner(killable_appliance):
    """Return the owner of most of the devices, those of the other stories included."""
    owner = new_person(killable_appliance.wait_well(), "owner")
    made = killable_appliance.cli("backup", "create", seconds=240)
    lines = [f"pump {number},{owner.email}" for number in range(made["counts"]["devices"] + 20)]
    file = "\n".join(["name,owner", *lines])
    added = killable_appliance.cli("device", "import", "-", text=file)["added"]
    assert added == len(lines)
    return owner


@pytest.fixture(scope="module")
def kept(killable_appliance, owner):
    """Return the appliance of the killable stories, with these devices and a good backup."""
    killable_appliance.cli("backup", "create", seconds=240)
    return killable_appliance


def refused(appliance, *words):
    """Run a verb that must fail; return its reason."""
    with pytest.raises(CommandError) as caught:
        appliance.cli("backup", *words, seconds=240)
    assert caught.value.status == 1
    return re.search(r'{"error": "(.*)"}', caught.value.stdout)[1]


def in_background(appliance, *words):
    return subprocess.Popen(
        ["docker", "exec", appliance.name, "qlines", "backup", *words, "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@contextmanager
def suspended(appliance, source):
    """Begin a backup and suspend it in the dump of *source*; resume it afterwards; yield it."""
    run = in_background(appliance, "create")
    try:
        pid = int(appliance.exec("python", "-c", SUSPEND, source))
        yield run
        appliance.exec("sh", "-c", f"kill -CONT {pid}")
        run.outcome = run.communicate(timeout=240)
    finally:
        run.kill()


def test_a_store_that_is_killed_in_the_middle_of_a_dump_fails_the_run(kept):
    good = newest(kept)
    # Kafka's dump takes longest, and MongoDB's comes soon after it.
    with suspended(kept, "kafka") as run:
        kept.kill_program("mongodb", "KILL")
        kept.supervisor("stop", "mongodb")  # it is not started again
    kept.supervisor("start", "mongodb")

    assert run.returncode == 1
    assert "mongodb" in run.outcome[0]
    kept.wait_ready()
    assert newest(kept) == good
    assert kept.cli("backup", "verify", seconds=240)["id"] == good


def test_two_runs_at_once_are_one_too_many(kept):
    with suspended(kept, "kafka") as run:
        assert "another backup, drill or restore is running" in refused(kept, "create")

    assert run.returncode == 0


def test_a_wrong_password_is_said(kept):
    with pytest.raises(CommandError, match="set QLINES_BACKUP_PASSWORD to the one"):
        kept.exec("env", "QLINES_BACKUP_PASSWORD=a wrong one", "qlines", "backup", "list")


def test_data_that_somebody_uses_are_not_replaced_unasked(kept):
    assert "add --yes to replace them" in refused(kept, "restore", "latest")


def test_a_full_disk_is_said_and_the_last_backup_stays(new_appliance, shared_volume, kept):
    good = newest(kept)
    disk = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1200m,uid=7010")
    tight = new_appliance(volume_options=disk, options=shared_volume.options(),
                          environment=shared_volume.environment()).start()  # fmt: skip
    tight.exec("sh", "-c", "head -c $(( $(df -B1 --output=avail /data | tail -n 1)"
                           " - 100000000 )) /dev/zero >/data/ballast")  # fmt: skip

    assert "must stay free (QLINES_DISK_GUARD_PERCENT): add space" in refused(tight, "create")
    assert newest(kept) == good


def test_a_drill_finds_a_manifest_that_lies(kept):
    lying = lie(kept, newest(kept), "manifest['sources']['mongodb']['counts']['devices'] += 1")

    reason = refused(kept, "drill", lying)

    assert re.search(r"mongodb is not what the manifest says: (\d+) devices were backed up", reason)
    forget(kept, lying)
    assert kept.cli("backup", "drill", seconds=240)["ok"]


def test_one_of_a_newer_program_is_refused(kept):
    newer = lie(kept, newest(kept), "manifest['data_version'] = 99")

    assert "(data version 99), this image reads up to" in refused(kept, "restore", newer, "--yes")
    forget(kept, newer)


def test_one_that_holds_much_less_is_not_a_good_backup(kept, owner):
    kept.cli("backup", "create", seconds=240)
    good = newest(kept)
    while items := owner.api.document("/api/data", per_page=100)["items"]:
        ids = [device["id"] for device in items]
        removed = owner.api.post("/api/devices/remove", json={"devices": ids})
        assert removed.json() == {"count": len(ids)}

    assert "and the earlier ones are kept: it holds" in refused(kept, "create")
    assert newest(kept) == good
    kept.cli("backup", "create", "--accept-smaller", seconds=240)
    assert newest(kept) != good


def test_a_flipped_byte_is_found(kept):
    kept.exec("python", "-c", FLIP.format(repository=IN_CONTAINER))
    try:
        assert "restic failed with status 1" in refused(kept, "verify")
    finally:
        kept.exec("python", "-c", FLIP.format(repository=IN_CONTAINER))
    assert kept.cli("backup", "verify", seconds=240)["ok"]
