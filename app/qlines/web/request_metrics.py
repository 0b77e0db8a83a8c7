"""Count requests and how long they take, by area: WSGI middleware in front of everything.

Areas and status classes are few, so that the number of series never depends on what is requested.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from itertools import accumulate
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from werkzeug.wsgi import ClosingIterator

from qlines import counter_name
from qlines.clock import Clock
from qlines.web.device.paths import PREFIX, is_poll

# The upper bounds of the histogram's buckets; "slow" for a person begins between 0.25 and 1 s.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
AREAS = ("page", "api", "device")
STATUSES = ("2xx", "3xx", "4xx", "5xx")


def area_of(path: str, method: str = "GET") -> str | None:
    """Return the area; None for what is not counted: what waits for news, and static files."""
    if path.startswith(("/socket.io/", "/static/")) or path == "/robots.txt":
        return None  # the health check requests robots.txt, and would hide slow pages
    if path.startswith(PREFIX):
        return None if is_poll(method, path) else "device"
    return "api" if path.startswith("/api/") else "page"


class Histogram:
    """How many values lie in each bucket, and their sum."""

    def __init__(self) -> None:
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        """Add one value."""
        self._counts[bisect_left(BOUNDS, value)] += 1
        self._sum += value

    def counters(self, name: str, **labels: str) -> dict[str, float]:
        """Return its samples: buckets that include all smaller ones, count and sum."""
        ends = [*map(str, BOUNDS), "+Inf"]
        cumulative = list(accumulate(self._counts))
        samples: dict[str, float] = {
            counter_name.join(f"{name}_bucket", **labels, le=end): count
            for end, count in zip(ends, cumulative, strict=True)
        }
        samples[counter_name.join(f"{name}_count", **labels)] = cumulative[-1]
        samples[counter_name.join(f"{name}_sum", **labels)] = self._sum
        return samples


class RequestMetrics:
    """Passes each request to *inner* and notes its status and its duration."""

    def __init__(self, inner: WSGIApplication, clock: Clock) -> None:
        self._inner = inner
        self._clock = clock
        self._requests = Counter({(area, status): 0 for area in AREAS for status in STATUSES})
        self._durations = {area: Histogram() for area in AREAS}
        self._in_hand = 0

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        area = area_of(environ["PATH_INFO"], environ.get("REQUEST_METHOD", "GET"))
        if area is None:
            return self._inner(environ, start_response)
        started_at = self._clock.monotonic()
        status = "5xx"  # when inner raises, gunicorn answers 500

        def noting(line: str, *rest: Any) -> Any:
            nonlocal status
            status = f"{line[0]}xx"
            return start_response(line, *rest)

        self._in_hand += 1
        try:
            # An answer may be a file that is still being sent when this returns.
            return ClosingIterator(self._inner(environ, noting), self._let_go)
        except BaseException:
            self._let_go()
            raise
        finally:
            self._requests[area, status] += 1
            self._durations[area].observe(self._clock.monotonic() - started_at)

    def _let_go(self) -> None:
        self._in_hand -= 1

    def counters(self) -> dict[str, float]:
        """Return everything that was counted, for the heartbeat."""
        samples: dict[str, float] = {"requests_in_hand": self._in_hand}
        samples |= {
            counter_name.join("requests", area=area, status=status): count
            for (area, status), count in self._requests.items()
        }
        for area, histogram in self._durations.items():
            samples |= histogram.counters("request_duration_seconds", area=area)
        return samples
