"""Make passwords and keys at first boot and find them again at every later one."""

import json
import secrets
from pathlib import Path

# WordPress signs cookies and forms with these eight.
SALTS = (
    "AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY",
    "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT",
)  # fmt: skip
_PASSWORD_BYTES = 24
_SALT_BYTES = 48


def of_root(folder: Path) -> str:
    """Return the password of MariaDB's root, made when there is none."""
    file = folder / "mariadb_root"
    if not file.is_file():
        _write(file, secrets.token_urlsafe(_PASSWORD_BYTES))
    return file.read_text().strip()


def of_site(folder: Path, name: str) -> dict[str, str]:
    """Return a site's database password and salts, made when there are none."""
    file = folder / f"{name}.json"
    if not file.is_file():
        made = {salt: secrets.token_urlsafe(_SALT_BYTES) for salt in SALTS}
        made["DB_PASSWORD"] = secrets.token_urlsafe(_PASSWORD_BYTES)
        _write(file, json.dumps(made, indent=2) + "\n")
    found: dict[str, str] = json.loads(file.read_text())
    return found


def _write(file: Path, text: str) -> None:
    """Write the whole of it or nothing: half a secret would lock everybody out for good."""
    new = file.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(file)
