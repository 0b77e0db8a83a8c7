"""What programs count and what /metrics declares are the same."""

import re
from pathlib import Path

import pytest

from healthcheck.metrics.programs import BROKER, PROGRAM_METRICS
from qlines.programs import BY_NAME

ROOT = Path(__file__).resolve().parents[4]
HEARTBEAT_C = ROOT / "appliance" / "broker" / "heartbeat.c"
# jobs/ belongs to two programs; each has its own file and table there. The spool reader counts
# for ingest, the web app passes calls on to webhooks as the registry does.
SOURCES = {
    "twin": ("app/qlines/twin/*.py",),
    "node": ("app/qlines/node/*.py",),
    "registry": ("app/qlines/registry/*.py", "app/qlines/downlink/*.py"),
    "ingest": ("app/qlines/ingest/*.py", "app/qlines/spool/reader.py"),
    "writer": ("app/qlines/writer/*.py",),
    "live": ("app/qlines/live/*.py",),
    "alarms": ("app/qlines/alarms/*.py", "app/qlines/jobs/dispatch/*.py"),
    "rqworker": ("app/qlines/jobs/worker.py",),
    "messenger": ("app/qlines/jobs/worker.py",),
    "cron": ("app/qlines/jobs/cron.py",),
    "gunicorn": (
        "app/qlines/web/device/*.py",
        "app/qlines/downlink/webhook_calls.py",
        "app/qlines/web/request_metrics.py",
        "app/qlines/web/sockets/tasks.py",
    ),
}


def source_of(program: str) -> str:
    files = [file for pattern in SOURCES[program] for file in ROOT.glob(pattern)]
    return "\n".join(file.read_text() for file in files if file.name != "counters.py")


def declared(program: str) -> set[str]:
    return {name for meanings in PROGRAM_METRICS[program].by_kind().values() for name in meanings}


def test_every_program_with_a_heartbeat_declares_what_it_counts() -> None:
    with_heartbeat = {program.name for program in BY_NAME.values() if program.probe == "heartbeat"}

    assert with_heartbeat | {"mosquitto", "gunicorn"} == set(PROGRAM_METRICS)


def test_the_broker_writes_what_is_declared() -> None:
    table = re.search(r"\} all\[\] = \{(.*?)\};", HEARTBEAT_C.read_text(), re.DOTALL)

    assert table
    written = set(re.findall(r'\{"(\w+)",', table[1]))
    assert written == {*BROKER.counters, *BROKER.gauges}


@pytest.mark.parametrize("program", SOURCES)
def test_a_program_counts_everything_that_is_declared(program: str) -> None:
    source = source_of(program)

    assert {name for name in declared(program) if f'"{name}"' not in source} == set()


@pytest.mark.parametrize("program", SOURCES)
def test_a_program_declares_everything_that_it_counts(program: str) -> None:
    source = source_of(program)

    counted = set(re.findall(r'(?:counters|counts|losses)\["(\w+)"\]', source))
    # Taken out again before anything is written.
    popped = set(re.findall(r'(?:counters|counts)\.pop\("(\w+)"', source))
    assert counted - popped - declared(program) == set()


@pytest.mark.parametrize("program", PROGRAM_METRICS)
def test_no_name_is_of_two_kinds(program: str) -> None:
    kinds = PROGRAM_METRICS[program].by_kind().values()

    assert sum(len(meanings) for meanings in kinds) == len(declared(program))
