"""The notation of upstreams: ``HOST[:HTTP_PORT[:MQTT_PORT]] [backup]``, separated by commas."""

import re
from typing import NamedTuple

APP_PORTS = (5000, 1883)
BLOG_PORTS = (8080, 0)

NOTATION = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
    r"(?::(?P<http>\d{1,5}))?(?::(?P<mqtt>\d{1,5}))?(?P<backup>\s+backup)?"
)
RULE = (
    "a list of HOST[:HTTP_PORT[:MQTT_PORT]] separated by commas, each perhaps followed by "
    "the word backup, such as app,10.8.0.2:5000:1883 backup"
)


class Upstream(NamedTuple):
    """One machine; *mqtt_port* is 0 where there is no broker."""

    host: str
    http_port: int
    mqtt_port: int
    is_backup: bool = False


class Upstreams(NamedTuple):
    """The machines of the app and of the blog.

    *devices* are those that devices are led to, over MQTT and HTTP, None where they are the app's;
    *mqtt* those for MQTT alone, None where they are the devices'.
    """

    app: tuple[Upstream, ...]
    blog: tuple[Upstream, ...]
    mqtt: tuple[Upstream, ...] | None = None
    devices: tuple[Upstream, ...] | None = None

    @property
    def broker(self) -> tuple[Upstream, ...]:
        """Return the machines that devices are forwarded to over MQTT."""
        return self.of_devices if self.mqtt is None else self.mqtt

    @property
    def of_devices(self) -> tuple[Upstream, ...]:
        """Return the machines that devices are forwarded to over HTTP."""
        return self.app if self.devices is None else self.devices


def parse(text: str, ports: tuple[int, int]) -> tuple[Upstream, ...]:
    """Return the upstreams of a list; *ports* are the defaults. Raise ValueError with RULE."""
    upstreams = tuple(_upstream(word.strip(), ports) for word in text.split(","))
    if len(set(upstreams)) < len(upstreams) or all(item.is_backup for item in upstreams):
        raise ValueError(f"{RULE}, each once, not all of them backup")
    return upstreams


def parse_file(text: str, otherwise: Upstreams) -> Upstreams:
    """Return the lists of the lines ``app``, ``devices``, ``mqtt`` and ``blog``, each ``= LIST``.

    A list that is missing is *otherwise*'s; devices go to the app's machines without one of theirs.
    Empty lines and lines that begin with # are skipped. Raise ValueError with the line's number.
    """
    upstreams = otherwise
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, value = (part.strip() for part in line.partition("="))
        try:
            upstreams = _with_line(upstreams, name, value)
        except ValueError as error:
            raise ValueError(f"line {number} must be {error}, got {line!r}") from None
    return upstreams


def _with_line(upstreams: Upstreams, name: str, value: str) -> Upstreams:
    if name == "app":
        return upstreams._replace(app=parse(value, APP_PORTS))
    if name == "devices":
        return upstreams._replace(devices=parse(value, APP_PORTS))
    if name == "mqtt":
        return upstreams._replace(mqtt=parse(value, APP_PORTS))
    if name == "blog":
        return upstreams._replace(blog=parse(value, BLOG_PORTS))
    raise ValueError("'app = LIST', 'devices = LIST', 'mqtt = LIST' or 'blog = LIST'")


def _upstream(word: str, ports: tuple[int, int]) -> Upstream:
    match = NOTATION.fullmatch(word)
    if not match:
        raise ValueError(RULE)
    http, mqtt = int(match["http"] or ports[0]), int(match["mqtt"] or ports[1])
    if not (0 < http < 65536 and 0 <= mqtt < 65536):
        raise ValueError(f"{RULE}; a port is at most 65535")
    return Upstream(match["host"].strip("[]"), http, mqtt, bool(match["backup"]))
