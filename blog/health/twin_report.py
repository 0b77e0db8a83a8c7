"""Judge what blog.twin tells; pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from blog.health.component import Component

NAME = "twin"
# It tells every two seconds, and asks MariaDB before.
MAX_AGE_SECONDS = 30.0
# Ten of the usual minutes between two fetches.
MAX_FILES_AGE_SECONDS = 600.0
IS_SILENT = "nothing is heard of it: see the last lines of healthd in `docker logs`"

Told = Mapping[str, Any]


def is_primary(told: Told | None) -> bool:
    """Return whether this VM's blog takes changes: always without a twin."""
    return told is None or told.get("role") == "primary"


def lines(told: Told | None, mariadb: Component) -> list[Component]:
    """Return the line about the twin, none without one."""
    if told is None:
        return []
    if mariadb.status != "ok":
        return [Component("twin", "blocked", "is waiting for mariadb", "mariadb")]
    if not told or told["age"] > MAX_AGE_SECONDS:
        return [Component("twin", "failed", IS_SILENT)]
    status = "failed" if told["is_problem"] or _are_files_late(told) else "ok"
    details = {"role": told["role"], "seconds_behind": told["seconds_behind"]}
    return [Component("twin", status, _sentence(told), details=details)]


def _sentence(told: Told) -> str:
    sentence = str(told["sentence"]) + _about_kept(told["kept"])
    if told["role"] != "replica":
        return sentence
    if told["files_age"] is None:
        files = "its files were not fetched yet"
    else:
        files = f"its files were fetched {told['files_age']:.0f} s ago"
    error = f" ({told['files_error']})" if told["files_error"] else ""
    return f"{sentence}; {files}{error}"


def _about_kept(folders: Sequence[str]) -> str:
    if not folders:
        return ""
    more = f" and {len(folders) - 1} more" if len(folders) > 1 else ""
    return (
        f"; what only this VM had was kept in {folders[-1]}{more}: look, bring back by hand what is"
        " missing, then delete the folder"
    )


def _are_files_late(told: Told) -> bool:
    age = told["files_age"]
    return told["role"] == "replica" and age is not None and age > MAX_FILES_AGE_SECONDS
