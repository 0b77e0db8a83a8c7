"""Print one line per process and per port of the appliance; exit 1 when any is not well."""

import argparse
import os
import sys
import time
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from appliance.shared.settings import SettingsError
from healthcheck.observations import Process
from healthcheck.probes import supervisord
from qlines.programs import PROGRAMS, Program
from qlines.settings import Settings

HOST = "127.0.0.1"
# A port that is open on one of these addresses is open on 127.0.0.1 too.
LISTENED_ON = (HOST, "0.0.0.0", "::", "::ffff:127.0.0.1")  # noqa: S104 - compared, never bound

ABOUT = """\
Prints one line for each process that supervisord should run and for each port that should be
open. Exit status 0: all is well; 1: something is wrong; 2: wrong usage.

Two lines of the old list are gone:
  Port 2181 (ZooKeeper): Kafka keeps its own metadata now (KRaft, controller on port 9093), and
    Kafka 4 can no longer use ZooKeeper.
  The ClickHouse watchdog: a parent process of ClickHouse that restarts the server. supervisord
    does that already, and with two of them neither sees how often the server ended. The version
    in the image has no watchdog; in a newer one CLICKHOUSE_WATCHDOG_ENABLE=0 turns it off.
"""


class Line(NamedTuple):
    """One line of the report, and whether what it names is well."""

    is_ok: bool
    text: str


def process_line(program: Program, process: Process | None, is_running: bool) -> Line:
    """Judge one process; *is_running*: the kernel has a process with its id."""
    name = program.name
    if process is None:
        return Line(False, f"Process '{name}' is NOT OK: supervisord does not know it")
    if program.is_one_shot and process.has_done_its_work:
        return Line(True, f"Process '{name}' is OK and has done its work")
    if process.state in ("RUNNING", "STARTING") and is_running:
        return Line(True, f"Process '{name}' is OK and running")
    return Line(False, f"Process '{name}' is NOT OK: supervisord says {process.state}")


def port_line(name: str, port: int, open_ports: frozenset[int]) -> Line:
    """Return the line that says whether *port* is open; it is ok when it is."""
    is_open = port in open_ports
    word = "open" if is_open else "NOT open"
    return Line(is_open, f"Port {port} is {word} on {HOST}.    Process: {name}")


def lines(
    roles: frozenset[str],
    processes: dict[str, Process],
    running: frozenset[int],
    open_ports: frozenset[int],
) -> list[Line]:
    """Return every line of the programs in *roles*: first the processes, then the ports."""
    programs = [program for program in PROGRAMS if program.name in roles]
    about_processes = [
        process_line(program, process, process is not None and process.pid in running)
        for program in programs
        for process in (processes.get(program.name),)
    ]
    about_ports = [
        port_line(program.name, port, open_ports) for program in programs for port in program.ports
    ]
    return about_processes + about_ports


def running_ids() -> frozenset[int]:
    """Return the ids of running processes, without zombies."""
    return frozenset(
        process.pid
        for process in psutil.process_iter(["status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
    )


def listening_ports() -> frozenset[int]:
    """Return the TCP ports that are open on 127.0.0.1."""
    ports = set()
    for connection in psutil.net_connections(kind="tcp"):
        address, port = connection.laddr or ("", 0)
        if connection.status == psutil.CONN_LISTEN and address in LISTENED_ON:
            ports.add(port)
    return frozenset(ports)


def print_lines(report: Iterable[Line]) -> int:
    """Print the lines; return the exit status."""
    status = 0
    for line in report:
        sys.stdout.write(f"{line.text}\n")
        status = status if line.is_ok else 1
    return status


def main() -> int:
    """Print a line for each process and port; return 1 when one of them is not ok."""
    argparse.ArgumentParser(
        "check_processes_and_ports.py",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        settings = Settings.from_env(os.environ)
        processes = supervisord.processes(settings.run_dir / "supervisor.sock", time.monotonic())
    except (SettingsError, supervisord.SupervisordError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return print_lines(lines(settings.roles, processes, running_ids(), listening_ports()))


if __name__ == "__main__":
    sys.exit(main())
