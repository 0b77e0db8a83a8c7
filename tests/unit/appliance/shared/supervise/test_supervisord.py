"""Our supervisord as PID 1 runs it, with real programs: it patches what supervisor calls private.

A release of supervisor that renames one of these fails here.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from supervisor.dispatchers import POutputDispatcher
from supervisor.options import ServerOptions
from supervisor.poller import BasePoller
from supervisor.process import ProcessGroupBase
from supervisor.states import SupervisorStates

ROOT = Path(__file__).resolve().parents[5]
SUPERVISORD = ROOT / "appliance" / "shared" / "supervise" / "supervisord"
CONF = """
[supervisord]
nodaemon=true
logfile=/dev/null
logfile_maxbytes=0
pidfile={folder}/pid
nocleanup=true
[unix_http_server]
file={folder}/s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[rpcinterface:polling]
supervisor.rpcinterface_factory=appliance.shared.supervise.polling:make_extension
[rpcinterface:stopping]
supervisor.rpcinterface_factory=appliance.shared.supervise.stopping:make_extension
at_once_from_priority=20
[rpcinterface:ending]
supervisor.rpcinterface_factory=appliance.shared.supervise.ending:make_extension
ends_container=needed
one_shot=once
file={folder}/log/why-it-ended.txt
"""
PROGRAM = """
[program:{name}]
command=sh -c '{script}' {arguments}
priority={priority}
startretries=0
redirect_stderr=true
stdout_logfile=NONE
"""


def program(name: str, script: str, *, arguments: str = "", priority: int = 10) -> str:
    return PROGRAM.format(name=name, script=script, arguments=arguments, priority=priority)


def start(folder: Path, *programs: str) -> "subprocess.Popen[str]":
    conf = folder / "conf"
    conf.write_text(CONF.format(folder=folder) + "".join(programs))
    return subprocess.Popen(
        [sys.executable, str(SUPERVISORD), "-c", str(conf)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, list[str]]:
    """Return the exit status and the lines that were printed."""
    try:
        printed, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    return process.returncode, printed.splitlines()


def wait_for(file: Path) -> None:
    end = time.monotonic() + 30
    while not file.exists():
        assert time.monotonic() < end, file
        time.sleep(0.05)


def test_a_program_that_cannot_be_started_ends_it_with_status_1_and_a_reason(
    tmp_path: Path,
) -> None:
    status, lines = finish(start(tmp_path, program("needed", "echo first; printf last; exit 3")))

    assert status == 1
    assert "needed     | first" in lines
    assert "needed     | last" in lines  # although no newline came after it
    reason = (tmp_path / "log" / "why-it-ended.txt").read_text()
    assert "needed could not be started, and QLines cannot run without it" in reason
    assert "    first\n    last\n" in reason


def test_programs_stop_at_the_same_time_and_the_store_after_them(tmp_path: Path) -> None:
    stops = tmp_path / "stops"
    note = f"echo $0 begin >>{stops}; sleep $1; echo $0 end >>{stops}; exit 0"
    script = tmp_path / "script"
    script.write_text(f"trap '{note}' TERM\ntouch {tmp_path}/$0\nwhile :; do sleep 0.05; done\n")
    supervisord = start(
        tmp_path,
        program("store", f". {script}", arguments="store 0"),
        program("slow", f". {script}", arguments="slow 0.2", priority=20),
        program("slower", f". {script}", arguments="slower 0.4", priority=21),
        # Not one of those that end the container.
        program("other", "exit 3", priority=22),
    )
    for name in ("store", "slow", "slower"):
        wait_for(tmp_path / name)

    supervisord.send_signal(signal.SIGTERM)

    assert finish(supervisord)[0] == 0
    lines = stops.read_text().splitlines()
    assert set(lines[:2]) == {"slow begin", "slower begin"}
    assert lines[-2:] == ["store begin", "store end"]
    assert not (tmp_path / "log").exists()


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (POutputDispatcher, "_log"),
        (ServerOptions, "mood"),
        (ProcessGroupBase, "stop_all"),
        (BasePoller, "poll"),
    ],
)
def test_supervisor_still_has_what_is_patched_or_called(owner: type, name: str) -> None:
    assert name in vars(owner)


def test_a_mood_below_running_still_means_to_stop() -> None:
    assert SupervisorStates.SHUTDOWN < SupervisorStates.RUNNING


def test_the_health_checker_can_end_it_for_a_program_and_says_why(tmp_path: Path) -> None:
    started = tmp_path / "started"
    supervisord = start(tmp_path, program("needed", f"touch {started}; exec sleep 600"))
    wait_for(started)

    # In a process of its own: unit tests open no sockets.
    script = "import sys, pathlib; from healthcheck.probes.supervisord import end_container; "
    script += "end_container(pathlib.Path(sys.argv[1]), *sys.argv[2:])"
    arguments = (tmp_path / "s", "needed", "needed was restarted 3 times")
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'app'}"}
    subprocess.run([sys.executable, "-c", script, *arguments], env=environment, check=True)

    assert finish(supervisord)[0] == 1
    reason = (tmp_path / "log" / "why-it-ended.txt").read_text()
    assert "needed was restarted 3 times" in reason
