"""Read and write what a pairing needs in the volumes of one machine.

Each volume is mounted at ROOT/PART. Files are readable by their owner only, as secrets are.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from appliance.shared import twin
from appliance.shared.files import write_atomically
from ha.pairing import equal_settings, own_backups
from ha.pairing.authority import Authority
from ha.pairing.errors import PairingError
from ha.pairing.invitation import AUTHORITY_KEY_FILE, STATE_FILE, Pairing

SECRETS = "secrets"
# What `make vm` was given: it writes these files itself, at each start of the VM.
PASSED = "passed"
# Secrets of the app that may be set: then the file in PASSED is the one that counts.
SETTABLE = {"admin_password", "secret_key", "health_token", "backup_password"}
# They open the backups.
OF_BACKUPS = ("backup_password", "backup_secrets_password")
# Each app sends itself messages with a token of its own: with a shared one it would see the twin's.
NOT_SHARED = {"canary_token", "canary_api_key"}
# A new twin fetches all of this from the other one.
STORES = ("mongodb", "clickhouse", "kafka", "redis", "registry", "spool", "exports")


class Standing(NamedTuple):
    """What this VM knows of its pairing: which *side* it is, and the secrets of an inviter."""

    pairing: Pairing
    side: str
    authority: Authority
    mongodb_key: str


class Volumes:
    """The volumes of one machine.

    Files that settings name are mounted at *external*/PART.
    """

    def __init__(self, root: Path, external: Path = Path("/etc/qlines")) -> None:
        self._root = root
        self._external = external

    @property
    def parts(self) -> list[str]:
        """The parts whose volumes are mounted."""
        return [part for part in twin.LINK_PORTS if (self._root / part).is_dir()]

    def standing(self) -> Standing | None:
        """Return this VM's pairing, None without one; raise PairingError for a corrupt one."""
        folder = self._root / "app" / twin.FOLDER
        if not (folder / STATE_FILE).is_file() and not self.is_paired():
            return None
        try:
            state = json.loads((folder / STATE_FILE).read_text())
            side = state.pop("side")
            authority = Authority(
                (folder / "ca.pem").read_text(), (folder / AUTHORITY_KEY_FILE).read_text()
            )
            return Standing(Pairing(**state), side, authority, (folder / "mongodb.key").read_text())
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PairingError(
                f"the pairing in the app's /data/twin is corrupt ({error}): join again with an"
                " invitation of the other VM, or end the pairing with `make twin-leave`"
            ) from None

    def is_paired(self) -> bool:
        """Return whether a pairing took effect here, which may be corrupt now."""
        return twin.is_paired(self._root / "app")

    def side(self) -> str | None:
        """Return which side the app is by its own file, None where that does not say it."""
        try:
            found = twin.read(self._root / "app")
        except (twin.TwinError, OSError):
            return None
        return found.side if found else None

    def secrets(self, environment: Mapping[str, str]) -> dict[str, dict[str, str]]:
        """Return the shared secrets by part and file name; raise PairingError without the app's."""
        app = self._secrets_of("app")
        if "secret_key" not in app:
            raise PairingError("the app has no secrets yet: start this VM first (make vm)")
        app = {name: text for name, text in app.items() if name not in NOT_SHARED}
        app |= {name: text for name in SETTABLE if (text := self._set(name, environment))}
        return {"app": app, "blog": self._secrets_of("blog")}

    def _secrets_of(self, part: str) -> dict[str, str]:
        folder = self._root / part / SECRETS
        if not folder.is_dir():
            return {}
        return {file.name: file.read_text() for file in folder.iterdir() if file.is_file()}

    def _set(self, name: str, environment: Mapping[str, str]) -> str:
        variable = f"QLINES_{name.upper()}"
        passed = self._root / "app" / SECRETS / PASSED / variable
        if value := environment.get(variable, ""):
            return value
        named = environment.get(f"{variable}_FILE", "")
        for file in (self._external / "app" / Path(named).name, passed) if named else ():
            if file.is_file():
                return file.read_text().strip()
        if named:
            raise PairingError(f"{variable}_FILE must name a file in secrets/app, got {named!r}")
        return ""

    def with_values_of_files(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Return the settings with the values of those that are read from files."""
        names = [name.removeprefix("QLINES_").lower() for name in equal_settings.FROM_FILES]
        found = {f"QLINES_{name.upper()}": self._set(name, environment) for name in names}
        return {**environment, **{name: value for name, value in found.items() if value}}

    def require_files(self, settings: Mapping[str, str]) -> None:
        """Raise PairingError for a file of the other VM's settings that is not here too."""
        for name, part in equal_settings.FILES.items():
            file = self._external / part / Path(settings.get(name, "")).name
            if settings.get(name) and not file.is_file():
                raise PairingError(
                    f"{name} of the other VM names {settings[name]!r}, and secrets/{part} of this"
                    f" VM has no {file.name}: copy it from the other VM, and join again"
                )

    def put_backups_aside(
        self,
        environment: Mapping[str, str],
        new_passwords: Mapping[str, str],
        *,
        with_repositories: bool,
    ) -> None:
        """Keep the backups that this VM has made itself, unless the new passwords open them."""
        old = {name: self._set(name, environment) or self._secret(name) for name in OF_BACKUPS}
        own_backups.put_aside(
            self._root / "app" / "backup", old, new_passwords, with_repositories=with_repositories
        )

    def _secret(self, name: str) -> str:
        file = self._root / "app" / SECRETS / name
        return file.read_text().strip() if file.is_file() else ""

    def take_over(self, secrets: Mapping[str, Mapping[str, str]]) -> None:
        """Write the shared secrets."""
        for part, texts in secrets.items():
            folder = self._root / part / SECRETS
            if part not in self.parts:
                continue
            folder.mkdir(mode=0o700, exist_ok=True)
            for name, text in texts.items():
                write_atomically(folder / name, text, mode=0o600, is_synced=True)

    def has_mongodb_key(self, key: str) -> bool:
        """Return whether the data of this machine's MongoDB are those of the set with this key."""
        file = self._root / "app" / twin.FOLDER / "mongodb.key"
        return file.is_file() and file.read_bytes() == key.encode()

    def empty_stores(self) -> None:
        """Delete what a new twin fetches from the other VM."""
        for store in STORES:
            shutil.rmtree(self._root / "app" / store, ignore_errors=True)
        if "blog" in self.parts:
            # It replaces its databases itself, once it reaches the other one.
            self.write("blog", {twin.COPY_AWAITED: ""})

    def write(self, part: str, files: Mapping[str, str]) -> None:
        """Write the files of a part's folder `twin`, in their order."""
        folder = self._root / part / twin.FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        for name, text in files.items():
            write_atomically(folder / name, text, mode=0o600, is_synced=True)

    def leave(self) -> None:
        """Delete the folder `twin` of every part."""
        for part in self.parts:
            shutil.rmtree(self._root / part / twin.FOLDER, ignore_errors=True)
