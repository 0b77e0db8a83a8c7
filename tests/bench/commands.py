"""Commands to devices: how soon one arrives and is answered, how many a second, and none lost."""

import time

from tests.bench import command_inserts, command_kills, polls
from tests.bench.bench import Bench
from tests.bench.command_requests import Requests
from tests.bench.obeying import Fleet
from tests.bench.percentile import percentile
from tests.bench.senders import device_ids, import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.obedient_device import ObedientDevice
from tests.harness.people import Device, Person, new_person

PROBES = 300
PAUSE_SECONDS = 0.05
LOOK_EVERY_SECONDS = 0.003
LOST_AFTER_SECONDS = 10
DEVICES = 500
REQUESTS = 3_000
INSERTED = 20_000
ALL_ANSWERED_SECONDS = 120


def measure(bench: Bench) -> dict[str, float]:
    """Press 300 times, send many at once, kill programs in the meantime, and hold long polls."""
    values: dict[str, float] = {}
    with bench.appliance() as appliance:
        values |= _latency(bench, appliance)
    with bench.appliance() as appliance:
        values |= _rates(bench, appliance)
    with bench.appliance() as appliance:
        values |= command_kills.measure(bench, appliance)
    with bench.appliance() as appliance:
        values |= polls.measure(bench, appliance)
    return values


# ---- one after another ----


def _latency(bench: Bench, appliance: Appliance) -> dict[str, float]:
    owner = new_person(appliance, "owner")
    tokens = import_devices(appliance, new_person(appliance, "bench"), DEVICES)
    device = owner.new_device()
    sender = load(bench, appliance, tokens, connections=DEVICES, rate=500, seconds=600, points=3)
    try:
        presses = _presses(appliance, owner, device)
    finally:
        sender.stop()
    wire, answered = [wire for wire, _ in presses], [answered for _, answered in presses]
    bench.report_progress(f"answered: {percentile(answered, 50):.0f} ms p50")
    return {
        "command_wire_p50_ms": percentile(wire, 50),
        "command_wire_p95_ms": percentile(wire, 95),
        "command_answered_p95_ms": percentile(answered, 95),
    }


def _presses(appliance: Appliance, owner: Person, device: Device) -> list[tuple[float, float]]:
    """Return the milliseconds until the device had it and until the API had its answer."""
    arrived: dict[int, float] = {}

    def obey(_method: str, seq: int) -> dict[str, bool]:
        arrived[seq] = time.perf_counter()
        return {"done": True}

    presses = []
    with ObedientDevice(appliance, device.token, obey):
        for seq in range(PROBES):
            time.sleep(PAUSE_SECONDS)
            pressed = time.perf_counter()
            answered = _press(owner, device, seq)
            presses.append((1000 * (arrived[seq] - pressed), 1000 * (answered - pressed)))
    return presses


def _press(owner: Person, device: Device, seq: int) -> float:
    """Send a command; return when the API said that the device has answered."""
    path = f"/api/devices/{device.id}/commands"
    answer = owner.api.post(path, json={"method": "open", "params": seq})
    assert answer.status_code == 201, answer.text
    deadline = time.perf_counter() + LOST_AFTER_SECONDS
    while owner.api.document(f"{path}/{answer.json()['number']}")["state"] != "answered":
        if time.perf_counter() > deadline:
            raise TimeoutError(f"command {seq} is not answered after {LOST_AFTER_SECONDS} s")
        time.sleep(LOOK_EVERY_SECONDS)
    return time.perf_counter()


# ---- many ----


def _rates(bench: Bench, appliance: Appliance) -> dict[str, float]:
    owner = new_person(appliance, "owner")
    tokens = import_devices(appliance, owner, DEVICES)
    devices = device_ids(owner)
    fleet = Fleet(bench, appliance, tokens)
    try:
        started = time.monotonic()
        Requests(owner, devices).send(range(REQUESTS))
        requested = time.monotonic() - started
        done = command_inserts.answered(appliance, ALL_ANSWERED_SECONDS)
        seqs = range(REQUESTS, REQUESTS + INSERTED)
        inserted, ended = command_inserts.seconds_until_answered(appliance, devices, seqs)
        done |= command_inserts.answered(appliance, ALL_ANSWERED_SECONDS)
        calls = fleet.end()
    finally:
        fleet.stop()
    assert len(done) == REQUESTS + INSERTED, "every command must be answered"
    bench.report_progress(
        f"{INSERTED:,} commands were inserted in {inserted:.1f} s and answered in {ended:.1f} s; "
        f"{len(calls) - len(done)} arrived twice"
    )
    return {"commands_rate": INSERTED / ended, "commands_post_rate": REQUESTS / requested}
