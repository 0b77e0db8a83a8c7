"""Two whole VMs that are twins: what they cost, how fast they fail over, and what a drain loses.

Both VMs and the witness share this machine, so what one VM does slows the other down.
"""

import json
import shutil
import time
from collections.abc import Callable
from typing import Any

from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.percentile import percentile
from tests.bench.senders import send
from tests.bench.twin_cost import RATE, fill, measure_cost, more_cpu_percent
from tests.harness.mqtt_device import MqttDevice
from tests.harness.relay import Relay
from tests.harness.twin_traffic import TwinUsers, is_acknowledged
from tests.harness.twin_vms import TwinVm, TwinVms
from tests.harness.visitors import is_changed, is_served
from tests.harness.vm import make_secrets

FAILOVERS = 10
DRAINS, VISITORS = 10, 4
PROBES = 50
CAUGHT_UP_SECONDS = 600
# 10 million readings of a thousand devices over four weeks that end at midnight.
DEVICES, DEVICES_PER_INSERT = 1_000, 50
INSERT = """
INSERT INTO incoming (device, key, time_us, kind_code, number, text)
SELECT concat('bench', toString(device)), 'level',
 (toUnixTimestamp(toDateTime(today())) - number * 240) * 1000000, 1, number % 1000, ''
FROM (SELECT number FROM numbers(10000))
CROSS JOIN (SELECT {first} + number AS device FROM numbers({devices}))
"""


def measure(bench: Bench) -> dict[str, float]:
    """Measure one VM alone, then the same as one of two twins, then what may happen to them."""
    folder = bench.folder / "twins"
    twins = TwinVms(folder / "machines", make_secrets(folder / "secrets"))
    try:
        twins.a.make_vm()
        users = TwinUsers(twins, folder)
        fill(twins.a)
        alone = measure_cost(twins.a, users)
        twins.pair()
        as_twin = measure_cost(twins.a, users)
        bench.report_progress(f"alone: {alone}, as a twin: {as_twin}")
        values = {
            "twin_cpu_percent": more_cpu_percent(alone, as_twin),
            "twin_memory_mb": as_twin.memory_mb - alone.memory_mb,
            "witness_mb": memory_mb(twins.witness.container),
            "union_p95_s": _union(twins, users),
            **_drains(twins, users),
            **_failovers(bench, twins, users),
        }
        bench.report_progress(f"so far: {values}")
        twins.wait_whole()
        values["twin_caught_up_s"] = _caught_up(bench, twins)
        return values
    finally:
        twins.remove()
        shutil.rmtree(folder, ignore_errors=True)


def _union(twins: TwinVms, users: TwinUsers) -> float:
    """Return the p95 of the seconds from a publish at a until it is in the ClickHouse of b."""
    sender = send(
        users.folder, twins.a.name, users.tokens[1:], connections=len(users.tokens) - 1,
        rate=RATE, seconds=600, points=3,
    )  # fmt: skip
    try:
        with MqttDevice(None, users.tokens[0], tls_port=twins.a.mqtts) as device:
            waits = [_until_at_b(twins, device, number) for number in range(PROBES)]
    finally:
        sender.stop()
    return percentile(waits, 95)


def _until_at_b(twins: TwinVms, device: MqttDevice, number: int) -> float:
    """Return the seconds, of which a tenth is the question itself."""
    query = f"SELECT count() FROM points WHERE key = 'union' AND number = {number}"
    started = time.monotonic()
    device.client.publish("v1/devices/me/telemetry", json.dumps({"union": number}), qos=1)
    while twins.b.sql(query).strip() == "0":
        time.sleep(0.02)
    return time.monotonic() - started


def _drains(twins: TwinVms, users: TwinUsers) -> dict[str, float]:
    with users.traffic(visitors=VISITORS) as found:
        for _ in range(DRAINS):
            twins.wait_whole()
            vm = twins.active_one()
            vm.goal("drain")
            vm.goal("resume")
    return {
        "drain_failed": len(found.failures),
        "drain_requests": found.visitors.answered + len(found.failures),
    }


def _failovers(bench: Bench, twins: TwinVms, users: TwinUsers) -> dict[str, float]:
    pages, messages, changes = [], [], []
    for number in range(FAILOVERS):
        twins.wait_whole()
        gone = twins.active_one()
        vms = (gone, twins.other(gone))
        with (
            Relay(*(("127.0.0.1", vm.https) for vm in vms)) as https,
            Relay(*(("127.0.0.1", vm.mqtts) for vm in vms)) as mqtts,
        ):
            killed_at = time.monotonic()
            gone.kill()  # of three containers takes about a second
            pages.append(_first(killed_at, lambda: is_served(https.port)))
            messages.append(_first(killed_at, lambda: is_acknowledged(mqtts.port, users.tokens[0])))
            changes.append(
                _first(killed_at, lambda: is_changed(https.port, users.key, users.devices[0]))
            )
        gone.start_again()
        bench.report_progress(
            f"{number + 1}: page {pages[-1]:.1f} s, MQTT {messages[-1]:.1f} s,"
            f" change {changes[-1]:.1f} s"
        )
    return {
        "failover_page_s": percentile(pages, 95),
        "failover_mqtt_s": percentile(messages, 95),
        "failover_change_s": percentile(changes, 95),
    }


def _first(since: float, succeeds: Callable[[], bool]) -> float:
    while not succeeds():
        time.sleep(0.05)
    return time.monotonic() - since


def _caught_up(bench: Bench, twins: TwinVms) -> float:
    """Give a 10 million readings, wipe b, and return for how long b fetches once it has joined."""
    for first in range(0, DEVICES, DEVICES_PER_INSERT):
        twins.a.sql(INSERT.format(first=first, devices=DEVICES_PER_INSERT))
    twins.b.wipe()
    twins.wait_active(twins.a)
    twins.replace(twins.b)
    give_up_at = time.monotonic() + CAUGHT_UP_SECONDS
    while not _is_caught_up(twins.b) and time.monotonic() < give_up_at:
        time.sleep(1)
    request, progress = _document(twins.b, "catch-up-request"), _document(twins.b, "catch-up")
    bench.report_progress(f"{progress['copied']:,} points were fetched")
    return float(progress["finished_at"] - request["at"])


def _is_caught_up(vm: TwinVm) -> bool:
    twin: dict[str, Any] = vm.health_report()["twin"] or {}
    catch_up = twin.get("catch_up")
    return catch_up is not None and not catch_up["is_needed"]


def _document(vm: TwinVm, name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(vm.exec("app", "cat", f"/data/twin/{name}.json"))
    return document
