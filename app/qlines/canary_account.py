"""The account with which the appliance sends itself messages: its secrets, and its device's name.

init writes the secrets, healthcheck/canary reads them; store/hidden_owner.py hides the account.
"""

import hashlib
from pathlib import Path
from typing import NamedTuple

NAME = "canary"
ENDS = ("mosquitto", "gunicorn")  # it sends to one and reads from the other


class Files(NamedTuple):
    """Where the two secrets are kept, each readable by its owner only."""

    token: Path
    api_key: Path


def files(data_dir: Path) -> Files:
    """Return the files in the secrets folder of *data_dir*."""
    secrets = data_dir / "secrets"
    return Files(secrets / "canary_token", secrets / "canary_api_key")


def device_name(token: str) -> str:
    """Return the device's name, which differs between the containers that share one MongoDB."""
    return f"{NAME} {hashlib.sha256(token.encode()).hexdigest()[:12]}"
