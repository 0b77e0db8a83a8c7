"""Make passwords and keys at the first start, and read them at every later one."""

import base64
import hashlib
import hmac
import json
import secrets
from pathlib import Path

from appliance.shared.files import write_atomically

# WordPress signs cookies and forms with these eight.
SALTS = (
    "AUTH_KEY", "SECURE_AUTH_KEY", "LOGGED_IN_KEY", "NONCE_KEY",
    "AUTH_SALT", "SECURE_AUTH_SALT", "LOGGED_IN_SALT", "NONCE_SALT",
)  # fmt: skip
PASSWORD_BYTES = 24
SALT_BYTES = 48


def root_password(folder: Path) -> str:
    """Return the password of MariaDB's root; generate it at the first start."""
    file = folder / "mariadb_root"
    if not file.is_file():
        _write(file, secrets.token_urlsafe(PASSWORD_BYTES))
    return file.read_text().strip()


def derived_password(root: str, purpose: str) -> str:
    """Return a password that both sides of a pair know, since they share that of root.

    Nobody who learns it learns root's, or that of another *purpose*.
    """
    digest = hmac.digest(root.encode(), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest[:PASSWORD_BYTES]).decode()


def site_secrets(folder: Path, name: str) -> dict[str, str]:
    """Return a site's DB_PASSWORD and SALTS by name; generate them at its first start."""
    file = folder / f"{name}.json"
    if not file.is_file():
        generated = {salt: secrets.token_urlsafe(SALT_BYTES) for salt in SALTS}
        generated["DB_PASSWORD"] = secrets.token_urlsafe(PASSWORD_BYTES)
        _write(file, json.dumps(generated, indent=2) + "\n")
    values: dict[str, str] = json.loads(file.read_text())
    return values


def _write(file: Path, text: str) -> None:
    # Half a secret, or one that a power cut takes back, would lock the site out of its database.
    write_atomically(file, text, mode=0o600, is_synced=True)
