"""Print when devices were heard last: ``python -m qlines.alarms.ask_last_heard``.

Standard input has their ids, a line each; the output is a JSON object of microseconds since 1970.
"""

import json
import os
import sys

from qlines.clients import clickhouse
from qlines.errors import StoreUnavailableError
from qlines.settings import Settings
from qlines.store import readings

ANSWER_SECONDS = 5


def main() -> None:
    """Ask ClickHouse; exit with a sentence when it does not answer."""
    address = Settings.from_env(os.environ).clickhouse
    client = clickhouse.connect(address, answer_seconds=ANSWER_SECONDS)
    try:
        heard = readings.last_seen_of_devices(client, sys.stdin.read().split())
    except StoreUnavailableError as error:
        sys.exit(f"waiting for {error.store}: {error}")
    sys.stdout.write(json.dumps(heard))


if __name__ == "__main__":
    main()
