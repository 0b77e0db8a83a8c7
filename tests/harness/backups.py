"""Backups of a test's appliance: a repository that outlives it, and backups that lie."""

import json
from collections.abc import Callable
from typing import Any

from tests.harness.appliance import Appliance
from tests.harness.docker import HARDENED, new_name, run, session_label

PASSWORD = "the password of the backups"
IN_CONTAINER = "/repository/backups"
RESTIC = ("env", f"RESTIC_PASSWORD={PASSWORD}", f"RESTIC_REPOSITORY={IN_CONTAINER}", "restic")

# Runs in the container: unpack a snapshot, edit its manifest, and save it as a newer backup.
LIE = """
import json, os, pathlib, subprocess, sys, tempfile
snapshot, edit = sys.argv[1:]
folder = tempfile.mkdtemp(dir="/data/backup")
restic = ["restic", "--quiet", "--no-cache"]
subprocess.run([*restic, "restore", snapshot, "--target", folder], check=True)
found = json.loads(subprocess.check_output([*restic, "snapshots", "--json", snapshot]))[0]
file = pathlib.Path(folder, "manifest.json")
manifest = json.loads(file.read_text())
exec(edit)
file.write_text(json.dumps(manifest))
tags = [word for tag in found["tags"] for word in ("--tag", tag)]
subprocess.run([*restic, "backup", ".", "--host", "qlines", *tags], check=True, cwd=folder)
"""


class BackupVolume:
    """A volume with a repository, which several appliances may use one after the other."""

    def __init__(self) -> None:
        self.name = new_name()

    def create(self, image: str, *options: str) -> "BackupVolume":
        """Create the volume, owned by the user of the image."""
        run("docker", "volume", "create", "--label", session_label(), *options, self.name)
        run(
            "docker", "run", "--rm", "--label", session_label(), "--user", "0:0",
            "--volume", f"{self.name}:/repository", "--entrypoint", "chown", image,
            "7010:7010", "/repository",
        )  # fmt: skip
        return self

    def options(self) -> tuple[str, ...]:
        """Return the options of `docker run` for an appliance that uses the repository."""
        return (*HARDENED, "--volume", f"{self.name}:/repository")

    def environment(self) -> dict[str, str]:
        """Return the settings of such an appliance."""
        return {
            "QLINES_BACKUP_REPOSITORY": IN_CONTAINER,
            "QLINES_BACKUP_PASSWORD": PASSWORD,
        }

    def remove(self) -> None:
        """Remove the volume."""
        run("docker", "volume", "rm", "--force", self.name)


def appliance_with(
    make: Callable[..., Appliance], volume: BackupVolume, **environment: str
) -> Appliance:
    """Return a started appliance that keeps its backups in the volume."""
    return make(
        options=volume.options(), environment={**volume.environment(), **environment}
    ).start()


def lie(appliance: Appliance, snapshot: str, edit: str) -> str:
    """Save the backup again with an edited manifest; return the id of the lying one.

    *edit* is a Python statement about the dict `manifest`.
    """
    environment = [word for word in RESTIC[1:3] for word in ("--env", word)]
    run("docker", "exec", *environment, appliance.name, "python", "-c", LIE, snapshot, edit)
    return newest(appliance)


def forget(appliance: Appliance, snapshot: str) -> None:
    """Remove a backup from the repository, as if it had never been made."""
    appliance.exec(*RESTIC, "--quiet", "--no-cache", "forget", snapshot)


def newest(appliance: Appliance) -> str:
    """Return the id of the newest backup."""
    listed: list[dict[str, Any]] = appliance.cli("backup", "list")
    return str(listed[-1]["id"])


def report(appliance: Appliance) -> dict[str, Any]:
    """Return what the deep health report says about backups."""
    document: dict[str, Any] = json.loads(appliance.health("deep").text)["backup"]
    return document
