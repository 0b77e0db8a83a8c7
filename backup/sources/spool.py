"""The spool: the frames that ingest had not published, and what it knew beside them.

    mqtt/<20 digits>.seg, http/<20 digits>.seg   frames from the cursor on
    ingest.json                                  connections and pending writes (ingest/state_file)

It is dumped first: what ingest publishes while the backup runs is then in Kafka's backlog, or in
ClickHouse's dump, and what it writes to MongoDB is in MongoDB's.

A restore publishes the frames once more. All of them go into the folder `http`, because the web app
is stopped and the broker is not. Their times stay, so that points are deduplicated, but three
things follow from the order of times in that folder:

1. Connections that began or ended before the backup say nothing about now, and one "broker started"
   of that time would make ingest forget who is connected (ingest/connections.py): such frames are
   left out.
2. The web app takes its next time from the last frame of the folder, and times must rise: a copy of
   the folder's newest frame goes last, and is deduplicated too.
3. A segment is retained for 90 s after its last write: the restored ones are new files.
"""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from appliance.shared.files import write_atomically
from backup.counts import Counts
from qlines.settings import Settings
from qlines.spool import segments
from qlines.spool.frame import Frame, FrameKind, encode, scan
from qlines.spool.reader import SpoolReader
from qlines.spool.segments import Position

FOLDERS = ("mqtt", "http")
RESTORED_TO = "http"
STATE = "ingest.json"
READ_BYTES = 1024 * 1024
OF_CONNECTIONS = frozenset({FrameKind.CONNECTED, FrameKind.DISCONNECTED, FrameKind.WRITER_STARTED})


def dump(settings: Settings, folder: Path) -> Counts:
    """Link the segments that ingest has not published, copy the newest, and count their frames."""
    spool = settings.data_dir / "spool"
    for name in FOLDERS:
        _link_unread(spool / name, folder / name)
    # After the cursors: what ingest had pending when it moved them is in this file or in MongoDB.
    with suppress(FileNotFoundError):
        write_atomically(folder / STATE, (spool / STATE).read_bytes())
    return {f"frames in spool/{name}": sum(1 for _ in _frames(folder / name)) for name in FOLDERS}


def restore(settings: Settings, folder: Path) -> Counts:
    """Append the frames to the spool of the web app; it and ingest must be stopped.

    What ingest knew is restored only where it knows nothing. A second run publishes the frames
    twice, which is harmless.
    """
    spool = settings.data_dir / "spool"
    (spool / RESTORED_TO).mkdir(parents=True, exist_ok=True)
    segment = NewSegments(spool / RESTORED_TO)
    counts = dict.fromkeys((f"frames in spool/{name}" for name in FOLDERS), 0)
    for name in FOLDERS:
        for frame in _frames(folder / name):
            segment.append(frame)
            counts[f"frames in spool/{name}"] += 1
    segment.close()
    if (folder / STATE).exists() and not (spool / STATE).exists():
        write_atomically(spool / STATE, (folder / STATE).read_bytes(), is_synced=True)
    return counts


def unread(numbers: list[int], cursor: int) -> list[int]:
    """Return which segments hold frames that are not published; pure, as next_segment() reads."""
    return [number for number in numbers if number >= cursor] or numbers


class NewSegments:
    """Frames with their times, in segments that follow those of a folder without a writer."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._newest = newest_frame(folder)
        self._last: Frame | None = None
        self._held = bytearray()

    def append(self, frame: Frame) -> None:
        """Append one frame; it is in a file once the segment is full, or closed."""
        encoded = encode(frame)
        if len(self._held) + len(encoded) > segments.SEGMENT_BYTES:
            self._write()
        self._held += encoded
        self._last = frame
        if self._newest is None or frame.time_us >= self._newest.time_us:
            self._newest = frame

    def close(self) -> None:
        """Write what is left; the newest frame of the folder is then the last one too."""
        if self._last is not None and self._newest is not None and self._last != self._newest:
            self.append(self._newest)
        if self._held:
            self._write()

    def _write(self) -> None:
        path = segments.path_of(self._folder, segments.next_number(self._folder))
        write_atomically(path, bytes(self._held), mode=0o600, is_synced=True)
        self._held.clear()


def newest_frame(folder: Path) -> Frame | None:
    """Return the last frame of a folder, None without frames."""
    for number in reversed(segments.numbers(folder)):
        frames = scan(segments.path_of(folder, number).read_bytes()).frames
        if frames:
            return frames[-1]
    return None


def _link_unread(source: Path, target: Path) -> None:
    target.mkdir()
    cursor = segments.read_cursor(source) or Position(0, 0)
    numbers = unread(segments.numbers(source), cursor.segment)
    for number in numbers:
        published_bytes = cursor.offset if number == cursor.segment else 0
        old, new = segments.path_of(source, number), segments.path_of(target, number)
        # A segment that is gone by now was published, so Kafka has what it held.
        with suppress(FileNotFoundError):
            if published_bytes or number == numbers[-1]:
                _copy_frames(old, new, published_bytes)
            else:
                os.link(old, new)


def _copy_frames(old: Path, new: Path, offset: int) -> None:
    """Copy the complete frames from *offset* on; the last one may be being written."""
    with old.open("rb") as file:
        file.seek(offset)
        frames = file.read()
    if end := scan(frames).end:
        new.write_bytes(frames[:end])


def _frames(folder: Path) -> Iterator[Frame]:
    """Yield the frames of a dump that a restore brings back, in order."""
    reader = SpoolReader(folder)
    while frames := reader.read(READ_BYTES):
        yield from (frame for frame in frames if frame.kind not in OF_CONNECTIONS)
