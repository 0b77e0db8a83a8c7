"""What nginx's configuration is: settings, addresses and certificates in, named texts out; pure.

The texts that never change are in ``etc/nginx``; what depends on something is made here from
``etc/nginx/templates``, in which {{name}} stands for a value.
"""

import hashlib
import ipaddress
import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from proxy.settings import Domain

PLACE = re.compile(r"\{\{(\w+)\}\}")
HTTPS, MQTTS, MQTT = 8443, 8883, 1883
# Nothing answers there and nginx does not even try: "down" gives the visitor the page at once.
NOBODY = "server 127.0.0.1:9 down;"
ONE_YEAR = "max-age=31536000"


class Address(NamedTuple):
    """Where an upstream was found."""

    address: str
    http_port: int
    mqtt_port: int
    is_backup: bool


class Site(NamedTuple):
    """A domain and the certificate to show; *mark* changes whenever the file's content does."""

    domain: Domain
    pem: str
    mark: str
    is_placeholder: bool
    has_ocsp: bool


class Inputs(NamedTuple):
    """Everything that the configuration depends on."""

    sites: tuple[Site, ...]
    app: tuple[Address, ...]
    blog: tuple[Address, ...]
    resolvers: tuple[str, ...]
    uncounted: tuple[str, ...]
    has_ipv6: bool
    https_port: int
    mqtt_plain: bool
    access_log: bool


def render(inputs: Inputs, templates: Mapping[str, str]) -> dict[str, str]:
    """Return the texts by file name; generation.conf carries a mark of all the others."""
    texts = {
        "nginx.conf": fill(templates["nginx.conf"], access_log=_access_log(inputs)),
        "addresses.conf": _addresses(inputs, templates),
        "upstreams.conf": _http_upstream("app", inputs.app) + _http_upstream("blog", inputs.blog),
        "redirect.conf": _redirect(inputs, templates),
        "mqtt.conf": _mqtt(inputs, templates),
    }
    for number, site in enumerate(inputs.sites):
        texts[f"site-{site.domain.name}.conf"] = _site(inputs, site, templates, number == 0)
    texts["strangers.conf"] = _strangers(inputs, templates)
    texts["generation.conf"] = fill(templates["generation.conf"], generation=generation_of(texts))
    return texts


def generation_of(texts: Mapping[str, str]) -> str:
    """Return a mark that differs whenever a text does."""
    digest = hashlib.sha256()
    for name in sorted(texts):
        digest.update(f"{name}\0{texts[name]}\0".encode())
    return digest.hexdigest()[:12]


def fill(template: str, **values: str) -> str:
    """Put values in their places; a place without a value, or the reverse, is our mistake."""
    places = set(PLACE.findall(template))
    if places != set(values):
        raise KeyError(f"the template has {sorted(places)}, the program {sorted(values)}")
    return PLACE.sub(lambda match: values[match[1]], template)


def is_catch_all(site: Site, is_first: bool) -> bool:
    """Tell whether a site answers under any name: only an app without a domain of its own."""
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
    )


def _strangers(inputs: Inputs, templates: Mapping[str, str]) -> str:
    """Answer who asks for a name that is not ours, with the first certificate."""
    first = inputs.sites[0]
    if is_catch_all(first, True):
        return "# Any name will do: the app has no domain of its own.\n"
    listen = _listen(inputs, HTTPS, " ssl default_server")
    return fill(templates["strangers.conf"], listen=listen, pem=first.pem)


def _redirect(inputs: Inputs, templates: Mapping[str, str]) -> str:
    any_name = ["_"] if is_catch_all(inputs.sites[0], True) else []
    names = [name for site in inputs.sites for name in site.domain.names]
    port = "" if inputs.https_port == 443 else f":{inputs.https_port}"
    strangers = "default_server" if not any_name else ""
    return fill(
        templates["redirect.conf"],
        listen=_listen(inputs, 8080, " default_server" if any_name else ""),
        listen_strangers=_listen(inputs, 8080, f" {strangers}".rstrip()),
        names=" ".join(names + any_name),
        port=port,
    )


