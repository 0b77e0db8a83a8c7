"""Backup and restore of 10 million readings of 1,000 devices: time, memory, effect on devices.

The readings are inserted into the table that the writer uses, three keys each, over a month. "Blank
machine" begins with the image built and ends when the restored appliance is ready: a first boot,
the restore, and its readings counted through the API.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.latency import until_visible
from tests.bench.percentile import percentile
from tests.bench.senders import import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.backups import BackupVolume
from tests.harness.deadline import eventually
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, Person, new_person

DEVICES = 1_000
READINGS = 10_000  # of each device
EVERY_SECONDS = 240
NEW_SHARE = 100  # one in so many is new at the second backup
SETTLE_SECONDS = 20
PROBES = 100
SAMPLE_SECONDS = 0.5
VERB_SECONDS = 1_200
numbers = itertools.count(1)
KEYS = {
    "temperature": "round(20 + 5 * sin(number / 1400) + (rand(1) % 10) / 10, 1)",
    "humidity": "round(55 + 12 * sin(number / 4300) + rand(2) % 3)",
    "battery": "100 - intDiv(number, 400)",
}


def measure(bench: Bench) -> dict[str, float]:
    """Measure two backups, a drill, a backup under load, and a restore on a blank machine."""
    volume = BackupVolume().create(bench.image)
    try:
        with _appliance(bench, volume) as appliance:
            values = _backups(bench, appliance)
        values["restore_blank_s"] = _blank(bench, volume)
    finally:
        volume.remove()
    return values


@contextmanager
def _appliance(bench: Bench, volume: BackupVolume) -> Iterator[Appliance]:
    with bench.appliance(options=volume.options(), environment=volume.environment()) as appliance:
        yield appliance


def _backups(bench: Bench, appliance: Appliance) -> dict[str, float]:
    owner = new_person(appliance, "owner")
    tokens = import_devices(appliance, owner, DEVICES)
    ids = [device["id"] for device in appliance.cli("device", "list")]
    _insert(appliance, ids, READINGS, ago=READINGS * EVERY_SECONDS)
    _settle(appliance)
    first, backup_mb = _timed(appliance, "create")
    _insert(appliance, ids, READINGS // NEW_SHARE, ago=READINGS // NEW_SHARE * EVERY_SECONDS)
    _settle(appliance)
    following, _ = _timed(appliance, "create")
    _settle(appliance)
    drill, drill_mb = _timed(appliance, "drill")
    bench.report_progress(f"a drill takes {drill:.1f} s")
    return {
        "backup_first_s": first,
        "backup_next_s": following,
        "backup_memory_mb": backup_mb,
        "drill_memory_mb": drill_mb,
        **_under_load(bench, appliance, owner, tokens),
    }


def _insert(appliance: Appliance, ids: list[str], readings: int, ago: int) -> None:
    """Insert readings of all devices, ending now, a few devices at a time to bound the memory."""
    start_us = int(time.time() - ago) * 1_000_000
    for some in range(0, len(ids), 50):
        devices = ", ".join(f"'{device}'" for device in ids[some : some + 50])
        for key, value in KEYS.items():
            appliance.exec_sql(
                "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
                f" SELECT device, '{key}',"
                f" toInt64({start_us} + number * {EVERY_SECONDS * 1_000_000}"
                " + cityHash64(device, number) % 200000), 1,"
                f" toFloat64({value}), '' FROM (SELECT number FROM numbers({readings}))"
                f" CROSS JOIN (SELECT arrayJoin([{devices}]) AS device)"
            )


def _settle(appliance: Appliance) -> None:
    """Wait until ClickHouse has merged what was inserted, as it has when backups are due."""
    eventually(
        lambda: not appliance.numbers("SELECT count() FROM system.merges")[0], 240, "no merge runs"
    )
    time.sleep(SETTLE_SECONDS)


def _timed(appliance: Appliance, verb: str) -> tuple[float, float]:
    """Run a verb; return its seconds, and by how many MiB the container grew while it ran."""
    idle, started = memory_mb(appliance), time.monotonic()
    peak = _peak(
        lambda: memory_mb(appliance),
        lambda: appliance.cli("backup", verb, seconds=VERB_SECONDS),
    )
    return time.monotonic() - started, peak - idle


def _peak(measured: Callable[[], float], act: Callable[[], object]) -> float:
    """Return the highest value that is measured while *act* runs."""
    highest, is_over = [measured()], threading.Event()

    def sample() -> None:
        while not is_over.wait(SAMPLE_SECONDS):
            highest.append(measured())

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        act()
    finally:
        is_over.set()
        thread.join()
    return max(highest)


def _under_load(
    bench: Bench, appliance: Appliance, owner: Person, tokens: list[str]
) -> dict[str, float]:
    """Return what backups, one after the other, cost at 1,000 msg/s: the p95, and losses."""
    device = owner.new_device()
    sender = load(
        bench, appliance, tokens[:500], connections=500, rate=1_000, seconds=600, points=3
    )
    try:
        time.sleep(SETTLE_SECONDS)
        usual = _p95(appliance, owner, device)
        is_over = threading.Event()

        def repeat() -> None:
            while not is_over.is_set():
                appliance.cli("backup", "create", seconds=VERB_SECONDS)

        thread = threading.Thread(target=repeat)
        thread.start()
        try:
            beside = _p95(appliance, owner, device)
        finally:
            is_over.set()
            thread.join()
        sender.interrupt()
    finally:
        sender.stop()
    bench.report_progress(f"p95 usual {usual:.0f} ms, beside a backup {beside:.0f} ms")
    return {"backup_p95_times": beside / usual, "backup_lost": float(_lost(appliance, sender))}


def _p95(appliance: Appliance, owner: Person, device: Device) -> float:
    with MqttDevice(appliance, device.token) as mqtt:
        times = [until_visible(owner, device, mqtt, next(numbers)) for _ in range(PROBES)]
    return percentile(times, 95)


def _lost(appliance: Appliance, sender: Load) -> int:
    """Return how many acknowledged messages are not stored after a minute."""
    acknowledged = sender.acknowledged()
    give_up_at = time.monotonic() + 60
    while (missing := acknowledged - stored_numbers(appliance)) and time.monotonic() < give_up_at:
        time.sleep(1)
    return len(missing)


def _blank(bench: Bench, volume: BackupVolume) -> float:
    """Return the seconds from a first boot to an appliance that serves the restored readings."""
    started = time.monotonic()
    with _appliance(bench, volume) as blank:
        blank.cli("backup", "restore", "latest", seconds=VERB_SECONDS)
        blank.wait_ready()
        seconds = time.monotonic() - started
        (count,) = blank.numbers("SELECT count() FROM points")
        bench.report_progress(f"{count:,.0f} points are back")
    return seconds
