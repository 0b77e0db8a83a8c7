"""Find the first admin's password: the one that was set, or the one that is made and kept."""

import os
from collections.abc import Mapping

from appliance.shared.settings import PREFIX
from qlines.settings import Settings
from qlines.store.passwords import make_password


def password_of(settings: Settings, env: Mapping[str, str]) -> tuple[str, bool]:
    """Return the password, and whether it was made by us, so that somebody must be told.

    The entrypoint makes one into the folder of secrets; outside of the container this does.
    """
    was_set = any(env.get(f"{PREFIX}ADMIN_PASSWORD{ending}") for ending in ("", "_FILE"))
    if settings.admin_password:
        return settings.admin_password, not was_set
    file = settings.data_dir / "secrets" / "admin_password"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as text:
            text.write(make_password())
    return file.read_text().strip(), True