def _mqtt(inputs: Inputs, templates: Mapping[str, str]) -> str:
    usable = with_an_active_one([one for one in inputs.app if one.mqtt_port])
    lines = [_server(one, one.mqtt_port) for one in usable] or [NOBODY]
    texts = [_block("mqtt", ["zone mqtt 64k;", "least_conn;", *lines])]
    sites = [site for site in inputs.sites if site.domain.kind == "app"]
    for number, site in enumerate(sites):
        # Devices that name no server in their TLS greeting get the first domain's certificate.
        options = " ssl default_server" if number == 0 else " ssl"
        listen = _listen(inputs, MQTTS, options + KEEPALIVE * (number == 0))
        names = " ".join(site.domain.names)
        texts.append(
            fill(templates["mqtts.conf"], mark=site.mark, listen=listen, names=names, pem=site.pem)
        )
    if inputs.mqtt_plain:
        listen = _listen(inputs, MQTT, KEEPALIVE)
        texts.append(_block("server", [*listen.splitlines(), "proxy_pass mqtt;"], is_named=False))
    return "\n".join(texts)


# A device that lost its power says nothing more: the kernel asks after 10 minutes of silence.
KEEPALIVE = " so_keepalive=10m::"


def _http_upstream(name: str, addresses: Sequence[Address]) -> str:
    addresses = with_an_active_one(addresses)
    lines = [_server(one, one.http_port) for one in addresses] or [NOBODY]
    active = [one for one in addresses if not one.is_backup]
    # A browser that polls for its socket must come to the same machine each time.
    sticky = ["hash $remote_addr consistent;"] if len(active) == len(addresses) > 1 else []
    # gunicorn closes a silent connection after 15 s: we let go first, so no request meets the end.
    kept = ["keepalive 16;", "keepalive_timeout 10s;"]
    return _block(name, [f"zone {name} 64k;", *sticky, *lines, *kept])


def with_an_active_one(addresses: Sequence[Address]) -> Sequence[Address]:
    """While only backups are found they are the active ones: nginx wants one at least."""
    if all(one.is_backup for one in addresses):
        return [one._replace(is_backup=False) for one in addresses]
    return addresses


def _server(one: Address, port: int) -> str:
    host = f"[{one.address}]" if ":" in one.address else one.address
    backup = " backup" if one.is_backup else ""
    return f"server {host}:{port} max_fails=1 fail_timeout=3s{backup};"


def _block(name: str, lines: Sequence[str], *, is_named: bool = True) -> str:
    head = f"upstream {name}" if is_named else name
    return head + " {\n" + "".join(f"    {line.strip()}\n" for line in lines) + "}\n"


def _listen(inputs: Inputs, port: int, options: str) -> str:
    lines = [f"listen {port}{options};"]
    if inputs.has_ipv6:
        lines.append(f"listen [::]:{port}{options};")
    return "\n    ".join(lines)


def _stapling(site: Site) -> str:
    """Staple only where the certificate names a responder: many authorities have none any more."""
    return "ssl_stapling on;" if site.has_ocsp else "# This certificate names no OCSP responder."


def _addresses(inputs: Inputs, templates: Mapping[str, str]) -> str:
    hosts = [f"[{one}]" if ":" in one else one for one in inputs.resolvers]
    resolver = f"resolver {' '.join(hosts)} valid=60s;" if hosts else "# No DNS server is known."
    networks = [str(ipaddress.ip_network(one)) for one in inputs.uncounted]
    uncounted = "\n    ".join(f"{network} 0;" for network in networks)
    return fill(templates["addresses.conf"], resolver=resolver, uncounted=uncounted)


def _access_log(inputs: Inputs) -> str:
    return "/dev/stdout masked" if inputs.access_log else "off"
