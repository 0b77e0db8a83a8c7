"""Repair the files of one owner: ``python -m qlines.repair files|redis|mongodb|clickhouse|kafka``.

The entrypoint runs it for the small files, the start scripts of the stores for theirs. A repair
that fails must not keep the program from starting, which may still succeed.
"""

import logging
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from qlines import repairs
from qlines.repair import clickhouse, files, kafka, mongodb, redis

log = logging.getLogger(__name__)

DATA = Path("/data")  # the image's daemons use this folder only

Note = Callable[[str], None]
REPAIR: dict[str, Callable[[Path, Note], None]] = {
    "files": files.repair,
    "redis": redis.repair,
    "mongodb": mongodb.repair,
    "clickhouse": clickhouse.repair,
    "kafka": kafka.repair,
}


def main(owner: str, data_dir: Path = DATA) -> None:
    """Repair the files of *owner*, and log what could not be repaired."""
    logging.basicConfig(format="%(message)s", level=logging.WARNING, stream=sys.stdout)
    try:
        REPAIR[owner](data_dir, partial(repairs.note, data_dir, owner))
    except OSError as error:
        log.warning("cannot repair the files of %s: %s", owner, error)


if __name__ == "__main__":
    main(sys.argv[1])
