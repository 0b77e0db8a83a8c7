"""The canary's token and API key: generated once, in the secrets folder."""

from pathlib import Path
from typing import NamedTuple

from qlines.canary_account import files
from qlines.init.kept_secret import kept_secret
from qlines.store.api_keys import make_key
from qlines.store.device_rules import make_token


class CanarySecrets(NamedTuple):
    """What the canary sends with, and what it reads with."""

    token: str
    api_key: str


def canary_secrets(data_dir: Path) -> CanarySecrets:
    """Return the two secrets; generate them the first time."""
    kept = files(data_dir)
    return CanarySecrets(kept_secret(kept.token, make_token), kept_secret(kept.api_key, make_key))
