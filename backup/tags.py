"""The tags of a backup's snapshots: what a snapshot is, and which run it belongs to."""

from backup.restic import Snapshot

DATA = "qlines-data"
SECRETS = "qlines-secrets"
RUN = "run-"


def of_run(run: str) -> str:
    """Return the tag that joins the snapshots of one run."""
    return f"{RUN}{run}"


def run_of(snapshot: Snapshot) -> str | None:
    """Return which run a snapshot belongs to, None for one of another program."""
    return next((tag.removeprefix(RUN) for tag in snapshot.tags if tag.startswith(RUN)), None)


def orphans(secrets: list[Snapshot], data: list[Snapshot]) -> list[str]:
    """Return the snapshots of secrets whose data are gone; pure."""
    kept = {run_of(snapshot) for snapshot in data}
    return [snapshot.id for snapshot in secrets if run_of(snapshot) not in kept]
