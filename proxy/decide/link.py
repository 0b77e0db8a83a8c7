"""Render the link to the other VM of a pair: both its ends, in an nginx of its own; pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from appliance.shared.twin import (
    LINK_PORTS,
    PROXY_ACME_PORT,
    PROXY_HA_PORT,
    PROXY_SERVICES,
)
from proxy.decide.blocks import NO_SERVER, Address, block, fill, listen_on, server
from proxy.link import Link

# What the nginx of the link begins with; the other files are included in one of the two.
NGINX = "link-nginx.conf"
# A machine that died closes nothing: the kernel asks after 10 s, and three times more.
KEEPALIVE = " so_keepalive=10s:5s:3"
HEALTH_PORT, BLOG_HEALTH_PORT = 5001, 8081


class Ends(NamedTuple):
    """What the link leads to: the other proxy, and the local app and blog for what comes from it.

    Without a blog *blog* is None.
    """

    peer: tuple[Address, ...]
    app: tuple[Address, ...]
    blog: tuple[Address, ...] | None


def render(
    link: Link, ends: Ends, templates: Mapping[str, str], *, has_ipv6: bool
) -> dict[str, str]:
    """Return the texts by file name; without a pairing none of them need be there."""
    return {
        NGINX: fill(templates["link_nginx.conf"]),
        "link-stream.conf": _stream(link, ends, templates, has_ipv6=has_ipv6),
        "link-http.conf": fill(templates["link_acme.conf"], port=str(PROXY_ACME_PORT)),
        "link-acme-location.conf": "error_page 404 = @other_proxy;\n",
        "link-acme-server.conf": fill(
            templates["link_acme_server.conf"], port=str(PROXY_SERVICES["acme"])
        ),
    }


def _stream(link: Link, ends: Ends, templates: Mapping[str, str], *, has_ipv6: bool) -> str:
    local = _local(ends)
    clients = [
        fill(
            templates["link_client.conf"],
            port=str(port),
            folder=link.folder,
            name=f"{service}.{link.other_name}",
        )
        for service, port in PROXY_SERVICES.items()
    ]
    peer = [server(one, link.port).replace(" max_fails=1 ", " max_fails=0 ") for one in ends.peer]
    upstreams = {"link_other": peer, "link_refused": [NO_SERVER]} | {
        _upstream(service): lines for service, lines in local.items()
    }
    return fill(
        templates["link_stream.conf"],
        mark=link.mark,
        upstreams="".join(block(name, lines or [NO_SERVER]) for name, lines in upstreams.items()),
        services="\n    ".join(_services(link, local)),
        listen=listen_on(LINK_PORTS["proxy"], " ssl" + KEEPALIVE, has_ipv6=has_ipv6),
        folder=link.folder,
        clients="\n".join(clients),
    )


def _local(ends: Ends) -> dict[str, list[str]]:
    """Return the servers of each service on this VM; never an upstream that may be elsewhere."""
    app = {
        "http": [server(one, one.http_port) for one in ends.app],
        "mqtt": [server(one, one.mqtt_port) for one in ends.app],
        "health": [server(one, HEALTH_PORT) for one in ends.app],
    }
    own = {
        "acme": [f"server 127.0.0.1:{PROXY_ACME_PORT};"],
        "ha": [f"server 127.0.0.1:{PROXY_HA_PORT};"],
    }
    if ends.blog is None:
        return app | own
    blog = {
        "blog": [server(one, one.http_port) for one in ends.blog],
        "blog-health": [server(one, BLOG_HEALTH_PORT) for one in ends.blog],
    }
    return app | own | blog


def _services(link: Link, local: Mapping[str, object]) -> Iterator[str]:
    """Yield the lines of the map from certificate and name to service."""
    subject = re.escape(f"CN={link.other_name}")
    for service in local:
        sent = re.escape(f"{service}.{link.own_name}")
        # A name may have more parts, such as an organisation.
        yield f'"~^(.+,)?{subject}(,.+)? {sent}$" {_upstream(service)};'


def _upstream(service: str) -> str:
    return "link_" + service.replace("-", "_")
