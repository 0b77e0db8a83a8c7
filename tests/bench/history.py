"""A month of readings, made inside ClickHouse: devices that send every 10 s, with jitter."""

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
    """Give a device a month of readings up to now and return the number of points.

    They go into the table that the writer inserts into, so they are kept as all others are. The
    keys of one reading have the same time, as those of one message have.
    """
    start_us = int(time.time() - DAYS * 86_400) * 1_000_000
    # A hash in place of rand(): the same jitter for every key of a reading.
    jitter_us = f"cityHash64('{device}', number) % 200000"
    ts = f"{start_us} + number * {EVERY_SECONDS * 1_000_000} + {jitter_us}"
    for key in keys:
        appliance.exec_sql(
            "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
            f" SELECT '{device}', '{key}', toInt64({ts}), 1,"
            f" toFloat64({KEYS[key]}), '' FROM numbers({READINGS})"
        )
    return READINGS * len(keys)
