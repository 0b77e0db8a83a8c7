"""Alarms over twenty changes of the active side of twins: the story twin_alarms, with numbers."""

import shutil

from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.harness.people import new_person
from tests.harness.proxy import Network
from tests.harness.twin_alarms import KINDS, SENDERS, Changes, TwinAlarms, beside
from tests.harness.twins import Twins
from tests.harness.webhook_receiver import WEBHOOKS_TO_THIS_MACHINE


def measure(bench: Bench) -> dict[str, float]:
    """Let devices cross limits while the active side is drained or killed, and count."""
    folder, network = bench.folder / "alarm_failovers", Network()
    folder.mkdir()
    twins = Twins(network, bench.image, folder, clock_of_b=None, **WEBHOOKS_TO_THIS_MACHINE)
    try:
        owner = new_person(twins.a.start(), "bench")
        twins.pair()
        tokens = [owner.new_device(f"beside {number}").token for number in range(SENDERS)]
        told = TwinAlarms(twins, owner)
        told.stop_one()
        with told, beside(told.port, tokens, folder):
            changes = Changes(twins, told)
            for number, kind in enumerate(KINDS, 1):
                changes.make(kind)
                bench.report_progress(f"{number}: {kind}, {changes.active} is active")
            told.find_stopped(changes.active)
        found = told.end(changes.active)
        seconds = changes.seconds(told.at(changes.active))
    finally:
        twins.remove()
        network.remove()
        shutil.rmtree(folder, ignore_errors=True)
    bench.report_progress(f"{found}, first alarm after: {seconds}")
    return {
        "failover_alarms": found.alarms,
        "failover_alarms_lost": found.alarms_lost + found.messages_lost,
        "failover_alarms_doubled": found.alarms_doubled + found.messages_doubled,
        "drain_alarm_s": percentile(seconds["drain"], 95),
        "failover_alarm_s": percentile(seconds["kill"], 95),
    }
