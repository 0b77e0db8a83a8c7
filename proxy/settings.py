"""The proxy's settings: the table, and the checked values."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from appliance.shared.settings import (
    Setting,
    SettingsError,
    folder,
    log_level,
    on_or_off,
    optional_email,
    port,
    read_all,
)
from proxy.upstreams import APP_PORTS, BLOG_PORTS, Upstream, Upstreams, parse

HOST_NAME = re.compile(
    r"(?=.{1,253}\Z)(?!\d+(\.\d+){3}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
    r"(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)
SERVERS = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}


class Domain(NamedTuple):
    """A domain with a certificate of its own: all its names, and its *kind*, app or blog."""

    name: str
    names: tuple[str, ...]
    kind: str

    @property
    def is_local(self) -> bool:
        """Return whether no authority can issue a certificate for it."""
        return self.name == "localhost" or self.name.endswith(".localhost")


def _host_name(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    if not HOST_NAME.fullmatch(name):
        raise ValueError("host names such as example.com, without address or port")
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


def _device_upstreams(text: str) -> tuple[Upstream, ...] | None:
    return parse(text, APP_PORTS) if text else None


def _server(text: str) -> str:
    address = SERVERS.get(text, text)
    if urlsplit(address).scheme != "https" or not urlsplit(address).hostname:
        raise ValueError("letsencrypt, staging or an address that begins with https://")
    return address


def _readable_file(text: str) -> str:
    if text and not Path(text).is_file():
        raise ValueError("a file inside the container, mounted by a volume")
    return text


SETTINGS = (
    Setting("APP_DOMAINS", "localhost", "domains of the app; www. of each too", _app_domains),
    Setting(
        "BLOG_SITES",
        "wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost",
        "the blog's sites, name=domain; www. of each too; 'none' for no blog",
        _blog_sites,
    ),
    Setting("UPSTREAMS", "app", "machines of the app", _upstreams(APP_PORTS)),
    Setting("DEVICE_UPSTREAMS", "", "machines for devices, if others", _device_upstreams),
    Setting("BLOG_UPSTREAMS", "blog", "machines of the blog", _upstreams(BLOG_PORTS)),
    Setting("ACME_EMAIL", "", "without it no certificates are ordered", optional_email),
    Setting("ACME_SERVER", "letsencrypt", "letsencrypt, staging or https://…", _server),
    Setting("ACME_CA_FILE", "", "trusted when talking to a private authority", _readable_file),
    Setting("ACME_CHECK", "on", "check first that a domain leads here", on_or_off),
    Setting("ACME_HTTP_PORT", "80", "the port on which the authority fetches tokens", port),
    Setting("HTTPS_PORT", "443", "the port that visitors use; redirects name it", port),
    Setting("MQTT_PLAIN", "off", "MQTT without TLS too, on port 1883", on_or_off),
    Setting("ACCESS_LOG", "off", "a line for each request, tokens masked", on_or_off),
    Setting("LOG_LEVEL", "info", "how much the controller logs", log_level),
    Setting("DATA_DIR", "/data", "certificates, account, state", folder),
    Setting("RUN_DIR", "/run/proxy", "what may be lost", folder),
)  # fmt: skip


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; one field each, named as the variable without its prefix."""

    app_domains: tuple[str, ...]
    blog_sites: tuple[tuple[str, str], ...]
    upstreams: tuple[Upstream, ...]
    device_upstreams: tuple[Upstream, ...] | None
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
        """Read every setting; raise SettingsError for the first invalid one."""
        settings = cls(**read_all(SETTINGS, env))
        served = [*settings.app_domains, *(domain for _name, domain in settings.blog_sites)]
        twice = next((name for name in served if served.count(name) > 1), None)
        if twice:
            raise SettingsError(
                f"QLINES_APP_DOMAINS and QLINES_BLOG_SITES must name each domain once, got {twice} "
                "twice: leave it to the app or to one site"
            )
        return settings

    @property
    def default_upstreams(self) -> Upstreams:
        """Return the upstreams of the settings, which the file in /data overrides."""
        return Upstreams(self.upstreams, self.blog_upstreams, devices=self.device_upstreams)

    @property
    def domains(self) -> tuple[Domain, ...]:
        """Return every domain, the app's first; www. of each belongs to it unless listed itself."""
        app = [(name, "app") for name in self.app_domains]
        served = [*app, *((domain, "blog") for _name, domain in self.blog_sites)]
        named = {name for name, _kind in served}
        return tuple(Domain(name, _names(name, named), kind) for name, kind in served)


def _names(name: str, named: set[str]) -> tuple[str, ...]:
    also = f"www.{name}"
    return (name,) if name.startswith("www.") or also in named else (name, also)
