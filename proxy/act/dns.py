"""Resolve the names of upstreams periodically, in threads, so that no request waits for DNS."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterable

log = logging.getLogger(__name__)

RESOLVED_EVERY_SECONDS = 1.0
UNRESOLVED_EVERY_SECONDS = 2.0


def resolve(host: str) -> tuple[str, ...]:
    """Return the addresses of a host, IPv4 ones if there are any; () when it has none."""
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return ()
    addresses = sorted({str(entry[4][0]) for entry in entries})
    return tuple(address for address in addresses if ":" not in address) or tuple(addresses)


class DnsWatcher:
    """The latest known addresses of each host.

    A host that no longer resolves keeps the addresses it had: the name of a stopped container does
    not resolve, and trying its old address costs nothing until it is back.
    """

    def __init__(self, resolve_host: Callable[[str], tuple[str, ...]] = resolve) -> None:
        self._resolve = resolve_host
        self._addresses: dict[str, tuple[str, ...]] = {}
        self._queried: set[str] = set()
        self._watched: dict[str, object] = {}  # each with what its thread is known by

    def watch(self, hosts: Iterable[str]) -> None:
        """Watch these hosts from now on, each in a thread of its own, and no others."""
        before = self._watched
        self._watched = {host: before.get(host) or object() for host in hosts}
        for host in self._watched.keys() - before.keys():
            watch = self._watched[host]
            threading.Thread(target=self._follow, args=(host, watch), daemon=True).start()

    def are_resolved(self, hosts: Iterable[str]) -> bool:
        """Return whether each of these hosts was queried at least once, with or without success."""
        return self._queried.issuperset(hosts)

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the latest addresses that were found, () when there never were any."""
        return self._addresses.get(host, ())

    def resolve_once(self, host: str) -> bool:
        """Query once; return whether the host has an address."""
        addresses = self._resolve(host)
        if addresses and addresses != self._addresses.get(host):
            log.info("%s is at %s", host, ", ".join(addresses))
            self._addresses[host] = addresses
        self._queried.add(host)
        return bool(addresses)

    def _follow(self, host: str, watch: object) -> None:
        # The host may be watched again, by another thread, before this one has looked.
        while self._watched.get(host) is watch:
            time.sleep(
                RESOLVED_EVERY_SECONDS if self.resolve_once(host) else UNRESOLVED_EVERY_SECONDS
            )
