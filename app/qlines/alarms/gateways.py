"""Which devices are silent because their gateway is away; pure.

When a gateway loses its connection, all its devices fall silent. Where the owner has a rule that
says so of the gateway, the alarms of its devices are held back until it is back, and still longer
if they are false then. Without one they are all that is said.
"""

from collections.abc import Iterable, Mapping

from qlines.evaluation.sample import Presence

# A device behind a gateway that is back has so long to send before its alarm is made known.
RELEASE_AFTER_US = 60_000_000


class Gateways:
    """The gateway of each device that has one; *presence* is that of all devices that matter."""

    def __init__(self, presence: Mapping[str, Presence]) -> None:
        self._of: dict[str, str] = {}
        self._presence = presence
        self.gateways: frozenset[str] = frozenset()

    def put(self, devices: Iterable[str], gateway_of: Mapping[str, str]) -> None:
        """Replace what is known of these devices."""
        for device in devices:
            self._of.pop(device, None)
        self._of.update(gateway_of)
        self.gateways = frozenset(self._of.values())

    def of(self, devices: Iterable[str]) -> set[str]:
        """Return the gateways of these devices."""
        return {self._of[device] for device in devices if device in self._of}

    def gateway_of(self, device: str) -> str:
        """Return the gateway of *device*, "" for none."""
        return self._of.get(device, "")

    def is_away(self, device: str) -> bool:
        """Return whether the gateway of *device* has no connection."""
        presence = self._presence.get(self._of.get(device, ""))
        return presence is not None and not presence.connected

    def is_back(self, device: str, now_us: int) -> bool:
        """Return whether the gateway has been back for long enough, or the device has lost it."""
        presence = self._presence.get(self._of.get(device, ""))
        if presence is None:
            return True
        return presence.connected and now_us - presence.changed_us >= RELEASE_AFTER_US
