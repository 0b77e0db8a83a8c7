"""Kafka: mend the small files without which it does not start, or forgets its topics.

It mends its logs itself: after an unclean stop it reads the last segments and cuts what is
corrupt, rebuilds indexes, and does without checkpoints. ingest and the writer notice when
records are gone (ingest/published.py, writer/rewind.py).
"""

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.shared.files import is_blank, set_aside
from qlines.repair.copies import (
    forget_missing,
    is_corrupt_log,
    restore_missing,
    restore_or_copy,
)

METADATA = "__cluster_metadata-0"
# The controller's own topic has the same id in every cluster (org.apache.kafka.common.Uuid).
METADATA_ID = "version: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAAQ"

TEXT = re.compile(rb"[\n -~]*")

Note = Callable[[str], None]


def repair(data_dir: Path, note: Note) -> None:
    """Restore what has a copy; set aside, or write again, what has none."""
    folder, copies = data_dir / "kafka", data_dir / "kafka-copies"
    if not folder.exists():
        return
    patterns = ("meta.properties", "bootstrap.checkpoint", "*-[0-9]*/partition.metadata")
    small = [file for pattern in patterns for file in folder.glob(pattern)]
    restore_missing(folder, copies / "small", note)
    restore_or_copy(folder, copies / "small", _relative(small, folder), note)
    # Without its records Kafka deletes the topics' partitions, which it takes for leftovers.
    logs = _relative(folder.glob(f"{METADATA}/*.log"), folder)
    forget_missing(folder, copies / "metadata")
    restore_or_copy(folder, copies / "metadata", logs, note, is_corrupt_log)
    _repair_metadata(folder / METADATA, note)
    _set_aside_checkpoints(folder, note)
    _repair_format(folder, note)
    _set_aside_partitions(folder, data_dir, note)


def _relative(files: Iterable[Path], folder: Path) -> list[str]:
    return [str(file.relative_to(folder)) for file in files]


def _repair_metadata(folder: Path, note: Note) -> None:
    if not folder.exists():
        return
    identity, quorum = folder / "partition.metadata", folder / "quorum-state"
    if not identity.exists() or is_blank(identity):
        identity.write_text(METADATA_ID)
        note(f"wrote {identity} again, which was corrupt")
    if quorum.exists() and not _is_json(quorum):
        note(f"set aside {set_aside(quorum)}, which was corrupt; Kafka writes it again")


def _set_aside_checkpoints(folder: Path, note: Note) -> None:
    """Set aside checkpoints that are no text, which Kafka refuses; it does without them."""
    for pattern in ("*-checkpoint", "*/leader-epoch-checkpoint"):
        for file in folder.glob(pattern):
            if not TEXT.fullmatch(file.read_bytes()):
                note(f"set aside {set_aside(file)}, which was corrupt; Kafka does without it")


def _repair_format(folder: Path, note: Note) -> None:
    """Set the identity of the log folder aside when it is corrupt; the start formats it again."""
    properties, bootstrap = folder / "meta.properties", folder / "bootstrap.checkpoint"
    if not properties.exists():
        return
    is_complete = b"node.id=" in properties.read_bytes()
    if not (is_complete and bootstrap.exists() and not is_blank(bootstrap)):
        note(f"set aside {set_aside(properties)}, which was corrupt; it is written again")


def _set_aside_partitions(folder: Path, data_dir: Path, note: Note) -> None:
    """Set aside partitions whose identity is corrupt, and was never copied."""
    for identity in folder.glob("*-*/partition.metadata"):
        if b"topic_id: " not in identity.read_bytes():
            partition = identity.parent
            aside = data_dir / "kafka-copies" / partition.name
            partition.replace(aside)
            note(
                f"set aside {set_aside(aside)}, a partition of unknown topic; what Kafka had not "
                "passed on is lost, except for the last 90 s, which are published again"
            )


def _is_json(file: Path) -> bool:
    try:
        json.loads(file.read_bytes())
    except ValueError:
        return False
    return True
