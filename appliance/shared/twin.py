"""The pairing of two VMs, as each of their containers finds it in its own volume.

A pairing has two sides, ``a`` and ``b``, and may have a ``witness``. On every machine the same
loopback addresses mean the same side, so no store needs to know a name: a daemon listens on its own
side's address, and stunnel on those of the others. All of 127.0.0.0/8 is the loopback device.

``DATA/twin/twin.json``: ``{"version": 1, "side": "a", "part": "app", "peers": {"b": "host:7444",
"witness": "host:7444"}, "paired_at": epoch seconds}``, written by the pairing only. Beside it:

=============  ================================================================================
``ca.pem``     the pairing's certificate authority
``link.pem``   this part's key and certificate, named ``PART.SIDE.twin`` such as ``app.a.twin``
``mongodb.key``  MongoDB's key file, for the parts app and witness
``copy_awaited``  empty; the blog's databases here are not those of the pair, or half of them
``files_followed``  empty; the blog's files here are the other side's, none is this side's only
=============  ================================================================================
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

FOLDER = "twin"
FILE = "twin.json"
COPY_AWAITED = "copy_awaited"
FOLLOWED = "files_followed"
VERSION = 1
SIDES = ("a", "b")
WITNESS = "witness"
ADDRESSES: Mapping[str, str] = {"a": "127.0.1.1", "b": "127.0.1.2", WITNESS: "127.0.1.3"}
# What each part of a VM publishes for its counterpart.
LINK_PORTS: Mapping[str, int] = {"proxy": 7443, "app": 7444, "blog": 7445}


class TwinError(Exception):
    """The file of the pairing cannot be understood; the text names the file and the remedy."""


class Twin(NamedTuple):
    """Which side this is, and where the counterparts of this *part* are, as host:port by side.

    *part* is app, blog or proxy; the witness is an app with the side ``witness``.
    """

    side: str
    part: str
    peers: Mapping[str, str]

    @property
    def other(self) -> str:
        """Return the other of the two sides; only for a side that is not the witness."""
        return "b" if self.side == "a" else "a"

    @property
    def address(self) -> str:
        """Return the loopback address of this side."""
        return ADDRESSES[self.side]


def read(data_dir: Path) -> Twin | None:
    """Return the pairing, None without one; raise TwinError for a file that is corrupt."""
    file = data_dir / FOLDER / FILE
    try:
        text = file.read_text()
    except FileNotFoundError:
        return None
    try:
        return parse(json.loads(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TwinError(
            f"{file} must be written by `make twin-join` or `make twin-invite`, and cannot be"
            f" understood ({error}): repeat it"
        ) from error


def is_paired(data_dir: Path) -> bool:
    """Return whether there is a pairing, which may be one that cannot be understood."""
    return (data_dir / FOLDER / FILE).is_file()


def parse(document: Mapping[str, Any]) -> Twin:
    """Return the pairing of a document; raise ValueError or KeyError for one that is not valid."""
    if document["version"] != VERSION:
        raise ValueError(f"version {document['version']!r} instead of {VERSION}")
    side, part, peers = document["side"], document["part"], dict(document["peers"])
    if side not in ADDRESSES or part not in LINK_PORTS or not set(peers) <= set(ADDRESSES) - {side}:
        raise ValueError(f"side {side!r}, part {part!r}, peers {sorted(peers)}")
    for address in peers.values():
        host, _, number = str(address).rpartition(":")
        if not host or not number.isdigit():
            raise ValueError(f"an address without port: {address!r}")
    return Twin(side, part, peers)


def certificate_name(part: str, side: str) -> str:
    """Return the name in the certificate of a part of a side."""
    return f"{part}.{side}.twin"


class Service(NamedTuple):
    """What the link of a part carries, and where it is.

    *port* is where clients find the counterpart's on that side's address; *own_port* is this side's
    daemon, at *own_host* or, None, at this side's address. The ports differ where the daemon
    listens on every address, since then nothing else can listen on its port.
    """

    port: int
    own_port: int
    own_host: str | None
    is_for_witness: bool = False

    def own(self, twin: Twin) -> str:
        """Return host:port of this side's daemon."""
        return f"{self.own_host or twin.address}:{self.own_port}"


# By the name that a client sends in TLS (SNI). Of the blog's health checker only its being there
# matters. rsync's usual port 873 is one that not every kernel leaves to users other than root.
SERVICES: Mapping[str, Mapping[str, Service]] = {
    "app": {
        "mongodb": Service(27017, 27017, None, is_for_witness=True),
        "kafka": Service(9094, 9094, None),
        "clickhouse": Service(9000, 9000, "127.0.0.1"),
        "web": Service(5100, 5000, "127.0.0.1"),
        "health": Service(5101, 5001, "127.0.0.1", is_for_witness=True),
    },
    "blog": {
        "mariadb": Service(3306, 3306, None),
        "rsync": Service(8730, 8730, None),
        "health": Service(8101, 8081, "127.0.0.1"),
    },
}


def services(twin: Twin, side: str) -> dict[str, Service]:
    """Return by name what the link between this part and its counterpart on *side* carries."""
    has_witness = WITNESS in (twin.side, side)
    return {
        name: service
        for name, service in SERVICES.get(twin.part, {}).items()
        if service.is_for_witness or not has_witness
    }


# Where the proxy's container accepts, on its loopback interface, what is meant for the other VM: by
# service, the app's pages, broker and health, the blog's pages and health, tokens for the
# certificate authority, and the controller of the pair (ha).
PROXY_SERVICES: Mapping[str, int] = {
    "http": 7501,
    "mqtt": 7502,
    "blog": 7503,
    "blog-health": 7504,
    "health": 7505,
    "acme": 7506,
    "ha": 7507,
}
# Where it answers itself what comes from the other VM.
PROXY_ACME_PORT, PROXY_HA_PORT = 5005, 5006


def with_services(name: str) -> tuple[str, str]:
    """Return the names for which the certificate of that name must be valid.

    nginx verifies the very name that it sends (SNI), so the services of a proxy are names below its
    own.
    """
    return name, f"*.{name}"


def main() -> int:
    """Print the address of this side, nothing without a pairing: ``… twin DATA_DIR``."""
    pairing = read(Path(sys.argv[1]))
    if pairing:
        sys.stdout.write(f"{pairing.address}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
