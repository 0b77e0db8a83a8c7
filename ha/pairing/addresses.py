"""Read under which addresses the parts of a VM are reached; pure."""

import re

from appliance.shared.twin import LINK_PORTS
from ha.pairing.errors import PairingError

# A name, an IPv4 address, or an IPv6 address in brackets; then perhaps a port.
_ADDRESS = re.compile(r"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?")
_LOOPBACK = re.compile(r"localhost|127\..*|\[::1\]")

PartAddresses = dict[str, str]


def of_vm(variable: str, text: str) -> PartAddresses:
    """Return host:port by part, for a VM that is named by *text*, the value of *variable*.

    ``vm-b.example.com`` has all parts at the usual ports. Where they have addresses of their own:
    ``app=10.0.0.2,proxy=10.0.0.3,blog=10.0.0.4:8445``. Raise PairingError for anything else.
    """
    if "=" not in text:
        return {part: _address(variable, text, port) for part, port in LINK_PORTS.items()}
    named = dict(item.strip().partition("=")[::2] for item in text.split(","))
    if set(named) != set(LINK_PORTS):
        raise PairingError(
            f"{variable} must be one address, or name one for each of {', '.join(LINK_PORTS)},"
            f" got {text!r}"
        )
    return {part: _address(variable, named[part], port) for part, port in LINK_PORTS.items()}


def of_witness(variable: str, text: str) -> PartAddresses:
    """Return the address of the witness, which has one part; raise PairingError."""
    return {"app": _address(variable, text, LINK_PORTS["app"])}


def _address(variable: str, text: str, usual_port: int) -> str:
    found = _ADDRESS.fullmatch(text)
    if not found or not 0 < int(found[2] or usual_port) < 65536:
        raise PairingError(
            f"{variable} must be a name or an address such as vm-b.example.com, 10.0.0.2:7444 or"
            f" [2001:db8::2], got {text!r}"
        )
    if _LOOPBACK.fullmatch(found[1]):
        raise PairingError(
            f"{variable} must be an address at which the other machines reach it, got {text!r},"
            " which means a machine itself on each of them"
        )
    return f"{found[1]}:{found[2] or usual_port}"
