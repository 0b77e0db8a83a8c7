"""Probe the upstreams and the certificates that nginx serves, and keep the latest results."""

import logging
import time
from collections.abc import Callable

from appliance.shared.twin import PROXY_SERVICES
from proxy.act import probes, x509
from proxy.act.dns import DnsWatcher
from proxy.certificate import Certificate
from proxy.controller.config_manager import MAX_DNS_SECONDS, ConfigManager
from proxy.decide.link import BLOG_HEALTH_PORT
from proxy.decide.nginx import HTTPS
from proxy.decide.report import Served, UpstreamState
from proxy.errors import CertificateError
from proxy.settings import Domain, Settings
from proxy.upstreams import Upstream

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
CERTIFICATES_EVERY_SECONDS = 60.0
# The blog's own health check; a page of WordPress would cost a tenth of a second.
BLOG_HEALTH_PATH = "/health"
LINK = "127.0.0.1"
TWIN = "twin"


class Monitor:
    """The loop; *upstreams* and *served* are the latest results."""

    def __init__(
        self,
        settings: Settings,
        names: DnsWatcher,
        config_manager: ConfigManager,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._names = names
        self._config_manager = config_manager
        self._now = now
        self._certificates_read = ("", float("-inf"))
        self.upstreams: tuple[UpstreamState, ...] | None = None
        self.served: dict[str, Served] = {}

    def run(self) -> None:
        """Run until the process ends."""
        deadline = time.monotonic() + MAX_DNS_SECONDS
        # An upstream that was not resolved yet is not unreachable.
        while not self._are_names_resolved() and time.monotonic() < deadline:
            time.sleep(0.1)
        while True:
            self.run_once()
            time.sleep(EVERY_SECONDS)

    def _are_names_resolved(self) -> bool:
        return self._names.are_resolved(self._config_manager.hosts())

    def run_once(self) -> None:
        """Probe once everything that is due."""
        before = {(state.kind, state.host, state.address): state for state in self.upstreams or ()}
        lists = self._config_manager.upstreams
        devices, blog = lists.devices, lists.blog if self._settings.blog_sites else None
        kinds = {"app": lists.app, "devices": devices or (), "blog": blog or ()}
        groups = [
            self._probe(kind, upstream)
            for kind, upstreams in kinds.items()
            for upstream in upstreams
        ]
        self.upstreams = tuple(
            self._with_since(state, before.get((state.kind, state.host, state.address)))
            for group in groups
            for state in group
        )
        generation, at = self._config_manager.view.generation, self._certificates_read[1]
        if (
            generation != self._certificates_read[0]
            or time.monotonic() - at > CERTIFICATES_EVERY_SECONDS
        ):
            self._certificates_read = (generation, time.monotonic())
            self.served = {domain.name: self._served(domain) for domain in self._settings.domains}

    def _probe(self, kind: str, upstream: Upstream) -> list[UpstreamState]:
        addresses = self._names.addresses(upstream.host)
        if not addresses:
            why = f"{upstream.host} does not resolve yet"
            return [UpstreamState(kind, upstream.host, "", why, self._now())]
        problem_of = _blog_problem if kind == "blog" else _app_problem
        host = TWIN if _is_through_link(upstream) else upstream.host
        return [
            UpstreamState(kind, host, address, problem_of(upstream, address), self._now())
            for address in addresses
        ]

    def _with_since(self, state: UpstreamState, before: UpstreamState | None) -> UpstreamState:
        if before is not None and bool(before.problem) == bool(state.problem):
            return state._replace(since=before.since)
        status = f"unreachable: {state.problem}" if state.problem else "up"
        log.info("upstream %s (%s) is %s", state.host, state.kind, status)
        return state

    def _served(self, domain: Domain) -> Served:
        try:
            found: Certificate | None = x509.read_der(probes.served_certificate(domain.name, HTTPS))
            return Served(domain, found, "")
        except (OSError, CertificateError) as error:
            return Served(domain, None, str(error))


def _app_problem(upstream: Upstream, address: str) -> str:
    http = probes.http_answer(address, upstream.http_port, "/")
    mqtt = probes.listens(address, upstream.mqtt_port) if upstream.mqtt_port else ""
    return "; ".join(filter(None, (http, mqtt)))


def _blog_problem(upstream: Upstream, address: str) -> str:
    port = PROXY_SERVICES["blog-health"] if _is_through_link(upstream) else BLOG_HEALTH_PORT
    return probes.http_answer(address, port, BLOG_HEALTH_PATH)


def _is_through_link(upstream: Upstream) -> bool:
    return upstream.host == LINK and upstream.http_port in PROXY_SERVICES.values()
