"""Another machine where backups are copied to: SFTP, S3 and restic's REST server in one container.

At the REST server nothing can be deleted. What S3 holds is lost with the container.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.harness.deadline import eventually
from tests.harness.docker import ROOT, CommandError, new_name, run, session_label
from tests.harness.go_program import go_program
from tests.harness.proxy import build

IMAGE = "qlines/backup-storage"
HERE = ROOT / "tests" / "harness" / "storage"
S3_MODULE = "github.com/johannesboyne/gofakes3/cmd/gofakes3@v1.2.0"


def s3_server() -> Path | None:
    """Return the program that speaks S3, None when it cannot be built."""
    return go_program(S3_MODULE)


class Storage:
    """The container; *host* is its address on Docker's default network."""

    def __init__(self, s3: Path) -> None:
        build(IMAGE, "tests/harness/storage/Dockerfile")
        self.name = new_name()
        run(
            "docker", "run", "--detach", "--name", self.name, "--label", session_label(),
            "--volume", f"{HERE / 'serve'}:/serve:ro", "--volume", f"{s3}:/gofakes3:ro",
            IMAGE, "/serve",
        )  # fmt: skip
        self.host = run(
            "docker", "inspect", "--format", "{{.NetworkSettings.IPAddress}}", self.name
        ).strip()
        eventually(self._answers, 30, "the storage answers")

    def accept(self, public_key: str) -> None:
        """Let who has the key log in as the user `backup`."""
        write = "umask 077; mkdir -p ~backup/.ssh; cat >~backup/.ssh/authorized_keys"
        run("docker", "exec", "-i", self.name, "sh", "-c", write, text=public_key)
        run("docker", "exec", self.name, "chown", "-R", "backup:backup", "/srv/backup/.ssh")

    def rest_packs(self) -> dict[str, int]:
        """Return the files with data that the REST server has, and their bytes."""
        listing = run(
            "docker", "exec", self.name, "find", "/srv/rest/user/data", "-type", "f",
            "-printf", "%f %s\\n",
        )  # fmt: skip
        return {name: int(size) for name, size in map(str.split, listing.splitlines())}

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let it answer nobody: connections are accepted, and nothing comes."""
        run("docker", "pause", self.name)
        try:
            yield
        finally:
            run("docker", "unpause", self.name)

    def remove(self) -> None:
        """Remove the container."""
        run("docker", "rm", "--force", "--volumes", self.name)

    def _answers(self) -> bool:
        ports = (
            "for port in 22 8000 9000; do true 2>/dev/null >/dev/tcp/127.0.0.1/$port || exit; done"
        )
        try:
            run("docker", "exec", self.name, "bash", "-c", ports)
        except CommandError:
            return False
        return True
