"""What may be restored, and which parts of a backup that takes; pure."""

from typing import NamedTuple

from backup.errors import BackupError
from backup.manifest import Manifest

SOURCES = ("spool", "kafka", "clickhouse", "mongodb", "redis", "blog", "secrets")
IN_DATA = tuple(name for name in SOURCES if name != "secrets")  # those of the data's snapshot
DEVICE = "device:"
# What `--only` takes, each with what it brings: with the readings what was on its way to them.
ALONE = {
    "clickhouse": ("clickhouse", "kafka", "spool"),
    "mongodb": ("mongodb",),
    "redis": ("redis",),
    "blog": ("blog",),
    "secrets": ("secrets",),
}


class Wanted(NamedTuple):
    """What to bring back: *sources* by name, which of them need the stores, and one device's id."""

    sources: tuple[str, ...]
    device: str | None = None

    @property
    def stores(self) -> tuple[str, ...]:
        """Return the stores whose folders are replaced."""
        if self.device:
            return ()
        return tuple(name for name in ("mongodb", "clickhouse") if name in self.sources)

    @property
    def fetched(self) -> tuple[str, ...]:
        """Return the sources whose files are in the data's snapshot."""
        return tuple(name for name in self.sources if name in IN_DATA)


def wanted(only: str | None, found: Manifest) -> Wanted:
    """Return what `--only` asks for, everything without it.

    Raise BackupError when it names no source, or the backup does not have it.
    """
    if only is None:
        return Wanted(tuple(name for name in SOURCES if name in found.sources))
    if only.startswith(DEVICE):
        return Wanted(("mongodb", "clickhouse"), only.removeprefix(DEVICE))
    if only not in ALONE:
        raise BackupError(f"--only must be one of {', '.join(ALONE)} or device:ID, got {only!r}")
    if only not in found.sources:
        raise BackupError(f"{only} is not in this backup: see `qlines backup list`")
    return Wanted(tuple(name for name in ALONE[only] if name in found.sources))


def without_blog(wanted: Wanted, only: str | None, reason: str | None) -> Wanted:
    """Return what can be restored here: with a *reason* all but the blog.

    Raise BackupError when nothing but the blog was asked for.
    """
    if reason is None:
        return wanted
    if only is not None:
        raise BackupError(reason)
    return wanted._replace(sources=tuple(name for name in wanted.sources if name != "blog"))


def require_no_data(has_data: bool) -> None:
    """Raise BackupError when a restore would replace what somebody uses."""
    if has_data:
        raise BackupError(
            "this appliance has devices or users, which the backup would replace: add --yes to"
            " replace them (drill first: `qlines backup drill`)"
        )


def require_no_twin(is_paired: bool) -> None:
    """Raise BackupError where MongoDB is one of a set, whose other members would not follow."""
    if is_paired:
        raise BackupError(
            "MongoDB must be alone to be restored, and this VM has a twin, which would keep its own"
            " data: `make twin-leave` on both VMs, restore here, and pair them again"
        )
