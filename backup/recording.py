"""Record that a backup began, and why it or a restore failed, for report and scheduler."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qlines import backup_record
from qlines.backup_record import Failure
from qlines.clock import Clock

CREATE, RESTORE = "create", "restore"


@contextmanager
def recording(data_dir: Path, clock: Clock) -> Iterator[None]:
    """Note the attempt of a backup; note the reason of a failure, and raise it."""
    at = clock.now_us() / 1e6
    backup_record.write(data_dir, backup_record.read(data_dir)._replace(tried_at=at))
    try:
        yield
    except BaseException as error:
        with suppress(OSError):  # the disk may be full: the error that is raised says so
            record = backup_record.read(data_dir)
            failure = Failure(CREATE, at, _reason(error))
            backup_record.write(data_dir, record._replace(failure=failure))
        raise


@contextmanager
def recording_restore(data_dir: Path, clock: Clock) -> Iterator[None]:
    """Note why the replacing part of a restore fails, and raise it; a good one ends older notes."""
    at = clock.now_us() / 1e6
    try:
        yield
    except BaseException as error:
        with suppress(OSError):
            _note_restore(data_dir, Failure(RESTORE, at, _reason(error)))
        raise
    if backup_record.read(data_dir).failed_restore:
        _note_restore(data_dir, None)


def _reason(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return "it was interrupted"
    return str(error) or type(error).__name__


def _note_restore(data_dir: Path, failure: Failure | None) -> None:
    record = backup_record.read(data_dir)
    backup_record.write(data_dir, record._replace(failed_restore=failure))
