"""MongoDB's address; pure. https://www.mongodb.com/docs/manual/reference/connection-string/

A set of several members, and one behind ``mongodb+srv``, is made by its operator. The set of a
lone member is made by QLines.
"""

import re
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode, urlunsplit

from qlines.addresses.url import split_url

RULE = "an address such as mongodb://host:27017/?replicaSet=rs0 or mongodb+srv://host/"
PORT = 27017
# Options that name files, by their names in small letters.
FILES = ("tlscafile", "tlscertificatekeyfile", "tlscrlfile")
HOST = re.compile(r"(\[[^\]]+\]|[^:\[\]]+)(:[0-9]{1,5})?")


class LoneMember(NamedTuple):
    """The only member that an address names: host:port, its set, and the address of it alone."""

    server: str
    set_name: str
    url: str


def check(text: str) -> str:
    """Return the address as it is; raise ValueError with the rule for any other text."""
    parts = split_url(text)
    if parts.scheme not in ("mongodb", "mongodb+srv"):
        raise ValueError(RULE)
    who, _, hosts = parts.netloc.rpartition("@")
    if "@" in who or who.count(":") > 1:
        raise ValueError(f"{RULE}, with @, : and / in user and password percent-encoded")
    if not all(HOST.fullmatch(host) for host in hosts.split(",")):
        raise ValueError(RULE)
    if parts.scheme == "mongodb+srv" and re.search(r"[,:]", hosts):
        raise ValueError("mongodb+srv://host/ with one host and without a port, which DNS knows")
    return text


def files(text: str) -> list[str]:
    """Return the paths of the files that the address names."""
    return [value for name, value in parse_qsl(split_url(text).query) if name.lower() in FILES]


def lone_member(text: str) -> LoneMember | None:
    """Return the member whose set QLines makes if need be; None for any other address."""
    parts = split_url(text)
    options = parse_qsl(parts.query)
    set_name = dict(options).get("replicaSet")
    who, at, host = parts.netloc.rpartition("@")
    if parts.scheme != "mongodb" or "," in host or not set_name:
        return None
    server = host if re.search(r":[0-9]+$", host) else f"{host}:{PORT}"
    others = urlencode([option for option in options if option[0] != "replicaSet"])
    alone = urlunsplit((parts.scheme, f"{who}{at}{server}", parts.path or "/", others, ""))
    return LoneMember(server, set_name, alone)
