"""One dump of a site's database, as blog/programs/dump_databases writes it: two files."""

import gzip
import json
import os
import stat
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, NamedTuple

from backup.errors import BackupError

COMPLETE = b"-- Dump completed"
CHUNK_BYTES = 1 << 20
MAX_DESCRIPTION_BYTES = 4096
# The blog replaces the two files one after the other.
TRIES, PAUSE_SECONDS = 50, 0.1


FIELDS = ("dumped_at", "posts", "tables", "bytes")


class Description(NamedTuple):
    """When the dump was made (epoch seconds), what it holds, and its compressed size in bytes."""

    name: str
    dumped_at: int
    posts: int
    tables: int
    size: int

    def as_json(self) -> bytes:
        """Return the description as the blog writes it."""
        return json.dumps(dict(zip(FIELDS, self[1:], strict=True))).encode()

    def require_dump(self, file: Path) -> None:
        """Raise BackupError unless *file* is this dump, to its last line."""
        try:
            size, tables, last = file.stat().st_size, *_content(file)
        except (OSError, EOFError, zlib.error) as error:  # gzip raises all three
            raise BackupError(f"the dump of the site {self.name} is corrupt: {error}") from error
        if size != self.size:
            raise BackupError(
                f"the dump of the site {self.name} has {size} bytes instead of {self.size}"
            )
        if not last.startswith(COMPLETE) or tables != self.tables:
            raise BackupError(
                f"the dump of the site {self.name} is not complete: it has {tables} tables instead"
                f" of {self.tables}, or lacks its last line"
            )


def describe(name: str, text: bytes) -> Description:
    """Return the description in NAME.json; raise BackupError for anything else."""
    try:
        document = json.loads(text)
        fields = [document[field] for field in FIELDS]
    except (ValueError, KeyError, TypeError):
        fields = []
    if not fields or not all(type(field) is int and field >= 0 for field in fields):
        raise BackupError(f"the description of the dump of the site {name} is invalid: {text!r}")
    return Description(name, *fields)


def read_pair(
    folder: Path, name: str, sleep: Callable[[float], None] = time.sleep
) -> tuple[Description, BinaryIO]:
    """Return the description and the open dump of one site; the two belong together.

    Nothing is read through a link: the blog's volume is not trusted. Raise BackupError
    without a dump, or when the two files do not fit together for seconds.
    """
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise BackupError(f"the site {name} has no dump: {error}") from error
    try:
        for _ in range(TRIES):
            pair = _read_once(handle, name)
            if isinstance(pair, tuple):
                return pair
            sleep(PAUSE_SECONDS)
    finally:
        os.close(handle)
    raise BackupError(
        f"the site {name} has no dump: {pair}; `dump_databases` in the blog makes one"
    )


def _read_once(folder: int, name: str) -> tuple[Description, BinaryIO] | str:
    """Return the pair, or the reason why it cannot be read at this moment."""
    try:
        with _open(folder, f"{name}.json") as file:
            description = describe(name, file.read(MAX_DESCRIPTION_BYTES))
        dump = _open(folder, f"{name}.sql.gz")
    except OSError as error:
        return str(error)
    size = os.fstat(dump.fileno()).st_size
    if size and size == description.size:
        return description, dump
    dump.close()
    return f"{name}.sql.gz has {size} bytes instead of {description.size}"


def _open(folder: int, name: str) -> BinaryIO:
    """Open a regular file; O_NONBLOCK, or a pipe of that name would block."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    file = os.fdopen(os.open(name, flags, dir_fd=folder), "rb")
    if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        return file
    file.close()
    raise OSError(f"{name} must be a file")


def _content(file: Path) -> tuple[int, bytes]:
    """Return the number of tables and the last line."""
    tables, last, is_start = 0, b"", True
    with gzip.open(file) as content:
        # In pieces: a line may be of any length.
        while piece := content.readline(CHUNK_BYTES):
            if is_start:
                tables += piece.startswith(b"CREATE TABLE ")
                last = piece
            is_start = piece.endswith(b"\n")
    return tables, last
