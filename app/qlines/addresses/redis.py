"""Redis's address: redis-py's URL, or that of Sentinels as Socket.IO has it; pure.

``redis+sentinel://user:password@sentinel-1:26379,sentinel-2:26379/0/mymaster``: number of the
database and name of the master (https://python-socketio.readthedocs.io/en/stable/api.html,
RedisManager). With ``rediss`` Sentinels and Redis speak TLS. Their own sign-in and the files of TLS
are options, in redis-py's words.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from qlines.addresses.url import split_url

RULE = (
    "an address such as redis://host:6379/0, rediss://user:password@host:6379/0 or"
    " redis+sentinel://sentinel-1:26379,sentinel-2:26379/0/mymaster"
)
SENTINEL_PORT = 26379
FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
SENTINELS_OWN = {"sentinel_username": "username", "sentinel_password": "password"}


@dataclass(frozen=True)
class Sentinels:
    """The Sentinels that know the *master*; options are redis-py's for them and for Redis."""

    servers: tuple[tuple[str, int], ...]
    master: str
    options: dict[str, Any] = field(repr=False)
    own_options: dict[str, Any] = field(repr=False)


def has_sentinels(text: str) -> bool:
    """Return whether the address names Sentinels instead of a Redis."""
    return text.startswith(("redis+sentinel://", "rediss+sentinel://"))


def check(text: str) -> str:
    """Return the address as it is; raise ValueError with the rule for any other text."""
    if has_sentinels(text):
        sentinels(text)
        return text
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(RULE) from None
    if parts.scheme not in ("redis", "rediss", "unix") or "//" not in text or port == 0:
        raise ValueError(RULE)
    return text


def files(text: str) -> list[str]:
    """Return the paths of the files that the address names."""
    return [value for name, value in parse_qsl(split_url(text).query) if name in FILES]


def sentinels(text: str) -> Sentinels:
    """Return what an address of Sentinels says; raise ValueError with the rule."""
    parts = split_url(text)
    path = re.fullmatch(r"/([0-9]{1,3})/([^/]+)", parts.path)
    if not path:
        raise ValueError(f"{RULE}, with the number of the database and the master's name")
    who, _, hosts = parts.netloc.rpartition("@")
    given = dict(parse_qsl(parts.query))
    own = {SENTINELS_OWN[name]: given.pop(name) for name in SENTINELS_OWN if name in given}
    if unknown := sorted(given.keys() - set(FILES)):
        known = ", ".join((*FILES, *SENTINELS_OWN))
        raise ValueError(f"{RULE}; of Sentinels, without the option {unknown[0]}, with {known}")
    encryption = {"ssl": True, **given} if parts.scheme.startswith("rediss") else given
    options = {"db": int(path[1]), **_sign_in(who), **encryption}
    return Sentinels(_servers(hosts), unquote(path[2]), options, own | encryption)


def _sign_in(who: str) -> dict[str, str]:
    user, _, password = who.partition(":")
    found = {"username": unquote(user), "password": unquote(password)}
    return {name: value for name, value in found.items() if value}


def _servers(text: str) -> tuple[tuple[str, int], ...]:
    found = [re.fullmatch(r"([^:@/]+)(?::([0-9]{1,5}))?", each) for each in text.split(",")]
    servers = tuple((each[1], int(each[2] or SENTINEL_PORT)) for each in found if each)
    if len(servers) < len(found) or not all(0 < port < 65536 for _, port in servers):
        raise ValueError(RULE)
    return servers
