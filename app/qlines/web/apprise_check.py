"""Ask Apprise whether it understands the address of a channel, before the channel is stored."""

from qlines.errors import BusyError, FieldError
from qlines.messengers.apprise import SWITCHED_OFF
from qlines.messengers.apprise_process import Apprise
from qlines.store.channel_rules import ChannelFields
from qlines.web.extensions import off_the_loop
from qlines.web.turns import Room, Turns

# Each takes 60 MB and a second of a core.
ROOM = Room(running=1, waiting=10, max_wait_seconds=10.0)
BUSY = "Too many addresses are being checked at the moment. Try again in a few seconds."


class AppriseCheck:
    """Without *apprise* the admin has switched such channels off."""

    def __init__(self, apprise: Apprise | None = None) -> None:
        self._apprise = apprise
        self._turns = Turns(ROOM, lambda: BusyError(BUSY, status=503, retry_seconds=5))

    @property
    def is_on(self) -> bool:
        """Return whether there are such channels."""
        return self._apprise is not None

    def check(self, given: ChannelFields) -> None:
        """Raise FieldError for an address that is not one, BusyError when too many are checked."""
        if self._apprise is None:
            raise FieldError("type", f"may not be apprise: {SWITCHED_OFF}")
        with self._turns.turn("apprise"):
            reason = off_the_loop(self._apprise.check, given.settings["url"])
        if reason:
            raise FieldError("settings.url", f"is refused: {reason}")
