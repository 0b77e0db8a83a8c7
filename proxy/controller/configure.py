"""Keep nginx's configuration equal to what follows from settings, names and certificates."""

import logging
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from proxy import upstreams
from proxy.act import network
from proxy.act.names import Names
from proxy.act.nginx import Nginx, running_generation
from proxy.controller.certificates import Certificates
from proxy.decide import nginx as decide
from proxy.errors import ProxyError
from proxy.files import ETC, Files
from proxy.settings import Settings
from proxy.upstreams import Upstream

log = logging.getLogger(__name__)

EVERY_SECONDS = 1.0
# A refused one is tried again: the cause may lie outside of the files that are watched.
REFUSED_AGAIN_SECONDS = 60.0
FIRST_NAMES_SECONDS = 2.0
# A host that was just added is looked up first; DNS that hangs holds nothing up for longer.
DNS_SECONDS = 10.0


class Configuration(NamedTuple):
    """How it stands: *refusal* is why the newest is not the one that runs."""

    generation: str = ""
    refusal: str = ""
    upstreams_error: str = ""
    changed_at: float | None = None
    reloads: int = 0


def read_templates() -> dict[str, str]:
    """Return the texts with places to fill."""
    return {file.name: file.read_text() for file in (ETC / "templates").glob("*.conf")}


class Configure:
    """The loop; *view* is how it stands."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        certificates: Certificates,
        names: Names,
        nginx: Nginx,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._files = files
        self._certificates = certificates
        self._names = names
        self._nginx = nginx
        self._now = now
        self._templates = read_templates()
        self._refused = ("", 0.0)
        self._waits_for_dns_until = 0.0
        self._addresses: dict[str, tuple[decide.Address, ...]] = {}
        self.upstreams = settings.default_upstreams
        self.view = Configuration()
        self.turned_at = time.monotonic()

    def prepare(self) -> None:
        """Make the first configuration, which must be good: nginx starts with it."""
        self._read_upstreams()
        self._look_up_once()
        for only_sound in (False, True):
            refusal = self._nginx.refusal(self._texts(only_sound=only_sound))
            if not refusal:
                self._nginx.switch()
                return
            log.warning("nginx refused the configuration: %s", refusal)
        raise ProxyError(f"nginx refuses even the plainest configuration: {refusal}")

    def run(self) -> None:
        """Look again and again."""
        self.view = self.view._replace(generation=running_generation())
        while True:
            try:
                self.turn()
            except OSError:
                log.exception("could not look at the configuration")
            self.turned_at = time.monotonic()
            time.sleep(EVERY_SECONDS)

    def turn(self) -> str:
        """Compare once, and bring nginx up to date; return what happened, in one sentence."""
        self._read_upstreams()
        if self._waits_for_dns():
            return "waits for DNS"
        texts = self._texts()
        generation = generation_of(texts)
        if generation == self.view.generation:
            self.view = self.view._replace(refusal="")
            return "nothing has changed"
        if generation == self._refused[0] and self._now() < self._refused[1]:
            return "the newest is still refused"
        sentence = self._apply(texts, generation)
        log.info("%s", sentence)
        return sentence

    def _apply(self, texts: Mapping[str, str], generation: str) -> str:
        refusal = self._nginx.refusal(texts)
        if refusal:
            self._refused = (generation, self._now() + REFUSED_AGAIN_SECONDS)
            self.view = self.view._replace(refusal=refusal)
            return f"kept the old configuration, nginx refused the new one: {refusal}"
        self._nginx.switch()
        if not self._nginx.reload(generation):
            self.view = self.view._replace(refusal="nginx did not take it")
            return "nginx did not take the new configuration yet"
        self.view = self.view._replace(
            generation=generation, refusal="", changed_at=self._now(), reloads=self.view.reloads + 1
        )
        return f"nginx runs configuration {generation}"

    def _read_upstreams(self) -> None:
        """Read the file that replaces the settings; while it is wrong the last good list holds."""
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

    def _waits_for_dns(self) -> bool:
        """Tell whether a host is so new that it was not looked up yet."""
        hosts = self.hosts()
        self._names.watch(hosts)
        if self._names.have_looked(hosts):
            self._waits_for_dns_until = 0.0
            return False
        self._waits_for_dns_until = self._waits_for_dns_until or self._now() + DNS_SECONDS
        return self._now() < self._waits_for_dns_until

    def hosts(self) -> set[str]:
        """Return every name that has to be followed."""
        blog = self.upstreams.blog if self._settings.blog_sites else ()
        return {one.host for one in (*self.upstreams.app, *blog)}

    def _look_up_once(self) -> None:
        """Give DNS a moment, so that the first configuration knows who is there already."""
        hosts = self.hosts()
        self._names.watch(hosts)
        deadline = time.monotonic() + FIRST_NAMES_SECONDS
        while time.monotonic() < deadline and not self._names.have_looked(hosts):
            time.sleep(0.02)

    def _texts(self, *, only_sound: bool = False) -> dict[str, str]:
        sites = [
            self._certificates.site(domain, only_sound=only_sound)
            for domain in self._settings.domains
        ]
        app = self._where("app", self.upstreams.app)
        blog = self._where("blog", self.upstreams.blog)
        return decide.render(inputs(self._settings, sites, app, blog), self._templates)

    def _where(self, kind: str, wanted: tuple[Upstream, ...]) -> tuple[decide.Address, ...]:
        """Return the addresses of a list; while it has none at all the last ones are kept."""
        found = tuple(
            decide.Address(address, one.http_port, one.mqtt_port, one.is_backup)
            for one in wanted
            for address in self._names.addresses(one.host)
        )
        self._addresses[kind] = found or self._addresses.get(kind, ())
        return self._addresses[kind]


def generation_of(texts: Mapping[str, str]) -> str:
    """Return the mark that the texts carry themselves."""
    marked = {name: text for name, text in texts.items() if name != "generation.conf"}
    return decide.generation_of(marked)


def inputs(
    settings: Settings,
    sites: list[decide.Site],
    app: tuple[decide.Address, ...],
    blog: tuple[decide.Address, ...],
) -> decide.Inputs:
    """Put together everything that the configuration depends on."""
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
