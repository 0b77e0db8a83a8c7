"""Devices and the control client of a test that compiles the plugin: stubs/devices.c."""

import ctypes
from typing import Any

from qlines.downlink.wire import CLIENT_ID, Event, Result, Results, decode_event

TURN_US = 2_000


class Devices:
    """Connected devices, by number, and what was said to the control client."""

    def __init__(self, plugin: ctypes.CDLL, published: list[tuple[str, bytes]], count: int) -> None:
        self.plugin, self.count = plugin, count
        self._published = published
        self._now_us = 1_000_000
        plugin.devices_request.restype = plugin.devices_provision.restype = ctypes.c_bool
        plugin.devices_closes_at_us.restype = ctypes.c_uint64
        plugin.devices_connect(count)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plugin, f"devices_{name}")

    def turn(self, count: int = 1) -> None:
        """Let the broker's loop turn, every 2 ms."""
        for _ in range(count):
            self._now_us += TURN_US
            self.turn_at_once()

    def turn_at_once(self) -> None:
        """Let the loop turn once more, without any time in between."""
        self.plugin.devices_turn(ctypes.c_uint64(self._now_us))

    def events(self) -> list[Event]:
        """Return what was said to the control client; their numbers must be without a gap."""
        decoded = [decode_event(data) for client, data in self._published if client == CLIENT_ID]
        assert [number for number, _ in decoded] == list(range(len(decoded)))
        return [event for _, event in decoded]

    def results(self, result: Result) -> int:
        """Return how often a result was said."""
        said = [event.results for event in self.events() if isinstance(event, Results)]
        return sum(one == result for results in said for _, one in results)

    def all_looks(self) -> list[int]:
        """Return how often the plugin has looked for what is on the way to each device."""
        return [self.looks(number) for number in range(self.count)]
