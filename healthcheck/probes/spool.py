"""Look at the spool's folders: how much is kept, and how much of it Kafka does not have yet."""

from pathlib import Path

from healthcheck.observations import Spool

WRITERS = ("mqtt", "http")
SEGMENT_SUFFIX = ".seg"


def spools(data_dir: Path) -> dict[str, Spool]:
    """Return each writer's part of the spool; a folder that is not there yet is empty."""
    return {writer: spool(data_dir / "spool" / writer) for writer in WRITERS}


def spool(folder: Path) -> Spool:
    """Measure one folder; segments that vanish meanwhile have been taken over by Kafka."""
    sizes: dict[int, int] = {}
    if folder.is_dir():
        for file in folder.glob(f"*{SEGMENT_SUFFIX}"):
            try:
                sizes[int(file.stem)] = file.stat().st_size
            except (OSError, ValueError):
                continue
    return Spool(sum(sizes.values()), unread_bytes(sizes, cursor(folder)), len(sizes))


def cursor(folder: Path) -> tuple[int, int]:
    """Return segment and offset up to which Kafka has everything."""
    try:
        segment, offset = (folder / "cursor").read_text().split()
        return int(segment), int(offset)
    except (OSError, ValueError):
        return 0, 0


def unread_bytes(sizes: dict[int, int], position: tuple[int, int]) -> int:
    """Return how many bytes lie behind the cursor; *sizes* is by segment number."""
    segment, offset = position
    return sum(
        max(0, size - offset) if number == segment else size
        for number, size in sizes.items()
        if number >= segment
    )
