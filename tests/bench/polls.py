"""10,000 devices that wait for a command by HTTP: what they cost while nothing arrives."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import requests

from tests.bench.bench import Bench
from tests.bench.container import cpu_seconds, memory_mb
from tests.bench.senders import new_tokens
from tests.harness.appliance import Appliance
from tests.harness.docker import ROOT
from tests.harness.load_generator import enter_network

POLLS = 10_000
PATH = "/api/v1/{token}/rpc"
SETTLE_SECONDS = 30
SECONDS = 60


def measure(bench: Bench, appliance: Appliance) -> dict[str, float]:
    """Measure memory and CPU with and without; nothing when this version has no such path."""
    tokens = new_tokens(appliance, POLLS)
    if _status(appliance, tokens[0]) == 404:
        bench.report_progress(f"{POLLS:,} long polls: skipped, GET {PATH} answers 404")
        return {}
    time.sleep(SETTLE_SECONDS)
    memory, percent = memory_mb(appliance), _percent(appliance)
    with _held(bench, appliance, tokens):
        time.sleep(SETTLE_SECONDS)
        more_percent = _percent(appliance) - percent
        more_memory = memory_mb(appliance) - memory
    return {"polls_memory_mb": more_memory, "polls_cpu": max(0.0, more_percent)}


def _status(appliance: Appliance, token: str) -> int:
    path = PATH.format(token=token)
    return requests.get(appliance.url(path), params={"timeout": 1}, timeout=30).status_code


@contextmanager
def _held(bench: Bench, appliance: Appliance, tokens: list[str]) -> Iterator[None]:
    """Hold one poll for each token; fail when some of them end early."""
    file = bench.folder / "polls.tokens"
    file.write_text("\n".join(tokens) + "\n")
    holder = subprocess.Popen(
        [*enter_network(appliance.name), sys.executable, "-m", "tests.bench.poll_holder", file],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout
        assert holder.stderr
        line = holder.stdout.readline()
        assert line == f"{len(tokens)} polls are held\n", line + holder.stderr.read()
        yield
        assert holder.poll() is None, holder.stderr.read()
    finally:
        holder.kill()
        holder.communicate()


def _percent(appliance: Appliance) -> float:
    started, used = time.monotonic(), cpu_seconds(appliance)
    time.sleep(SECONDS)
    return 100 * (cpu_seconds(appliance) - used) / (time.monotonic() - started)
