"""Print one line for each process and each port of the appliance; exit 1 when any is not well."""

import argparse
import os
import sys
from collections.abc import Iterable
from typing import NamedTuple

import psutil

from appliance.shared.settings import SettingsError
from healthcheck.observations import Process
from healthcheck.probes import supervisord
from qlines.programs import PROGRAMS, Program
from qlines.settings import Settings

HOST = "127.0.0.1"
# A port that is open on one of these is open on 127.0.0.1 too.
LISTENED_ON = (HOST, "0.0.0.0", "::", "::ffff:127.0.0.1")  # noqa: S104 - compared, never bound

ABOUT = """\
Prints one line for each process that supervisord should run and for each port that it should
listen on. Exit status 0: all is well; 1: something is wrong; 2: wrong usage.

Two lines of the old list are gone:
  Port 2181 (ZooKeeper): Kafka keeps its own metadata now (KRaft, controller on port 9093), and
    Kafka 4 cannot use ZooKeeper any more.
  The ClickHouse watchdog: ClickHouse's own watchdog is a parent process that restarts the server.
    supervisord does that already, and with two of them neither sees how often it ended; so it is
    off (CLICKHOUSE_WATCHDOG_ENABLE=0, and the version in the image has none).
"""


class Line(NamedTuple):
    """One line of the report, and whether it is good news."""

    is_ok: bool
    text: str


def process_line(program: Program, process: Process | None, is_running: bool) -> Line:
    """Judge one process; *is_running* is what the kernel says about its id."""
    name = program.name
    if process is None:
        return Line(False, f"Process '{name}' is NOT OK: supervisord does not know it")
    if program.probe == "once" and process.state == "EXITED" and process.exit_status == 0:
        return Line(True, f"Process '{name}' is OK and has done its work")
    if process.state in ("RUNNING", "STARTING") and is_running:
        return Line(True, f"Process '{name}' is OK and running")
    return Line(False, f"Process '{name}' is NOT OK: supervisord says {process.state}")


def port_line(name: str, port: int, open_ports: frozenset[int]) -> Line:
    """Judge one port."""
    is_open = port in open_ports
    word = "open" if is_open else "NOT open"
    return Line(is_open, f"Port {port} is {word} on {HOST}.    Process: {name}")


def lines(
    roles: frozenset[str],
    processes: dict[str, Process],
    running: frozenset[int],
    open_ports: frozenset[int],
) -> list[Line]:
    """Return every line: first the processes, then the ports, of the programs in *roles*."""
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
    """Return the ids of the processes that run; a zombie does not."""
    return frozenset(
        process.pid
        for process in psutil.process_iter(["status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
    )


def listening_ports() -> frozenset[int]:
    """Return the TCP ports on which somebody listens for 127.0.0.1."""
    ports = set()
    for found in psutil.net_connections(kind="tcp"):
        address, port = found.laddr or ("", 0)
        if found.status == psutil.CONN_LISTEN and address in LISTENED_ON:
            ports.add(port)
    return frozenset(ports)


def tell(report: Iterable[Line]) -> int:
    """Print the lines; return the exit status."""
    status = 0
    for line in report:
        sys.stdout.write(f"{line.text}\n")
        status = status if line.is_ok else 1
    return status


def main() -> int:
    """Look once and print."""
    argparse.ArgumentParser(
        "check_processes_and_ports.py",
        description=ABOUT,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    try:
        settings = Settings.from_env(os.environ)
        processes = supervisord.processes(settings.run_dir / "supervisor.sock")
    except (SettingsError, supervisord.SupervisordError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return tell(lines(settings.roles, processes, running_ids(), listening_ports()))


if __name__ == "__main__":
    sys.exit(main())
