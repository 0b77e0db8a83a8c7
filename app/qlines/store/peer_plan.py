"""Decide what is compared and copied, and in which portions; pure."""

from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from typing import TypeVar

from qlines.store import partition
from qlines.store.peer_points import LAST_SPAN, NONE, Portion, Sum
from qlines.store.point_time import BLOCK_US

REST_SHARE = 0.25  # of the time that a copy works
MAX_REST_SECONDS = 5.0
BUSY_SECONDS = 1.0  # until a copy looks again whether the pipeline is late
MAX_POINTS = 1_000_000  # of a portion: two seconds, and 50 MB in a server that compares it
MAX_DEVICES = 2_000  # a statement with more would be longer than ClickHouse reads (256 KiB)

SPANS = LAST_SPAN + 1

Key = TypeVar("Key", int, str)


def partitions_to_do(names: Collection[str], done: Collection[str], cutoff_us: int) -> list[str]:
    """Return the twin's partitions that are left, the newest first; without what is expired."""
    left = set(names) - set(done) - set(partition.expired(names, cutoff_us))
    return sorted(left, key=partition.start_us, reverse=True)


def blocks_to_compare(name: str, cutoff_us: int) -> tuple[int, int]:
    """Return the first and the last block of a partition that the retention keeps."""
    first, last = partition.blocks_of(name)
    return max(first, cutoff_us // BLOCK_US), last


def differing(own: Mapping[Key, Sum], peer: Mapping[Key, Sum]) -> list[Key]:
    """Return the keys of which the twin has other points than this side, in order."""
    return sorted(key for key, sum_ in peer.items() if own.get(key, NONE) != sum_)


def portions(
    block: int, devices: Collection[str], own: Mapping[str, Sum], peer: Mapping[str, Sum]
) -> Iterator[Portion]:
    """Yield what one statement each compares and copies.

    A device with more points than a portion may have is cut by time, as if they were even.
    """
    for group, points in _groups(devices, own, peer):
        count = min(-(-points // MAX_POINTS) or 1, SPANS)
        firsts = [index * SPANS // count for index in range(count + 1)]
        for first, following in pairwise(firsts):
            yield Portion(block, group, first, following - 1)


def _groups(
    devices: Collection[str], own: Mapping[str, Sum], peer: Mapping[str, Sum]
) -> Iterator[tuple[tuple[str, ...], int]]:
    """Yield devices with MAX_POINTS together, or one device with more, and how many they have."""
    group: list[str] = []
    points = 0
    for device in devices:
        size = max(own.get(device, NONE).points, peer.get(device, NONE).points)
        if group and (points + size > MAX_POINTS or len(group) == MAX_DEVICES):
            yield tuple(group), points
            group, points = [], 0
        group.append(device)
        points += size
    if group:
        yield tuple(group), points


def total(sums: Mapping[Key, Sum]) -> int:
    """Return how many points there are in all."""
    return sum(sum_.points for sum_ in sums.values())


def rest_seconds(worked_seconds: float) -> float:
    """Return how long a copy rests after a portion, because the machine is for the pipeline."""
    return min(worked_seconds * REST_SHARE, MAX_REST_SECONDS)
