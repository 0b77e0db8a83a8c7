"""Generate a month of readings inside ClickHouse: devices that send every 10 s, with jitter."""

import time

from tests.harness.appliance import Appliance

EVERY_SECONDS = 10
DAYS = 30
READINGS = DAYS * 86_400 // EVERY_SECONDS
# Values that drift with some noise, as sensors give them: one decimal, whole numbers, a battery.
KEYS = {
    "temperature": "round(20 + 5 * sin(number / 1400) + (rand(1) % 10) / 10, 1)",
    "humidity": "round(55 + 12 * sin(number / 4300) + rand(2) % 3)",
    "battery": "100 - intDiv(number, 4000)",
}


def insert(appliance: Appliance, device: str, keys: list[str]) -> int:
    """Insert a month of readings up to now for one device; return the number of points.

    They are inserted into the table that the writer uses, so they are stored like any others. The
    keys of one reading have the same time, like those of one message.
    """
    start_us = int(time.time() - DAYS * 86_400) * 1_000_000
    # A hash instead of rand(), so that every key of a reading has the same jitter.
    jitter_us = f"cityHash64('{device}', number) % 200000"
    ts = f"{start_us} + number * {EVERY_SECONDS * 1_000_000} + {jitter_us}"
    for key in keys:
        appliance.exec_sql(
            "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
            f" SELECT '{device}', '{key}', toInt64({ts}), 1,"
            f" toFloat64({KEYS[key]}), '' FROM numbers({READINGS})"
        )
    return READINGS * len(keys)
