"""Render nginx's configuration from settings, addresses and certificates; pure.

The fixed files are in ``etc/nginx``; the others are rendered from ``etc/nginx/templates``, in which
{{name}} is a placeholder for a value.
"""

import hashlib
import ipaddress
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from proxy.decide.blocks import (
    NO_SERVER,
    Address,
    block,
    fill,
    host,
    listen_on,
    server,
    with_an_active_server,
)
from proxy.decide.link import Ends
from proxy.decide.link import render as render_link
from proxy.link import Link
from proxy.settings import Domain

HTTPS, MQTTS, MQTT = 8443, 8883, 1883
ONE_YEAR = "max-age=31536000"


class Site(NamedTuple):
    """A domain and the certificate to serve; *mark* changes whenever the file does."""

    domain: Domain
    pem: str
    mark: str
    is_placeholder: bool
    has_ocsp: bool


class Inputs(NamedTuple):
    """Everything that the configuration depends on.

    *devices* is None where devices are forwarded to the same machines as people, *mqtt* where
    those of MQTT are forwarded to the same as those of HTTP; *link* is None without a twin.
    """

    sites: tuple[Site, ...]
    app: tuple[Address, ...]
    blog: tuple[Address, ...]
    resolvers: tuple[str, ...]
    uncounted: tuple[str, ...]
    has_ipv6: bool
    https_port: int
    mqtt_plain: bool
    access_log: bool
    mqtt: tuple[Address, ...] | None = None
    devices: tuple[Address, ...] | None = None
    link: tuple[Link, Ends] | None = None


def render(inputs: Inputs, templates: Mapping[str, str]) -> dict[str, str]:
    """Return the texts by file name; generation.conf contains a hash of all the others."""
    texts = {
        "nginx.conf": fill(templates["nginx.conf"], access_log=_access_log(inputs)),
        "addresses.conf": _addresses(inputs, templates),
        "upstreams.conf": "".join(
            _http_upstream(name, addresses)
            for name, addresses in (
                ("app", inputs.app),
                ("devices", _of_devices(inputs)),
                ("blog", inputs.blog),
            )
        ),
        "redirect.conf": _redirect(inputs, templates),
        "mqtt.conf": _mqtt(inputs, templates),
    }
    for number, site in enumerate(inputs.sites):
        texts[f"site-{site.domain.name}.conf"] = _site(inputs, site, templates, number == 0)
    texts["default_server.conf"] = _default_server(inputs, templates)
    if inputs.link:
        texts |= render_link(*inputs.link, templates, has_ipv6=inputs.has_ipv6)
    texts["generation.conf"] = fill(templates["generation.conf"], generation=generation_of(texts))
    return texts


