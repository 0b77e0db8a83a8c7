"""The first admin's password: the operator's, or a generated one in the secrets folder."""

from collections.abc import Mapping
from typing import NamedTuple

from appliance.shared.settings import PREFIX
from qlines.init.kept_secret import kept_secret
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
    return AdminPassword(kept_secret(file, make_password), is_generated=True)
