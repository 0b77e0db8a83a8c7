"""Alarms: from a reading to page and webhook, what evaluation costs, a storm, and a dry run."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from tests.bench.alarm_evaluation import readings_per_cpu_second
from tests.bench.alarm_rules import TRUE_ABOVE, above, add_channel, add_rule, silent
from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.bench.senders import device_ids, import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, Person, new_person
from tests.harness.webhook_receiver import WEBHOOKS_TO_THIS_MACHINE, Received, WebhookReceiver

RULES, SENDERS, PER_SECOND = 1_000, 500, 500
PROBES = 40  # each with a rule and a channel: what follows within 30 s is collected
LOST_AFTER_SECONDS = 30
STORM_DEVICES, SILENT_SECONDS = 10_000, 60
STORM_MAX_SECONDS, QUIET_SECONDS = 300, 90  # a digest is collected for a minute
PAST_DEVICES, PAST_DAYS, PAST_EVERY_SECONDS = 100, 7, 10


class Arrivals:
    """When something arrived, by its name; *count* is of all."""

    def __init__(self) -> None:
        self._events: dict[str, threading.Event] = {}
        self._at: dict[str, float] = {}
        self.count, self.last_at = 0, time.perf_counter()

    def note(self, name: str) -> None:
        """Note that it arrived now; the first time counts."""
        self.count, self.last_at = self.count + 1, time.perf_counter()
        self._at.setdefault(name, self.last_at)
        self._events.setdefault(name, threading.Event()).set()

    def wait(self, name: str) -> float:
        """Return when it arrived; raise TimeoutError when it does not."""
        if not self._events.setdefault(name, threading.Event()).wait(LOST_AFTER_SECONDS):
            raise TimeoutError(f"{name} has not arrived after {LOST_AFTER_SECONDS} s")
        return self._at[name]


def measure(bench: Bench) -> dict[str, float]:
    """Measure each on its own: evaluation without a container, the others each with a new one."""
    evaluated, whole = readings_per_cpu_second()
    values = {"alarm_evaluated": evaluated, "alarm_readings": whole}
    for part in (_latency, _storm, _dry_run):
        with bench.appliance(environment=WEBHOOKS_TO_THIS_MACHINE) as appliance:
            values |= part(bench, appliance)
    return values


def _receiver(appliance: Appliance, arrivals: Arrivals) -> WebhookReceiver:
    """Return a program on this machine, at the address by which the container reaches it."""
    receiver = WebhookReceiver.beside(appliance.name)

    def answer(request: Received) -> tuple[int, dict[str, str], bytes]:
        arrivals.note(request.path.strip("/"))
        return 200, {}, b"{}"

    receiver.answer = answer
    return receiver


def _latency(bench: Bench, appliance: Appliance) -> dict[str, float]:
    """Publish a value that is too high, and wait until the page and the webhook have the alarm."""
    owner, called = new_person(appliance, "bench"), Arrivals()
    receiver = _receiver(appliance, called)
    tokens = import_devices(appliance, owner, SENDERS)
    ids = device_ids(owner)
    probes = [owner.new_device(f"probe {number}") for number in range(PROBES)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: _add_quiet_rule(owner, ids, number), range(RULES - PROBES)))
    for number, device in enumerate(probes):
        channel = add_channel(owner, f"{number}", receiver)
        scope = {"type": "device", "value": device.id}
        levels = above("probe", TRUE_ABOVE)
        add_rule(owner, device.name, scope, levels=levels, channels=[channel])
    sender = load(
        bench, appliance, tokens, connections=SENDERS, rate=PER_SECOND, seconds=600, points=3
    )
    try:
        times = _probe_all(appliance, owner, probes, called)
    finally:
        sender.stop()
        receiver.close()
    pages, webhooks = zip(*times, strict=True)
    return {
        "alarm_page_p95_ms": percentile(pages, 95),
        "alarm_webhook_p95_ms": percentile(webhooks, 95),
    }


def _add_quiet_rule(owner: Person, ids: list[str], number: int) -> None:
    scope = {"type": "device", "value": ids[number % len(ids)]}
    add_rule(owner, f"quiet {number}", scope, levels=above("humidity", 1e12))


def _probe_all(
    appliance: Appliance, owner: Person, probes: list[Device], called: Arrivals
) -> list[tuple[float, float]]:
    """Return the milliseconds of each probe until the page and the webhook had its alarm."""
    times = []
    with LivePage(owner.browser(), appliance.url("/")) as page:
        shown = Arrivals()
        current = [""]
        page.socket.on("alarms", lambda _changed: shown.note(current[0]))
        for number, device in enumerate(probes):
            with MqttDevice(appliance, device.token) as mqtt:
                assert mqtt.publish({"probe": 0})
                time.sleep(1)  # whatever the probe before has still caused has come
                current[0] = f"{number}"
                started = time.perf_counter()
                mqtt.client.publish("v1/devices/me/telemetry", '{"probe": 99}', qos=1)
                arrived = shown.wait(f"{number}"), called.wait(f"{number}")
            times.append((1000 * (arrived[0] - started), 1000 * (arrived[1] - started)))
    return times


def _storm(_bench: Bench, appliance: Appliance) -> dict[str, float]:
    """Let a rule find that none of 10,000 devices sends, and count the messages to their owner."""
    owner, called = new_person(appliance, "bench"), Arrivals()
    receiver = _receiver(appliance, called)
    import_devices(appliance, owner, STORM_DEVICES)
    channel = add_channel(owner, "storm", receiver)
    levels = silent(SILENT_SECONDS)
    add_rule(owner, "silent", {"type": "all"}, levels=levels, channels=[channel])
    first = _until_active(owner, 1)
    last = _until_active(owner, STORM_DEVICES)
    while time.perf_counter() - max(last, called.last_at) < QUIET_SECONDS:
        time.sleep(1)
    receiver.close()
    return {"storm_s": last - first, "storm_messages": called.count}


def _until_active(owner: Person, count: int) -> float:
    """Return when so many alarms were active."""
    give_up_at = time.perf_counter() + STORM_MAX_SECONDS
    while (active := owner.api.document("/api/alarms/count")["active"]) < count:
        if time.perf_counter() > give_up_at:
            raise TimeoutError(f"{active} of {count} alarms after {STORM_MAX_SECONDS} s")
        time.sleep(0.1)
    return time.perf_counter()


def _dry_run(_bench: Bench, appliance: Appliance) -> dict[str, float]:
    """Try a rule on the readings of a week of 100 devices."""
    owner = new_person(appliance, "bench")
    import_devices(appliance, owner, PAST_DEVICES)
    _insert_past(appliance, device_ids(owner))
    levels = above("temperature", 24, for_seconds=300)
    rule = {"name": "warm", "scope": {"type": "all"}, "levels": levels}
    started = time.perf_counter()
    answer = owner.api.post("/api/alarm-rules/dry-run", json={"rule": rule}, timeout=300)
    seconds = time.perf_counter() - started
    assert answer.status_code == 200, answer.text
    tried = answer.json()
    return {
        "dry_run_s": seconds,
        "dry_run_share": 100 * tried["checked"] / tried["devices"],
    }


def _insert_past(appliance: Appliance, ids: list[str]) -> None:
    """Insert a temperature every 10 s that rises and falls in two hours or so, for each device."""
    count = PAST_DAYS * 86_400 // PAST_EVERY_SECONDS - 1
    start_us = (int(time.time()) - count * PAST_EVERY_SECONDS) * 1_000_000
    for device in ids:
        appliance.exec_sql(
            "INSERT INTO incoming (device, key, time_us, kind_code, number, text)"
            f" SELECT '{device}', 'temperature',"
            f" toInt64({start_us} + number * {PAST_EVERY_SECONDS * 1_000_000}), 1,"
            f" toFloat64(round(20 + 5 * sin(number / 140), 1)), '' FROM numbers({count})"
        )
