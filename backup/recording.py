"""Record that a backup began, and why it failed, for the health report and the scheduler."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from qlines import backup_record
from qlines.backup_record import Failure
from qlines.clock import Clock

VERB = "create"


@contextmanager
def recording(data_dir: Path, clock: Clock) -> Iterator[None]:
    """Note the attempt; note the reason of a failure, and raise it."""
    at = clock.now_us() / 1e6
    backup_record.write(data_dir, backup_record.read(data_dir)._replace(tried_at=at))
    try:
        yield
    except KeyboardInterrupt:
        _note(data_dir, Failure(VERB, at, "it was interrupted"))
        raise
    except BaseException as error:
        _note(data_dir, Failure(VERB, at, str(error) or type(error).__name__))
        raise


def _note(data_dir: Path, failure: Failure) -> None:
    with suppress(OSError):  # the disk may be full: the error that is raised says so
        record = backup_record.read(data_dir)
        backup_record.write(data_dir, record._replace(failure=failure))
