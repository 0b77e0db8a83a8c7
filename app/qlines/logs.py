"""Configure logging: one event per line on standard output, where supervisord adds the program."""

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
    # kafka-python logs every connection at INFO, hundreds of lines per boot, and every attempt to
    # reach a missing broker at ERROR, four lines per second. Our loops log an outage once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    # clickhouse-driver logs a traceback for every refused connection; our loops log one sentence.
    logging.getLogger("clickhouse_driver").setLevel(logging.ERROR)
