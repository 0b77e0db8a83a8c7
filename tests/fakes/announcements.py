"""Announcements that a test makes, in place of MongoDB's change stream."""

from qlines.downlink.announcements import Announced, Push


class FakeAnnouncements:
    """What News follows; `say` is heard at once by those who wait."""

    def __init__(self, _db=None, wake=None, _clock=None):
        self._wake = wake
        self._heard = Announced(set(), missed=False, pushes=[], came_back=set())
        self.is_followed = False

    def start(self):
        assert not self.is_followed, "it is followed once"
        self.is_followed = True

    def take(self):
        return self._heard

    def say(self, *devices, changes=(), missed=False, came_back=()):
        """Announce devices with commands, and changes of attributes as (device, JSON text)."""
        pushes = [Push(*change) for change in changes]
        self._heard = Announced(set(devices), missed, pushes, set(came_back))
        self._wake.set()


def announced(make_news):
    """Return what make_news(source) returns, and the announcements that it follows."""
    made = []

    def source(*arguments):
        made.append(FakeAnnouncements(*arguments))
        return made[0]

    return make_news(source), made[0]
