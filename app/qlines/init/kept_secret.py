"""A secret that is made once and kept in a file that only its owner may read."""

from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import write_atomically


def kept_secret(file: Path, make: Callable[[], str]) -> str:
    """Return what the file holds; fill it by *make* the first time.

    It is synced, because what it opens is written next, and nobody else knows the secret.
    """
    if not file.exists():
        write_atomically(file, make(), mode=0o600, is_synced=True)
    return file.read_text().strip()
