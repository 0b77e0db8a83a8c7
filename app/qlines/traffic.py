"""What an appliance carries at the moment, from what the broker and the web app have written.

Requests of people and devices are counted until their last byte is sent; open sockets are not,
because browsers move them by themselves.
"""

from pathlib import Path
from typing import NamedTuple

from qlines import heartbeat


class Traffic(NamedTuple):
    """The connections of devices, the requests in hand, and the devices *moved* away so far.

    *as_of* is the older of the two heartbeats, epoch seconds.
    """

    devices: int
    requests: int
    moved: int
    as_of: float


def read(run_dir: Path) -> Traffic | None:
    """Return it; None while the broker or the web app has not written its heartbeat."""
    broker, web = (heartbeat.read(run_dir, program) for program in ("mosquitto", "gunicorn"))
    try:
        return Traffic(
            devices=int(broker["counters"]["remote_connections"]),
            requests=int(web["counters"]["requests_in_hand"]),
            moved=int(broker["counters"]["moved"]),
            as_of=min(float(broker["beat_at"]), float(web["beat_at"])),
        )
    except KeyError:
        return None


def in_words(traffic: Traffic) -> str:
    """Return what is left, such as "12 devices and 1 request"; pure."""
    counts = [(traffic.devices, "device"), (traffic.requests, "request")]
    return " and ".join(f"{n:,} {word}{'s' * (n != 1)}" for n, word in counts if n) or "nothing"
