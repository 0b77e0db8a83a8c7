"""Run keepalived, and say each second how good this VM is: ``python -m ha.virtual_address``.

``python -m ha.virtual_address check`` checks the settings only. The state is a sentence in STATE.
"""

import http.client
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from appliance.shared.files import write_atomically
from appliance.shared.settings import SettingsError, read_all
from ha.virtual_address import routes
from ha.virtual_address.keepalived import configuration
from ha.virtual_address.settings import SETTINGS, Instance, instances
from ha.virtual_address.standing import ANSWERS, DEAD, Standing, standing_of, steady

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
RUN = Path("/run/virtual-address")
CONFIGURATION, STANDING, STATE = RUN / "keepalived.conf", RUN / "standing", RUN / "state"
# keepalived takes the address off the interface and says so to the other VM in that time.
STOP_SECONDS = 5.0


def ask(port: int) -> tuple[int | None, Mapping[str, Any]]:
    """Return status and document of the own proxy's health report; no status without an answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=EVERY_SECONDS)
    try:
        connection.request("GET", "/proxy-health")
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        log.debug("the proxy's health report could not be read: %s", error)
        return None, {}
    finally:
        connection.close()


def holds(wanted: Sequence[Instance]) -> bool:
    """Return whether all addresses are this machine's now: only then a socket can have them."""
    for address in (instance.address for instance in wanted):
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            try:
                probe.bind((str(address.ip), 0))
            except OSError:
                return False
    return True


def sentence_of(wanted: Sequence[Instance], *, is_here: bool, standing: Standing) -> str:
    """Return the state in one sentence."""
    addresses = " and ".join(str(instance.address.ip) for instance in wanted)
    return f"this VM {'has' if is_here else 'does not have'} {addresses}, {standing.sentence}"


def serve(wanted: Sequence[Instance], port: int, stop: threading.Event) -> int:
    """Run until *stop*, or until keepalived ends; return the exit status."""
    RUN.mkdir(exist_ok=True)
    CONFIGURATION.write_text(configuration(wanted, str(STANDING)))
    STANDING.write_text(f"{DEAD.priority}\n")
    options = ["--dont-fork", "--log-console", "--no-syslog", "--vrrp"]
    keepalived = subprocess.Popen(  # noqa: S603 - our own arguments, no shell
        ["/usr/sbin/keepalived", *options, "--use-file", str(CONFIGURATION)]
    )
    try:
        follow(wanted, port, keepalived, stop)
    finally:
        keepalived.terminate()
        status = keepalived.wait(STOP_SECONDS)
    return 0 if stop.is_set() else status or 1


def follow(
    wanted: Sequence[Instance],
    port: int,
    keepalived: "subprocess.Popen[bytes]",
    stop: threading.Event,
) -> None:
    """Ask each second; write the standing for keepalived, and the state for the operator."""
    newest: list[Standing] = []
    before, sentence = DEAD, ""
    while not stop.wait(EVERY_SECONDS) and keepalived.poll() is None:
        newest = [*newest[1 - ANSWERS :], standing_of(*ask(port))]
        standing = steady(newest)
        if standing != before:
            # In place: keepalived watches this very file.
            STANDING.write_text(f"{standing.priority}\n")
            before = standing
        said = sentence_of(wanted, is_here=holds(wanted), standing=standing)
        if said != sentence:
            log.info("%s", said)
            sentence = said
        write_atomically(STATE, f"{said}\n")


def main(arguments: Sequence[str]) -> int:
    """Check the settings, and run unless asked for no more; 2 means that a setting is invalid."""
    try:
        settings = read_all(SETTINGS, os.environ)
        tables = ("route", "ipv6_route", "dev")
        wanted = instances(settings, routes.parse(*(_table(name) for name in tables)))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if "check" in arguments:
        return 0
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(
        stream=sys.stdout, level=logging.INFO, format=form, datefmt="%Y-%m-%dT%H:%M:%S%z"
    )
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    return serve(wanted, settings["proxy_health_port"], stop)


def _table(name: str) -> str:
    """Return a table of the kernel; "" where it has none, as without IPv6."""
    file = Path("/proc/net") / name
    return file.read_text() if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
