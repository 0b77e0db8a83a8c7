"""What ingest spends on one message of three points: decode, check, sort. No container."""

import time

from qlines.ingest.batch import Batch
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.route import route
from qlines.spool.frame import Frame, FrameKind
from qlines.store.registry_file import Device
from tests.bench.bench import Bench

DEVICES = 500
MESSAGES = 2_000
REPETITIONS = 400
NOW_US = 1_800_000_000_000_000


class Registry:
    """Every device is registered."""

    def generation(self) -> int:
        """Return a number that never changes."""
        return 1

    def device(self, device_id: str) -> Device:
        """Return a device of one owner."""
        return Device(device_id, "a" * 24, "bench", gateway=False)

    def device_by_name(self, _owner: str, _name: str) -> None:
        """Return None: there is no gateway."""


def measure(_bench: Bench) -> dict[str, float]:
    """Return the fastest repetition: the others were interrupted by other programs."""
    devices, keys = KnownDevices(Registry()), KnownKeys(1000, lambda _device: set())
    frames = [_frame(number) for number in range(MESSAGES)]
    seconds = min(_seconds(frames, devices, keys) for _ in range(REPETITIONS))
    return {"route_us": 1e6 * seconds / MESSAGES}


def _seconds(frames: list[Frame], devices: KnownDevices, keys: KnownKeys) -> float:
    batch = Batch()
    started = time.perf_counter()
    route(frames, devices, keys, batch)
    return time.perf_counter() - started


def _frame(number: int) -> Frame:
    payload = b'{"seq": %d, "temperature": 21.5, "humidity": 40.25}' % number
    device = f"{number % DEVICES:024}"
    return Frame(NOW_US + 2 * number, FrameKind.MESSAGE, device, "v1/devices/me/telemetry", payload)
