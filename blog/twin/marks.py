"""Files in /run by which programs and sites know whether changes are taken here.

``twin/role`` holds ``primary``, ``replica`` or ``read-only`` for programs/is_primary. Beside each
site's settings stands ``read-only`` while it takes no changes, and ``copying`` while its tables are
not whole: wp-config.php looks for them.
"""

from collections.abc import Iterable
from pathlib import Path

from appliance.shared.files import write_atomically
from blog.twin.view import Role


class RunMarks:
    """The marks of the sites called *names* below *run*, /run/qlines."""

    def __init__(self, run: Path, names: Iterable[str]) -> None:
        self._role = run / "twin" / "role"
        self._folders = [run / "sites" / name for name in names]
        self._last: tuple[Role, bool] | None = None

    def put(self, role: Role, *, is_complete: bool) -> None:
        """Write what this side is, and whether its data are whole, where that has changed."""
        if (role, is_complete) == self._last:
            return
        self._last = role, is_complete
        for folder in self._folders:
            _set(folder / "read-only", is_set=role is not Role.PRIMARY)
            _set(folder / "copying", is_set=not is_complete)
        write_atomically(self._role, f"{role}\n")


def _set(mark: Path, *, is_set: bool) -> None:
    if is_set:
        mark.touch()
    else:
        mark.unlink(missing_ok=True)
