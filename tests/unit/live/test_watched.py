from qlines.clock import FakeClock
from qlines.live.watched import WatchedDevices

NOW_SECONDS = 1_800_000_000


class RedisInMemory:
    """A sorted set and one channel."""

    def __init__(self):
        self.watched_until, self.announcements, self.reads = {}, [], 0

    def zrangebyscore(self, name, low, _high):
        self.name = name
        self.reads += 1
        return [device.encode() for device, until in self.watched_until.items() if until >= low]

    def pubsub(self, **_options):
        return self

    def subscribe(self, channel):
        self.channel = channel

    def get_message(self, timeout):
        return self.announcements.pop() if self.announcements else None


def test_it_knows_which_devices_are_watched_now():
    redis = RedisInMemory()
    redis.watched_until = {"d1": NOW_SECONDS + 10, "gone": NOW_SECONDS - 1}
    watched = WatchedDevices(redis, FakeClock())

    watched.refresh()

    assert redis.name == "watched"
    assert watched.devices == {"d1"}


def test_it_reads_the_set_twice_a_second():
    redis, clock = RedisInMemory(), FakeClock()
    watched = WatchedDevices(redis, clock)
    for _ in range(5):
        watched.refresh()
        clock.advance(0.2)

    assert redis.reads == 2


def test_it_reads_the_set_at_once_after_an_announcement():
    redis = RedisInMemory()
    watched = WatchedDevices(redis, FakeClock())
    watched.refresh()

    redis.watched_until = {"d1": NOW_SECONDS + 10}
    redis.announcements = ["changed"]
    watched.wait(0.5)
    watched.refresh()

    assert redis.channel == "watched-changed"
    assert watched.devices == {"d1"}