def generation_of(texts: Mapping[str, str]) -> str:
    """Return a hash of the texts."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{texts[name]}\0".encode())
    return digest.hexdigest()[:12]


def is_catch_all(site: Site, is_first: bool) -> bool:
    """Return whether a site answers under any name: only an app without a domain of its own."""
    return is_first and site.domain.kind == "app" and site.domain.is_local


def _site(inputs: Inputs, site: Site, templates: Mapping[str, str], is_first: bool) -> str:
    options = " ssl default_server" if is_catch_all(site, is_first) else " ssl"
    return fill(
        templates["site.conf"],
        mark=site.mark,
        listen=_listen(inputs, HTTPS, options),
        names=" ".join(site.domain.names),
        pem=site.pem,
        stapling=_stapling(site),
        strict_transport="" if site.is_placeholder or site.domain.is_local else ONE_YEAR,
        kind=site.domain.kind,
        # A map of forwarding.conf: the name of an upstream by what is asked for.
        forwarded_to="$app_or_devices" if site.domain.kind == "app" else site.domain.kind,
    )


def _default_server(inputs: Inputs, templates: Mapping[str, str]) -> str:
    """Render the server that answers for unknown host names, with the first certificate."""
    first = inputs.sites[0]
    if is_catch_all(first, True):
        return "# Any name is served: the app has no domain of its own.\n"
    listen = _listen(inputs, HTTPS, " ssl default_server")
    return fill(templates["default_server.conf"], listen=listen, pem=first.pem)


def _redirect(inputs: Inputs, templates: Mapping[str, str]) -> str:
    any_name = ["_"] if is_catch_all(inputs.sites[0], True) else []
    names = [name for site in inputs.sites for name in site.domain.names]
    port = "" if inputs.https_port == 443 else f":{inputs.https_port}"
    default_server = "default_server" if not any_name else ""
    return fill(
        templates["redirect.conf"],
        listen=_listen(inputs, 8080, " default_server" if any_name else ""),
        listen_default_server=_listen(inputs, 8080, f" {default_server}".rstrip()),
        names=" ".join(names + any_name),
        port=port,
    )


def _mqtt(inputs: Inputs, templates: Mapping[str, str]) -> str:
    wanted = _of_devices(inputs) if inputs.mqtt is None else inputs.mqtt
    usable = with_an_active_server([one for one in wanted if one.mqtt_port])
    lines = [server(one, one.mqtt_port) for one in usable] or [NO_SERVER]
    texts = [block("mqtt", ["zone mqtt 64k;", "least_conn;", *lines])]
    sites = [site for site in inputs.sites if site.domain.kind == "app"]
    for number, site in enumerate(sites):
        # Devices that send no server name (SNI) get the first domain's certificate.
        options = " ssl default_server" if number == 0 else " ssl"
        listen = _listen(inputs, MQTTS, options + KEEPALIVE * (number == 0))
        names = " ".join(site.domain.names)
        texts.append(
            fill(templates["mqtts.conf"], mark=site.mark, listen=listen, names=names, pem=site.pem)
        )
    if inputs.mqtt_plain:
        listen = _listen(inputs, MQTT, KEEPALIVE)
        texts.append(block("server", [*listen.splitlines(), "proxy_pass mqtt;"], is_named=False))
    return "\n".join(texts)


def _of_devices(inputs: Inputs) -> tuple[Address, ...]:
    return inputs.app if inputs.devices is None else inputs.devices


# A device that lost its power sends nothing more: the kernel probes after 10 minutes of silence.
KEEPALIVE = " so_keepalive=10m::"


def _http_upstream(name: str, addresses: Sequence[Address]) -> str:
    addresses = with_an_active_server(addresses)
    lines = [server(one, one.http_port) for one in addresses] or [NO_SERVER]
    active = [one for one in addresses if not one.is_backup]
    # A browser that polls for its socket must reach the same upstream each time.
    sticky = ["hash $remote_addr consistent;"] if len(active) == len(addresses) > 1 else []
    # gunicorn closes idle connections after 15 s: nginx closes first, so no request is lost.
    keepalive = ["keepalive 16;", "keepalive_timeout 10s;"]
    # The names of all zones are one set: limits.conf has zones too.
    return block(name, [f"zone upstream_{name} 64k;", *sticky, *lines, *keepalive])


def _listen(inputs: Inputs, port: int, options: str) -> str:
    return listen_on(port, options, has_ipv6=inputs.has_ipv6)


def _stapling(site: Site) -> str:
    """Staple only where the certificate names a responder; many authorities have none."""
    return "ssl_stapling on;" if site.has_ocsp else "# This certificate names no OCSP responder."


def _addresses(inputs: Inputs, templates: Mapping[str, str]) -> str:
    hosts = [host(one) for one in inputs.resolvers]
    resolver = f"resolver {' '.join(hosts)} valid=60s;" if hosts else "# No DNS server is known."
    networks = [str(ipaddress.ip_network(one)) for one in inputs.uncounted]
    uncounted = "\n    ".join(f"{network} 0;" for network in networks)
    return fill(templates["addresses.conf"], resolver=resolver, uncounted=uncounted)


def _access_log(inputs: Inputs) -> str:
    return "/dev/stdout masked" if inputs.access_log else "off"
