"""Show the generated password of the backups once: it must be written down outside the machine."""

from collections.abc import Mapping
from contextlib import suppress
from typing import TextIO

from appliance.shared.files import write_atomically
from appliance.shared.settings import PREFIX
from qlines.backup_record import FOLDER
from qlines.programs import STORES
from qlines.settings import SECRETS, Settings

SHOWN = "password_shown"  # in the folder of backups, so that a blank machine shows its new password


def show_backup_password(settings: Settings, env: Mapping[str, str], output: TextIO) -> None:
    """Print the password that the entrypoint generated, the first time.

    One that the operator set is theirs, and without a store there is nothing to back up. That it
    was shown is noted after it was: a kill in between prints it again, and never not at all.
    """
    shown = settings.data_dir / FOLDER / SHOWN
    is_set = any(env.get(f"{PREFIX}BACKUP_PASSWORD{ending}") for ending in ("", "_FILE"))
    is_needed = not is_set and not settings.roles.isdisjoint(STORES)
    if not is_needed or not settings.backup_password or shown.exists():
        return
    file = settings.data_dir / "secrets" / SECRETS["BACKUP_PASSWORD"]
    output.write(
        f"The password of the backups is {settings.backup_password}: write this down, because"
        f" without it nobody can read a backup, and no backup contains it ({file}).\n"
    )
    output.flush()
    with suppress(OSError):  # a full disk must not keep the stores from being prepared
        write_atomically(shown, "", is_synced=True)
