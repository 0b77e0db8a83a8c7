from qlines.clock import FakeClock
from qlines.live.watched import Watched

NOW_SECONDS = 1_800_000_000


class RedisInMemory:
    """A sorted set and one channel."""

    def __init__(self):
        self.watched, self.told, self.looks = {}, [], 0

    def zrangebyscore(self, _name, low, _high):
        self.looks += 1
        return [name.encode() for name, until in self.watched.items() if until >= low]

    def pubsub(self, **_options):
        return self

    def subscribe(self, channel):
        self.channel = channel

    def get_message(self, timeout):
        return self.told.pop() if self.told else None


def test_it_knows_who_is_watched_now():
    redis = RedisInMemory()
    redis.watched = {"d1": NOW_SECONDS + 10, "gone": NOW_SECONDS - 1}
    watched = Watched(redis, FakeClock())

    watched.refresh()

    assert watched.devices == {"d1"}


def test_it_looks_twice_a_second():
    redis, clock = RedisInMemory(), FakeClock()
    watched = Watched(redis, clock)
    for _ in range(5):
        watched.refresh()
        clock.advance(0.2)

    assert redis.looks == 2


def test_it_looks_at_once_when_it_is_told():
    redis = RedisInMemory()
    watched = Watched(redis, FakeClock())
    watched.refresh()

    redis.watched = {"d1": NOW_SECONDS + 10}
    redis.told = ["changed"]
    watched.wait(0.5)
    watched.refresh()

    assert redis.channel == "watched-changed"
    assert watched.devices == {"d1"}
