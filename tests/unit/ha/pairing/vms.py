"""A VM of which the pairing sees its volumes only, as folders."""

from datetime import UTC, datetime
from pathlib import Path

from appliance.shared import twin
from ha.pairing import steps
from ha.pairing.invitation import Invitation
from ha.pairing.steps import Names
from ha.pairing.volumes import Volumes

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = Names(own="vm-a", peer="vm-b", witness="monitor")


class Vm:
    """The volumes of one machine, as a VM has them that was started once."""

    def __init__(self, root: Path, name: str, parts: tuple[str, ...] = ("app", "proxy", "blog")):
        self.root = root / name
        for part in parts:
            (self.root / part / "secrets").mkdir(parents=True)
        secrets = self.root / "app" / "secrets"
        for secret in ("secret_key", "admin_password", "backup_password", "canary_token"):
            (secrets / secret).write_text(f"{secret} of {name}")
        if "blog" in parts:
            (self.root / "blog" / "secrets" / "mariadb_root").write_text(f"root of {name}")
        (self.root / "app" / "mongodb").mkdir()
        self.etc = root / "etc" / name
        self.env: dict[str, str] = {}
        self.volumes = Volumes(self.root, self.etc)

    def read(self, part: str, file: str) -> str:
        return (self.root / part / "twin" / file).read_text()

    def secret(self, name: str, part: str = "app") -> str:
        return (self.root / part / "secrets" / name).read_text()

    def twin(self, part: str) -> twin.Twin:
        found = twin.read(self.root / part)
        assert found
        return found

    def add_file(self, part: str, name: str, text: str) -> None:
        (self.etc / part).mkdir(parents=True)
        (self.etc / part / name).write_text(text)

    def make_backup(self) -> None:
        (self.root / "app" / "backup" / "repository").mkdir(parents=True)
        (self.root / "app" / "backup" / "repository" / "config").touch()

    def before_pairing(self, name: str, folder: str = "before-pairing") -> Path:
        return self.root / "app" / "backup" / folder / name

    def invite(self, names: Names = NAMES, **options) -> Invitation:
        written = steps.invite(self.volumes, names, options.pop("env", {}), NOW, **options)
        return steps.opened(written.text, written.passphrase)

    def join(self, invitation: Invitation, *, is_replacing: bool = False) -> None:
        steps.join(self.volumes, invitation, self.env, is_replacing=is_replacing)
