"""qlines.spool.reader: segments and a cursor of any bytes are read to the end, and there is one."""

import os
import tempfile
from pathlib import Path

from qlines.spool import segments
from qlines.spool.reader import SpoolReader

SEPARATOR = b"\nSEGMENT\n"
MEMORY = Path("/dev/shm")


def check(data):
    cursor, *contents = data.split(SEPARATOR)
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        folder = Path(name)
        (folder / segments.CURSOR).write_bytes(cursor)
        for number, content in enumerate(contents, start=1):
            segments.path_of(folder, number).write_bytes(content)
        reader = SpoolReader(folder)
        frames = []
        try:
            while more := reader.read(1):
                frames += more
                assert len(frames) <= len(data), "a frame was read twice"
            reader.commit(reader.position)
            assert segments.read_cursor(folder) == reader.position
            assert segments.usage(folder).unread_bytes <= len(data)
        finally:
            if reader._file is not None:
                os.close(reader._file)
