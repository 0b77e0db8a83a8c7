"""The first admin's password: the operator's, or a generated one in the secrets folder."""

from collections.abc import Mapping
from typing import NamedTuple

from appliance.shared.files import write_atomically
from appliance.shared.settings import PREFIX
from qlines.settings import Settings
from qlines.store.passwords import make_password


class AdminPassword(NamedTuple):
    """A password; a generated one is printed, because the operator does not know it."""

    text: str
    is_generated: bool


def first_admin_password(settings: Settings, env: Mapping[str, str]) -> AdminPassword:
    """Return the password; generate it the first time.

    In the container the entrypoint has generated one already.
    """
    is_set = any(env.get(f"{PREFIX}ADMIN_PASSWORD{ending}") for ending in ("", "_FILE"))
    if settings.admin_password:
        return AdminPassword(settings.admin_password, is_generated=not is_set)
    file = settings.data_dir / "secrets" / "admin_password"
    if not file.exists():
        # Synced: the admin is added with it next, and the operator finds it only here.
        write_atomically(file, make_password(), mode=0o600, is_synced=True)
    return AdminPassword(file.read_text().strip(), is_generated=True)
