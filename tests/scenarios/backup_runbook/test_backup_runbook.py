"""The story of an operator who follows the runbook: the lines of backup/README.md, as written.

Only what the page leaves to the reader is filled in: the name of the container, the ids, and the
folders. A machine is set up, drilled, a deleted device comes back, the data go back to last
Tuesday, and at last the machine is lost and comes back with one command.
"""

import re
import shutil
import subprocess

import pytest

from tests.harness.clone import Clone
from tests.harness.docker import ROOT, run
from tests.harness.runbook import blocks

COMMAND_SECONDS = 240


class Machine:
    """A machine with the repository in a folder, and settings in .env."""

    def __init__(self, folder):
        self.folder = folder / "qlines"
        self.backups = folder / "backups"
        self.clone = Clone()
        tracked = run("git", "-C", str(ROOT), "ls-files", "-z").split("\0")
        for name in filter(None, tracked):
            if (ROOT / name).exists():
                (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, self.folder / name)
        self.env = folder / "saved.env"
        self.env.write_text(
            f"QLINES_NAME={self.clone.name}\nQLINES_WEB_PORT={self.clone.web}\n"
            f"QLINES_MQTT_PORT={self.clone.mqtt}\nQLINES_HEALTH_PORT={self.clone.health}\n"
        )
        shutil.copy(self.env, self.folder / ".env")

    def bash(self, text):
        """Run lines in the folder of the repository; return their standard output."""
        result = subprocess.run(
            ["bash", "-euc", text], cwd=self.folder, capture_output=True, text=True, check=False,
            timeout=COMMAND_SECONDS,
        )  # fmt: skip
        assert result.returncode == 0, f"{text}\n{result.stdout}{result.stderr}"
        return result.stdout

    def follow(self, section, number=0, **filled_in):
        """Run a block of the page, with the words that it leaves to the reader filled in."""
        text = blocks(section)[number]
        for word, value in filled_in.items():
            text = re.sub(rf"\b{word}\b", value, text)
        for place, value in (
            ("docker exec qlines ", f"docker exec {self.clone.name} "),
            ("/root/saved.env", str(self.env)),
            ("/root/saved-password", str(self.backups.parent / "password")),
            ("/mnt/backup", str(self.backups)),
        ):
            text = text.replace(place, value)
        return self.bash(text)

    def devices(self):
        return self.bash(f"docker exec {self.clone.name} qlines device list")


# In every run other stories do what the lines say, and unit/backup/test_runbook.py reads them.
pytestmark = pytest.mark.long


@pytest.fixture
def machine(image, tmp_path):
    machine = Machine(tmp_path)
    yield machine
    machine.clone.remove()


def test_the_lines_of_the_runbook_do_what_it_says(machine):
    machine.bash("make up")
    name = machine.clone.name
    machine.bash(f"docker exec {name} qlines device add pump --owner admin@example.com --token t-1")
    password = machine.follow("On the first day").strip()
    assert len(password) > 10

    assert "can be restored" in machine.follow("Drill first")

    (device,) = re.findall(r"^(\w{24}) +pump", machine.devices(), re.MULTILINE)
    machine.bash(f"docker exec {name} qlines device remove {device}")
    machine.follow("Someone deleted a device", DEVICE=device)
    assert device in machine.devices()

    machine.bash(f"docker exec {name} qlines device add late --owner admin@example.com --token t-2")
    first = machine.bash(f"docker exec {name} qlines backup list").splitlines()[1].split()[0]
    machine.follow("I need last Tuesday", ID=first)
    assert device in machine.devices()
    assert " late " not in machine.devices()

    machine.backups.mkdir()
    machine.bash(
        f"docker exec {name} tar -c -C /data/backup/repository . | tar -x --numeric-owner -C"
        f" {machine.backups}"
    )
    (machine.backups.parent / "password").write_text(password)
    machine.clone.remove()
    (machine.folder / ".env").unlink()

    said = machine.follow("The VM is gone")

    assert "is back in" in said
    assert device in machine.devices()
