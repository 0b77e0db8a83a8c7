"""Look at the upstreams and at the certificates that nginx shows, and keep the last view."""

import logging
import time
from collections.abc import Callable

from proxy.act import openssl, probes
from proxy.act.names import Names
from proxy.certificate import Certificate
from proxy.controller.configure import DNS_SECONDS, Configure
from proxy.decide.nginx import HTTPS
from proxy.decide.report import Seen, Served
from proxy.errors import CertificateError
from proxy.settings import Domain, Settings
from proxy.upstreams import Upstream

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
CERTIFICATES_EVERY_SECONDS = 60.0
# Each blog answers there for itself; a page of WordPress would cost a tenth of a second.
BLOG_HEALTH_PORT, BLOG_HEALTH_PATH = 8081, "/health"


class Look:
    """The loop; *upstreams* and *served* are the last view."""

    def __init__(
        self,
        settings: Settings,
        names: Names,
        configure: Configure,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._names = names
        self._configure = configure
        self._now = now
        self._looked = ("", float("-inf"))
        self.upstreams: tuple[Seen, ...] | None = None
        self.served: dict[str, Served] = {}

    def run(self) -> None:
        """Look again and again."""
        deadline = time.monotonic() + DNS_SECONDS
        # Who was not looked up yet is not away.
        while not self._names_are_known() and time.monotonic() < deadline:
            time.sleep(0.1)
        while True:
            self.turn()
            time.sleep(EVERY_SECONDS)

    def _names_are_known(self) -> bool:
        return self._names.have_looked(self._configure.hosts())

    def turn(self) -> None:
        """Look once at all that is due."""
        before = {(one.kind, one.host, one.address): one for one in self.upstreams or ()}
        lists = self._configure.upstreams
        kinds = {"app": lists.app} | ({"blog": lists.blog} if self._settings.blog_sites else {})
        seen = [self._see(kind, one) for kind, found in kinds.items() for one in found]
        self.upstreams = tuple(
            self._with_since(one, before.get((one.kind, one.host, one.address)))
            for group in seen
            for one in group
        )
        generation, at = self._configure.view.generation, self._looked[1]
        if generation != self._looked[0] or time.monotonic() - at > CERTIFICATES_EVERY_SECONDS:
            self._looked = (generation, time.monotonic())
            self.served = {one.name: self._served(one) for one in self._settings.domains}

    def _see(self, kind: str, upstream: Upstream) -> list[Seen]:
        addresses = self._names.addresses(upstream.host)
        if not addresses:
            why = f"{upstream.host} has no address yet"
            return [Seen(kind, upstream.host, "", why, self._now())]
        look = _app_problem if kind == "app" else _blog_problem
        return [
            Seen(kind, upstream.host, address, look(upstream, address), self._now())
            for address in addresses
        ]

    def _with_since(self, seen: Seen, before: Seen | None) -> Seen:
        if before is not None and bool(before.problem) == bool(seen.problem):
            return seen._replace(since=before.since)
        state = f"away: {seen.problem}" if seen.problem else "up"
        log.info("upstream %s (%s) is %s", seen.host, seen.kind, state)
        return seen

    def _served(self, domain: Domain) -> Served:
        try:
            found: Certificate | None = openssl.read_der(
                probes.served_certificate(domain.name, HTTPS)
            )
            return Served(domain, found, "")
        except (OSError, CertificateError) as error:
            return Served(domain, None, str(error))


def _app_problem(upstream: Upstream, address: str) -> str:
    http = probes.http_answer(address, upstream.http_port, "/")
    mqtt = probes.listens(address, upstream.mqtt_port) if upstream.mqtt_port else ""
    return "; ".join(filter(None, (http, mqtt)))


def _blog_problem(_upstream: Upstream, address: str) -> str:
    return probes.http_answer(address, BLOG_HEALTH_PORT, BLOG_HEALTH_PATH)
