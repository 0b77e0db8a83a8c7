"""In-memory stand-ins for Redis and ClickHouse, which tests can switch off."""

from contextlib import contextmanager

from redis.exceptions import ConnectionError as RedisConnectionError

from qlines.errors import StoreUnavailableError
from qlines.evaluation.columns import Column
from qlines.store.points import Point, TimedValue
from qlines.store.readings import Latest, PointPage, decode_cursor, encode_cursor
from qlines.store.rule_stretches import Stretch
from qlines.store.series import BandPoint


class FakeRedis:
    def __init__(self):
        self.counts = {}
        self._results = []  # of what is in the pipeline
        self.sorted_sets = {}
        self.published = []
        self.is_away = False

    def _answer(self):
        if self.is_away:
            raise RedisConnectionError("no answer")

    def get(self, key):
        self._answer()
        return self.counts.get(key)

    def ttl(self, key):
        self._results.append(600 if key in self.counts else -2)
        return self._results[-1]

    def pipeline(self):
        self._results = []
        return self

    def incr(self, key):
        self._answer()
        self.counts[key] = self.counts.get(key, 0) + 1
        self._results.append(self.counts[key])

    def expire(self, key, seconds, nx=False):
        self._answer()
        self._results.append(True)

    def execute(self):
        self._answer()
        return self._results

    def delete(self, key):
        self._answer()
        self.counts.pop(key, None)

    def zadd(self, key, members):
        self._answer()
        self.sorted_sets.setdefault(key, {}).update(members)

    def publish(self, channel, _message):
        self._answer()
        self.published.append(channel)


class FakeClickHouse:
    """A pool; *latest* holds the one point of each key: device ▶ key ▶ (microseconds, value).

    *history* holds what a rule is tried on: device ▶ (microseconds, values by key), in order.
    """

    def __init__(self):
        self.latest = {}
        self.history = {}
        self.is_away = False

    @contextmanager
    def client(self):
        if self.is_away:
            raise StoreUnavailableError("clickhouse", ConnectionError("no answer"))
        yield self


def latest_of_devices(client, ids):
    found = {}
    for device in ids:
        if device in client.latest:
            values = {key: TimedValue(*value) for key, value in client.latest[device].items()}
            found[device] = Latest(values, max(value.ts_us for value in values.values()))
    return found


def last_seen_of_devices(client, ids):
    return {device: one.seen_us for device, one in latest_of_devices(client, ids).items()}


def keys_of_device(client, device):
    return sorted(client.latest.get(device, {}))


def series(client, device, keys, from_us, to_us, points, agg):
    by_key = {}
    for point in _points(client, device, keys, from_us, to_us):
        by_key[point.key] = [TimedValue(point.ts_us, point.value)]
    return by_key


def bands(client, device, keys, from_us, to_us, points):
    return {
        key: [_band(*value) for value in values]
        for key, values in series(client, device, keys, from_us, to_us, points, "avg").items()
    }


def _band(ts_us, value):
    number = value if isinstance(value, (int, float)) else None
    return BandPoint(ts_us, value, number, number)


def raw(client, device, keys, from_us, to_us, limit, cursor=None):
    after = decode_cursor(cursor) if cursor else (-1, "")
    points = [
        point
        for point in _points(client, device, keys, from_us, to_us)
        if (point.ts_us, point.key) > after
    ][:limit]
    is_last = len(points) < limit
    return PointPage(points, None if is_last else encode_cursor(points[-1].ts_us, points[-1].key))


def _points(client, device, keys, from_us, to_us):
    return sorted(
        Point(ts_us, key, value)
        for key, (ts_us, value) in client.latest.get(device, {}).items()
        if key in keys and from_us <= ts_us <= to_us
    )


def stretches_of(client, rule, devices, past):
    """Return one stretch with what is about to be tried, so that all of it is wanted."""
    last = past.to_us // past.grid.stretch_us
    return {
        device: [Stretch(key, last, 1, 1, -1e300, 1e300, 0) for key in rule.keys or ("",)]
        for device in devices
        if device in client.history
    }


def pieces_of(client, rule, device, past, stretches, positions):
    for ts_us, values in client.history.get(device, ()):
        yield {key: Column([ts_us], [value]) for key, value in values.items()}
