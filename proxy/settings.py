"""Read the proxy's settings from the environment, once, and refuse what makes no sense."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from proxy.errors import SettingsError
from proxy.upstreams import APP_PORTS, BLOG_PORTS, Upstream, Upstreams, parse

PREFIX = "QLINES_"
HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?!\d+(\.\d+){3}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
SERVERS = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}


class Domain(NamedTuple):
    """A domain with a certificate of its own: all its names, and who answers: app or blog."""

    name: str
    names: tuple[str, ...]
    kind: str

    @property
    def is_local(self) -> bool:
        """Tell whether no authority can know it."""
        return self.name == "localhost" or self.name.endswith(".localhost")


class Setting(NamedTuple):
    """One setting: its name without the prefix, its default, its meaning, how its text is read."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any] = str


def _host_name(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    if not HOST_NAME.fullmatch(name):
        raise ValueError("host names such as example.com, no address and no port")
    return name


def _app_domains(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_host_name(word) for word in text.split(",")))


def _blog_sites(text: str) -> tuple[tuple[str, str], ...]:
    if text == "none":
        return ()
    sites = [tuple(part.strip() for part in word.split("=")) for word in text.split(",")]
    if not all(len(site) == 2 and re.fullmatch(r"[a-z][a-z0-9_]{0,31}", site[0]) for site in sites):
        raise ValueError("'none' or a list such as wordpress_one=blog.example.com,…")
    return tuple((site[0], _host_name(site[1])) for site in sites)


def _upstreams(ports: tuple[int, int]) -> Callable[[str], tuple[Upstream, ...]]:
    return lambda text: parse(text, ports)


def _email(text: str) -> str:
    if text and not re.fullmatch(r"[^@\s]+@[^@\s]+", text):
        raise ValueError("an e-mail address such as me@example.com")
    return text


def _server(text: str) -> str:
    address = SERVERS.get(text, text)
    if urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
        raise ValueError("letsencrypt, staging or an address that begins with https://")
    return address


def _readable_file(text: str) -> str:
    if text and not Path(text).is_file():
        raise ValueError("a file within the container, which a volume shows it")
    return text


def _switch(text: str) -> bool:
    if text not in ("on", "off"):
        raise ValueError("on or off")
    return text == "on"


def _port(text: str) -> int:
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("a port, from 1 to 65535")
    return int(text)


def _log_level(text: str) -> str:
    if text not in ("debug", "info", "warning", "error"):
        raise ValueError("one of debug, info, warning, error")
    return text


def _folder(text: str) -> Path:
    if not text.startswith("/"):
        raise ValueError("an absolute path")
    return Path(text)


SETTINGS = (
    Setting("APP_DOMAINS", "localhost", "names of the app; www. of each too", _app_domains),
    Setting(
        "BLOG_SITES",
        "wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost",
        "the blog's sites, name=domain; www. of each too; 'none' for no blog",
        _blog_sites,
    ),
    Setting("UPSTREAMS", "app", "who answers for the app", _upstreams(APP_PORTS)),
    Setting("BLOG_UPSTREAMS", "blog", "who answers for the blog", _upstreams(BLOG_PORTS)),
    Setting("ACME_EMAIL", "", "no certificates are asked for without it", _email),
    Setting("ACME_SERVER", "letsencrypt", "letsencrypt, staging or https://…", _server),
    Setting("ACME_CA_FILE", "", "trusted when talking to a private authority", _readable_file),
    Setting("ACME_CHECK", "on", "first look whether a domain answers here", _switch),
    Setting("ACME_HTTP_PORT", "80", "the port on which the authority asks for tokens", _port),
    Setting("HTTPS_PORT", "443", "the port that visitors see; redirects name it", _port),
    Setting("MQTT_PLAIN", "off", "also MQTT without TLS, on port 1883", _switch),
    Setting("ACCESS_LOG", "off", "a line for each request, tokens masked", _switch),
    Setting("LOG_LEVEL", "info", "how much the controller logs", _log_level),
    Setting("DATA_DIR", "/data", "certificates, account, state", _folder),
    Setting("RUN_DIR", "/run/proxy", "what may be lost", _folder),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; one field each, named as the variable without its prefix."""

    app_domains: tuple[str, ...]
    blog_sites: tuple[tuple[str, str], ...]
    upstreams: tuple[Upstream, ...]
    blog_upstreams: tuple[Upstream, ...]
    acme_email: str
    acme_server: str
    acme_ca_file: str
    acme_check: bool
    acme_http_port: int
    https_port: int
    mqtt_plain: bool
    access_log: bool
    log_level: str
    data_dir: Path
    run_dir: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every setting; raise SettingsError for the first that makes no sense."""
        settings = cls(**{item.name.lower(): _read(item, env) for item in SETTINGS})
        served = [*settings.app_domains, *(domain for _name, domain in settings.blog_sites)]
        twice = next((name for name in served if served.count(name) > 1), None)
        if twice:
            raise SettingsError(
                f"QLINES_APP_DOMAINS and QLINES_BLOG_SITES must name each domain once, got {twice} "
                "twice: let it be the app's or one site's"
            )
        return settings

    @property
    def default_upstreams(self) -> Upstreams:
        """Return who answers unless the file in /data says otherwise."""
        return Upstreams(self.upstreams, self.blog_upstreams)

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Return every domain, the app's first; www. of each belongs to it unless named itself."""
        app = [(name, "app") for name in self.app_domains]
        served = [*app, *((domain, "blog") for _name, domain in self.blog_sites)]
        named = {name for name, _kind in served}
        return tuple(Domain(name, _names(name, named), kind) for name, kind in served)


def _names(name: str, named: set[str]) -> tuple[str, ...]:
    also = f"www.{name}"
    return (name,) if name.startswith("www.") or also in named else (name, also)


def _read(item: Setting, env: Mapping[str, str]) -> Any:
    variable = PREFIX + item.name
    text, file = env.get(variable, ""), env.get(f"{variable}_FILE", "")
    if text and file:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
    if file:
        text = _read_file(f"{variable}_FILE", file)
    try:
        return item.parse(text.strip() or item.default)
    except ValueError as error:
        raise SettingsError(f"{variable} must be {error}, got {text!r}") from None


def _read_file(variable: str, file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable} must name a text file that can be read: {error}") from None
