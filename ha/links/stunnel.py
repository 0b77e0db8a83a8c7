"""Write stunnel's configuration from the pairing; pure.

Both directions are in one file. For each service of each counterpart a client section listens on
the counterpart's loopback address and connects to its link port. One server section listens on this
side's link port; by the name that a client sends (SNI) a subsection takes over, which forwards to
this side's own daemon. https://www.stunnel.org/static/stunnel.html
"""

from collections.abc import Iterator
from pathlib import Path

from appliance.shared.twin import (
    ADDRESSES,
    LINK_PORTS,
    Service,
    Twin,
    certificate_name,
    services,
)

# A dead machine closes nothing: idle connections notice it after 5 + 3 * 2 s. Connections with data
# under way notice it by tcp_retries2 of the container (docker-compose.twin.yml).
KEEPALIVE = {"SO_KEEPALIVE": 1, "TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}
# A client without a name is forwarded here, where nothing listens.
NOWHERE = "127.0.0.1:1"

_GLOBAL = """\
foreground = yes
pid =
syslog = no
; Successful connections are not worth a line.
debug = warning
libwrap = no
"""
_OF_EVERY_SECTION = """\
cert = {folder}/link.pem
CAfile = {folder}/ca.pem
verifyChain = yes
requireCert = yes
sslVersionMin = TLSv1.3
; A resumed session would not check the certificate again.
sessionResume = no
TIMEOUTconnect = 3
TIMEOUTbusy = 5
TIMEOUTclose = 1
"""


def configuration(twin: Twin, folder: Path) -> str:
    """Return the file's text; *folder* holds the certificates."""
    sockets = [
        f"socket = {end}:{name}={value}" for end in "lr" for name, value in KEEPALIVE.items()
    ]
    sections = [_server(twin), *_forwarders(twin), *_clients(twin)]
    head = _GLOBAL + "\n".join(sockets) + "\n" + _OF_EVERY_SECTION.format(folder=folder)
    return "\n".join([head, *sections])


def _server(twin: Twin) -> str:
    port = LINK_PORTS[twin.part]
    return _section("link", f"accept = {port}", f"connect = {NOWHERE}", *_checks(twin, *twin.peers))


def _forwarders(twin: Twin) -> Iterator[str]:
    """Yield a subsection for each service, open to the counterparts that may use it."""
    users: dict[str, list[str]] = {}
    found: dict[str, Service] = {}
    for side in twin.peers:
        for name, service in services(twin, side).items():
            users.setdefault(name, []).append(side)
            found[name] = service
    for name, service in found.items():
        connect = f"connect = {service.own(twin)}"
        yield _section(f"own-{name}", f"sni = link:{name}", connect, *_checks(twin, *users[name]))


def _clients(twin: Twin) -> Iterator[str]:
    for side, address in twin.peers.items():
        for name, service in services(twin, side).items():
            yield _section(
                f"{side}-{name}",
                "client = yes",
                f"accept = {ADDRESSES[side]}:{service.port}",
                f"connect = {_without_brackets(address)}",
                # The name is looked up at each connection: it may not resolve yet, or move.
                "delay = yes",
                f"sni = {name}",
                *_checks(twin, side),
            )


def _checks(twin: Twin, *sides: str) -> list[str]:
    return [f"checkHost = {certificate_name(twin.part, side)}" for side in sides]


def _without_brackets(address: str) -> str:
    """Return host:port as stunnel takes it: it splits an IPv6 address at the last colon."""
    return address.replace("[", "").replace("]", "")


def _section(name: str, *lines: str) -> str:
    return "\n".join([f"[{name}]", *lines, ""])
