"""In-memory stand-ins for Redis and ClickHouse, which tests can switch off."""

from contextlib import contextmanager

from redis.exceptions import ConnectionError as RedisConnectionError

from qlines.errors import StoreUnavailableError


class FakeRedis:
    def __init__(self):
        self.counts = {}
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
        return 600 if key in self.counts else -2

    def pipeline(self):
        return self

    def incr(self, key):
        self._answer()
        self.counts[key] = self.counts.get(key, 0) + 1

    def expire(self, key, seconds):
        self._answer()

    def execute(self):
        self._answer()

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
    """A pool; *latest* holds what is stored: device ▶ key ▶ (microseconds, value)."""

    def __init__(self):
        self.latest = {}
        self.is_away = False

    @contextmanager
    def client(self):
        if self.is_away:
            raise StoreUnavailableError("clickhouse", ConnectionError("no answer"))
        yield self


def latest_of_devices(client, ids):
    return {device: client.latest[device] for device in ids if device in client.latest}


def last_seen_of_devices(client, ids):
    return {
        device: max(ts_us for ts_us, _ in values.values())
        for device, values in latest_of_devices(client, ids).items()
    }


def keys_of_device(client, device):
    return sorted(client.latest.get(device, {}))


def series(client, device, keys, from_us, to_us, points, agg):
    return {key: [client.latest[device][key]] for key in keys if key in client.latest[device]}


def raw(client, device, keys, from_us, to_us, limit, cursor):
    rows = [(client.latest[device][key][0], key, client.latest[device][key][1]) for key in keys]
    if cursor not in (None, "more"):
        raise ValueError(f"cursor must be what the page before returned, got {cursor!r}")
    return rows[:limit], None if cursor else "more"
