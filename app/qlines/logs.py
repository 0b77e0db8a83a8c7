"""Log lines: one event a line on standard output, prefixed there with the program's name."""

import logging
import sys


def configure(level: str) -> None:
    """Send every logger's lines to standard output; *level* is debug, info, warning or error."""
    logging.basicConfig(
        stream=sys.stdout,
        level=level.upper(),
        format="%(asctime)s %(levelname)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
        force=True,
    )
    # kafka-python tells every connection at INFO, hundreds of lines a boot, and every attempt to
    # reach an absent broker at ERROR, four lines a second. Our loops say once for whom they wait.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    # clickhouse-driver prints a stack for every refused connection; ours say it in one sentence.
    logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)
