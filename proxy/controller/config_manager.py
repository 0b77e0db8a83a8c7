"""Keep nginx's configuration up to date with settings, upstreams, addresses and certificates."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from proxy import upstreams
from proxy.act import network
from proxy.act.dns import DnsWatcher
from proxy.act.nginx import Nginx, running_generation
from proxy.controller.certificates import Certificates
from proxy.controller.pairing import Pairing
from proxy.decide import nginx as decide
from proxy.decide.blocks import Address
from proxy.decide.link import Ends
from proxy.errors import ProxyError
from proxy.files import ETC, Files
from proxy.link import APP_HOST, BLOG_HOST, Link
from proxy.settings import Settings
from proxy.upstreams import APP_PORTS, BLOG_PORTS, Upstream

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
# A refused configuration is retried: the cause may lie outside of the files that are watched.
RETRY_REFUSED_SECONDS = 60.0
MAX_FIRST_DNS_SECONDS = 2.0
# A new host is resolved before it is configured; DNS that hangs delays nothing for longer.
MAX_DNS_SECONDS = 10.0


class Configuration(NamedTuple):
    """The state of nginx; *refusal* is why the newest configuration is not the running one."""

    generation: str = ""
    refusal: str = ""
    upstreams_error: str = ""
    changed_at: float | None = None
    reloads: int = 0


def read_templates() -> dict[str, str]:
    """Return the templates by file name."""
    return {file.name: file.read_text() for file in (ETC / "templates").glob("*.conf")}


class ConfigManager:
    """The loop; *view* is the current state."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        certificates: Certificates,
        names: DnsWatcher,
        nginx: Nginx,
        pairing: Pairing,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._files = files
        self._certificates = certificates
        self._names = names
        self._nginx = nginx
        self._pairing = pairing
        self._now = now
        self._templates = read_templates()
        self._refused = ("", 0.0)
        self._waits_for_dns_until = 0.0
        self._addresses: dict[str, tuple[Address, ...]] = {}
        self.upstreams = settings.default_upstreams
        self.view = Configuration()
        self.last_run_at = time.monotonic()

    def prepare(self) -> None:
        """Write the first configuration; nginx starts with it.

        Raise ProxyError when nginx refuses it even with placeholders only.
        """
        self._read_upstreams()
        self._resolve_once()
        for only_valid in (False, True):
            refusal = self._nginx.refusal(self._texts(only_valid=only_valid))
            if not refusal:
                self._nginx.switch()
                return
            log.warning("nginx refused the configuration: %s", refusal)
        raise ProxyError(f"nginx refuses even a configuration with placeholders only: {refusal}")

    def run(self) -> None:
        """Run until the process ends; a failed iteration is logged and repeated."""
        self.view = self.view._replace(generation=running_generation())
        while True:
            try:
                self.run_once()
            except OSError:
                log.exception("could not update the configuration")
            self.last_run_at = time.monotonic()
            time.sleep(EVERY_SECONDS)

    def run_once(self) -> str:
        """Compare once, and update nginx; return what happened, in one sentence."""
        self._read_upstreams()
        if self._is_waiting_for_dns():
            return "waiting for DNS"
        texts = self._texts()
        generation = generation_of(texts)
        if generation == self.view.generation:
            self.view = self.view._replace(refusal="")
            return "nothing has changed"
        if generation == self._refused[0] and self._now() < self._refused[1]:
            return "the newest configuration is still refused"
        sentence = self._apply(texts, generation)
        log.info("%s", sentence)
        return sentence

    def _apply(self, texts: Mapping[str, str], generation: str) -> str:
        refusal = self._nginx.refusal(texts)
        if refusal:
            self._refused = (generation, self._now() + RETRY_REFUSED_SECONDS)
            self.view = self.view._replace(refusal=refusal)
            return f"kept the old configuration, nginx refused the new one: {refusal}"
        self._nginx.switch()
        if not self._nginx.reload(generation):
            self.view = self.view._replace(refusal="nginx did not reload")
            return "nginx has not reloaded the new configuration yet"
        self.view = self.view._replace(
            generation=generation, refusal="", changed_at=self._now(), reloads=self.view.reloads + 1
        )
        return f"nginx runs configuration {generation}"

    def _read_upstreams(self) -> None:
        """Read the file that overrides the settings; an invalid one is ignored."""
        default = self._settings.default_upstreams
        error = ""
        try:
            self.upstreams = upstreams.parse_file(self._files.upstreams.read_text(), default)
        except FileNotFoundError:
            self.upstreams = default
        except (OSError, ValueError) as problem:
            error = f"{self._files.upstreams}: {problem}"
            if error != self.view.upstreams_error:
                log.warning("%s", error)
        self.view = self.view._replace(upstreams_error=error)

    def _is_waiting_for_dns(self) -> bool:
        """Return whether a new host was not queried yet."""
        hosts = self.hosts()
        self._names.watch(hosts)
        if self._names.are_resolved(hosts):
            self._waits_for_dns_until = 0.0
            return False
        self._waits_for_dns_until = self._waits_for_dns_until or self._now() + MAX_DNS_SECONDS
        return self._now() < self._waits_for_dns_until

    def hosts(self) -> set[str]:
        """Return every host name of the upstreams, and of what the link to a twin connects."""
        blog = self.upstreams.blog if self._settings.blog_sites else ()
        of_devices = (*self.upstreams.of_devices, *self.upstreams.broker)
        used = (*self.upstreams.app, *of_devices, *blog)
        link = self._pairing.link()
        return {upstream.host for upstream in used} | (self._linked_hosts(link) if link else set())

    def _linked_hosts(self, link: Link) -> set[str]:
        return {link.host, APP_HOST} | ({BLOG_HOST} if self._settings.blog_sites else set())

    def _resolve_once(self) -> None:
        """Give DNS a moment, so that the first configuration has the upstreams that are up."""
        hosts = self.hosts()
        self._names.watch(hosts)
        deadline = time.monotonic() + MAX_FIRST_DNS_SECONDS
        while time.monotonic() < deadline and not self._names.are_resolved(hosts):
            time.sleep(0.02)

    def _texts(self, *, only_valid: bool = False) -> dict[str, str]:
        sites = [
            self._certificates.site(domain, only_valid=only_valid)
            for domain in self._settings.domains
        ]
        app = self._addresses_of("app", self.upstreams.app)
        blog = self._addresses_of("blog", self.upstreams.blog)
        mqtt = self._addresses_of_own("mqtt", self.upstreams.mqtt)
        devices = self._addresses_of_own("devices", self.upstreams.devices)
        link = self._pairing.link()
        given = inputs(self._settings, sites, app, blog)
        given = given._replace(mqtt=mqtt, devices=devices, link=link and (link, self._ends(link)))
        return decide.render(given, self._templates)

    def _ends(self, link: Link) -> Ends:
        app = Upstream(APP_HOST, *APP_PORTS)
        blog = Upstream(BLOG_HOST, *BLOG_PORTS)
        return Ends(
            self._addresses_of("link", (Upstream(link.host, link.port, 0),)),
            self._addresses_of("linked app", (app,)),
            self._addresses_of("linked blog", (blog,)) if self._settings.blog_sites else None,
        )

    def _addresses_of_own(
        self, kind: str, wanted: tuple[Upstream, ...] | None
    ) -> tuple[Address, ...] | None:
        return None if wanted is None else self._addresses_of(kind, wanted)

    def _addresses_of(self, kind: str, wanted: tuple[Upstream, ...]) -> tuple[Address, ...]:
        """Return the addresses of a list; while none resolves, the last known ones."""
        addresses = tuple(
            Address(address, upstream.http_port, upstream.mqtt_port, upstream.is_backup)
            for upstream in wanted
            for address in self._names.addresses(upstream.host)
        )
        self._addresses[kind] = addresses or self._addresses.get(kind, ())
        return self._addresses[kind]


def generation_of(texts: Mapping[str, str]) -> str:
    """Return the hash that the texts themselves contain."""
    marked = {name: text for name, text in texts.items() if name != "generation.conf"}
    return decide.generation_of(marked)


def inputs(
    settings: Settings,
    sites: list[decide.Site],
    app: tuple[Address, ...],
    blog: tuple[Address, ...],
) -> decide.Inputs:
    """Collect everything that the configuration depends on."""
    return decide.Inputs(
        sites=tuple(sites),
        app=app,
        blog=blog,
        resolvers=network.resolvers(network.read("/etc/resolv.conf")),
        uncounted=network.gateways(network.read("/proc/net/route")),
        has_ipv6=network.has_ipv6(network.read("/proc/net/if_inet6")),
        https_port=settings.https_port,
        mqtt_plain=settings.mqtt_plain,
        access_log=settings.access_log,
    )
