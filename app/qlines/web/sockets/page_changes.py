"""Notify the pages of devices that commands or attributes have changed."""

from collections.abc import Callable, Mapping
from typing import Any, get_args

from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.redis_names import device_page_room
from qlines.store.device_changes import DeviceChange, What, change_in, changes_of
from qlines.web.extensions import sockets
from qlines.web.sockets.change_stream import ChangeStream, Topic

EVERYTHING: tuple[What, ...] = get_args(What)


def notify_pages(change: DeviceChange) -> None:
    """Send the event ``changed`` to the pages of the device, those of this process only."""
    room = device_page_room(change.device)
    sockets.emit("changed", change._asdict(), to=room, ignore_queue=True)


class PageChanges(ChangeStream):
    """Follows the devices that followed() returns.

    notify() gets each change, and everything of a device as soon as it is followed, so that its
    pages fetch what they may have missed. After an outage that is said of all devices.
    """

    def __init__(
        self,
        db: Documents,
        followed: Callable[[], set[str]],
        clock: Clock,
        notify: Callable[[DeviceChange], None] = notify_pages,
    ) -> None:
        def on_event(event: Mapping[str, Any]) -> None:
            notify(change_in(event))

        def on_followed(device: str) -> None:
            for what in EVERYTHING:
                notify(DeviceChange(device, what))

        super().__init__(db, followed, clock, Topic(changes_of, on_event, on_followed))
