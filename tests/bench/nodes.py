"""Two nodes beside the same stores: their CPU beside that of one, the pause when one is lost."""

import time
from collections.abc import Sequence

from tests.bench.bench import Bench
from tests.bench.container import cpu_seconds
from tests.bench.percentile import percentile
from tests.bench.senders import new_tokens, send
from tests.harness.appliance import Appliance
from tests.harness.proxy import Network
from tests.harness.shared_stores import SharedStores

# Of each node: a message costs less at a higher rate, so two nodes get twice the load of one.
RATE, CONNECTIONS, WARM_SECONDS, SECONDS = 5_000, 200, 60, 60
PARTITIONS, KILLS, WATCHED_SECONDS = 12, 3, 40
LOOK_EVERY_SECONDS = 0.25
SHARED_AGAIN_SECONDS = 20


def measure(bench: Bench) -> dict[str, float]:
    """Measure one node, then two with twice its load, then the loss of one."""
    folder = bench.folder / "nodes"
    folder.mkdir()
    network = Network()
    stores = SharedStores(network, bench.image, folder, partitions=PARTITIONS)
    nodes = [stores.node("node-1"), stores.node("node-2")]
    try:
        nodes[0].create().wait_ready()
        tokens = new_tokens(nodes[0], CONNECTIONS)
        alone = _messages_per_cpu_second(bench, nodes[:1], tokens)
        nodes[1].create().wait_ready()
        together = _messages_per_cpu_second(bench, nodes, tokens)
        bench.report_progress(
            f"messages per CPU second of the nodes: {alone:,.0f} alone, {together:,.0f} together"
        )
        pauses = [
            pause
            for kill in range(1, KILLS + 1)
            for pause in _pauses(bench, stores, nodes, tokens, first=kill * 100_000_000)
        ]
        bench.report_progress(f"pauses: {sorted(round(pause, 1) for pause in pauses)[-12:]}")
        return {
            "nodes_share": together / alone,
            "node_lost_pause_s": percentile(pauses, 95),
        }
    finally:
        for node in nodes:
            node.remove()
        network.remove()


def _messages_per_cpu_second(
    bench: Bench, nodes: Sequence[Appliance], tokens: Sequence[str]
) -> float:
    loads = [
        send(
            bench.folder, node.name, tokens[number :: len(nodes)],
            connections=CONNECTIONS // len(nodes), rate=RATE,
            seconds=WARM_SECONDS + SECONDS + 10, points=3,
        )
        for number, node in enumerate(nodes)
    ]  # fmt: skip
    time.sleep(WARM_SECONDS)
    started, used = time.monotonic(), sum(map(cpu_seconds, nodes))
    time.sleep(SECONDS)
    seconds = time.monotonic() - started
    used = sum(map(cpu_seconds, nodes)) - used
    for load in loads:
        load.wait()
    return RATE * len(nodes) * seconds / used


def _pauses(
    bench: Bench,
    stores: SharedStores,
    nodes: Sequence[Appliance],
    tokens: Sequence[str],
    *,
    first: int,
) -> list[float]:
    """Kill the second node; return how long the readings of each device of the first one stood."""
    kept, lost = nodes
    load = send(
        bench.folder, kept.name, tokens, connections=CONNECTIONS, rate=500,
        seconds=WATCHED_SECONDS + 20, points=3, first_seq=first,
    )  # fmt: skip
    time.sleep(10)
    lost.kill()
    stalls = _longest_stalls(stores, WATCHED_SECONDS, first)
    load.wait()
    lost.start_again()
    lost.wait_ready()
    time.sleep(SHARED_AGAIN_SECONDS)
    return stalls


def _longest_stalls(stores: SharedStores, seconds: float, first: int) -> list[float]:
    """Return for each device the longest time that its newest number, from *first* on, stood."""
    newest: dict[int, tuple[float, float]] = {}
    longest: dict[int, float] = {}
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end:
        rows = stores.numbers(
            f"SELECT max(number) FROM readings WHERE key = 'seq' AND number >= {first}"
            " GROUP BY device ORDER BY device"
        )
        for device, number in enumerate(rows):
            value, since = newest.get(device, (-1.0, now))
            if number != value:
                longest[device] = max(longest.get(device, 0.0), now - since)
                newest[device] = (number, now)
        time.sleep(LOOK_EVERY_SECONDS)
    return list(longest.values())
