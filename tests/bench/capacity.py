"""What a message costs, by program: CPU, bytes read by the broker, bytes in Kafka.

The numbers of deploy/CAPACITY.md. Three points a message, QoS 1, 500 connections.
"""

import time
from collections import defaultdict
from pathlib import Path

from tests.bench.bench import Bench
from tests.bench.senders import load, new_tokens
from tests.harness.appliance import Appliance
from tests.harness.docker import run

RATE, SECONDS, WARM_SECONDS, CONNECTIONS = 5_000, 60, 60, 500
TICKS_PER_SECOND = 100
# The first of these words that is in a process's command names it.
PROGRAMS = {
    "mosquitto": "mosquitto",
    "qlines.ingest": "ingest",
    "kafka.Kafka": "kafka",
    "qlines.writer": "writer",
    "clickhouse": "clickhouse",
    "qlines.live": "live",
    "mongod": "mongodb",
    "redis-server": "redis",
    "gunicorn": "gunicorn",
}
OTHERS = "others"


def measure(bench: Bench) -> dict[str, float]:
    """Send at a steady rate, and divide what every program used by the messages."""
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, CONNECTIONS)
        sender = load(
            bench, appliance, tokens, connections=CONNECTIONS, rate=RATE,
            seconds=WARM_SECONDS + SECONDS + 10, points=3,
        )  # fmt: skip
        time.sleep(WARM_SECONDS)
        before, kafka, read = _cpu(appliance), _kafka_bytes(appliance), _broker_bytes(appliance)
        started = time.monotonic()
        time.sleep(SECONDS)
        messages = RATE * (time.monotonic() - started)
        used = {name: now - before.get(name, 0.0) for name, now in _cpu(appliance).items()}
        kafka, read = _kafka_bytes(appliance) - kafka, _broker_bytes(appliance) - read
        sender.wait()
    each = {
        name: 1e6 * seconds / messages
        for name, seconds in sorted(used.items(), key=lambda one: -one[1])
    }
    parts = ", ".join(f"{name} {us:.1f}" for name, us in each.items())
    bench.report_progress(f"CPU of a message at {RATE:,} msg/s, µs: {parts}")
    bench.report_progress(
        f"bytes of a message: {read / messages:.0f} read by the broker,"
        f" {kafka / messages:.0f} in Kafka"
    )
    return {"message_us": sum(each.values())}


def _processes(appliance: Appliance) -> dict[int, str]:
    """Return the processes of the container: program by process id on this host."""
    lines = run("docker", "top", appliance.name, "-eo", "pid,args").splitlines()[1:]
    found = {}
    for line in lines:
        pid, command = line.split(maxsplit=1)
        found[int(pid)] = next((name for word, name in PROGRAMS.items() if word in command), OTHERS)
    return found


def _cpu(appliance: Appliance) -> dict[str, float]:
    """Return the CPU seconds of each program so far."""
    seconds: defaultdict[str, float] = defaultdict(float)
    for pid, name in _processes(appliance).items():
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        seconds[name] += (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND
    return seconds


def _broker_bytes(appliance: Appliance) -> int:
    """Return the bytes that the broker has read, nearly all of them from its connections."""
    (pid,) = (pid for pid, name in _processes(appliance).items() if name == "mosquitto")
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(dict(line.split(": ") for line in lines)["rchar"])


def _kafka_bytes(appliance: Appliance) -> int:
    files = appliance.exec("sh", "-c", "cat /data/kafka/telemetry-*/*.log | wc -c")
    return int(files)
