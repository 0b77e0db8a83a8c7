"""Kill each program that a command passes, while 2,000 of them are on the way."""

from concurrent.futures import ThreadPoolExecutor

from tests.bench import command_inserts
from tests.bench.bench import Bench
from tests.bench.command_requests import Requests
from tests.bench.obeying import Call, Fleet
from tests.bench.senders import device_ids, import_devices
from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually
from tests.harness.people import new_person

KILLED = ("registry", "mosquitto", "ingest", "mongodb", "gunicorn")
DEVICES = 500
BY_REQUEST = 1_000  # for each program, through its death
AT_ONCE = 1_000  # inserted a moment before it
ENDED_WITHIN_SECONDS = 180


def measure(bench: Bench, appliance: Appliance) -> dict[str, float]:
    """Compare the commands that were taken with what devices had, and with what is answered."""
    owner = new_person(appliance, "owner")
    tokens = import_devices(appliance, owner, DEVICES)
    requests, fleet = Requests(owner, device_ids(owner)), Fleet(bench, appliance, tokens)
    answered: set[int] = set()
    try:
        for count, program in enumerate(KILLED):
            _kill_meanwhile(appliance, requests, program, count * (BY_REQUEST + AT_ONCE))
            answered = command_inserts.answered(appliance, ENDED_WITHIN_SECONDS)
            bench.report_progress(f"{program}: {len(answered)} are answered")
        calls = fleet.end()
    finally:
        fleet.stop()
    sent = set(range(len(KILLED) * (BY_REQUEST + AT_ONCE)))
    bench.report_progress(f"{len(calls) - len(sent)} arrivals of what had arrived")
    return {
        "commands_lost": len(sent - (answered & {call.seq for call in calls})),
        "commands_doubled": doubled(calls),
    }


def doubled(calls: list[Call]) -> int:
    """Return how often a command arrived with another number than before; pure."""
    return len({(call.seq, call.number) for call in calls}) - len({call.seq for call in calls})


def _kill_meanwhile(appliance: Appliance, requests: Requests, program: str, first: int) -> None:
    by_request = range(first, first + BY_REQUEST)
    at_once = range(first + BY_REQUEST, first + BY_REQUEST + AT_ONCE)
    half = requests.taken + BY_REQUEST // 2
    with ThreadPoolExecutor(1) as thread:
        sending = thread.submit(requests.send, by_request)
        eventually(
            lambda: requests.taken >= half or sending.done(), 120, "half of them are taken",
            pause_seconds=0.01,
        )  # fmt: skip
        pid = appliance.pid(program)
        command_inserts.insert_and_kill(appliance, requests.devices, at_once, pid)
        appliance.wait_for_program(program, other_than=pid)
        sending.result()
    appliance.wait_well()
