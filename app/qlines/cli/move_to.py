"""`qlines move-to FILE`: move everything to the stores that FILE describes, or back."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Any

from appliance.shared.settings import SettingsError
from qlines import move_record
from qlines.cli.console import DONE
from qlines.cli.context import Context
from qlines.errors import FieldError
from qlines.move_record import MOVED, Record
from qlines.moving import move, target_file
from qlines.settings import Settings

NO_MOVE = "nothing has moved, and no move is under way"
STDIN = "-"
NEXT = (
    "Devices still send over MQTT to this container, which keeps their messages in its volume.",
    "Start it now with the settings of the file and the same volume: put them into .env and run",
    "`make up`. It publishes what waits there.",
)


def add_parser(groups: Any) -> None:
    """Add the command `qlines move-to`."""
    parser = groups.add_parser(
        "move-to", help="move all data to other Kafka, MongoDB, ClickHouse and Redis, or back"
    )
    parser.add_argument(
        "file", metavar="FILE", nargs="?",
        help="the settings of the container that runs next, as in .env; - reads standard input",
    )  # fmt: skip
    verb = parser.add_mutually_exclusive_group()
    verb.add_argument("--copy", action="store_true", help="copy, and do not switch yet")
    verb.add_argument("--abandon", action="store_true", help="end a move that has not switched")
    verb.add_argument("--status", action="store_true", help="say how far it is")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace, context: Context) -> int:
    """Move, abandon or show; raise FieldError, SettingsError or MoveError for what cannot be."""
    if args.status:
        return _answer(context, move_record.read(context.settings.data_dir))
    if args.abandon:
        return _answer(context, move.abandon(context.settings, context.clock))
    if not args.file:
        raise FieldError("FILE", "must name a file with the settings of the target, or - for stdin")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # it ends as by Ctrl-C
    record = move.run(
        context.settings,
        _destination(args.file),
        say=context.console.note,
        clock=context.clock,
        copies_only=args.copy,
    )
    return _answer(context, record)


def _destination(name: str) -> Settings:
    """Return the target's settings; raise SettingsError with the file's name."""
    try:
        text = sys.stdin.read() if name == STDIN else Path(name).read_text()
        return target_file.settings_of(text, os.environ)
    except (OSError, UnicodeDecodeError) as error:
        raise FieldError("FILE", f"must be a text file that can be read: {error}") from None
    except SettingsError as error:
        raise SettingsError(f"{name}: {error}") from None


def _answer(context: Context, record: Record | None) -> int:
    document = record._asdict() if record else {"phase": None}
    context.console.answer(document, lines(record))
    return DONE


def lines(record: Record | None) -> list[str]:
    """Return how far a move is, and what to do next, as text."""
    if record is None:
        return [NO_MOVE]
    if record.phase == MOVED:
        return [f"Everything has moved in {record.pause_seconds:.1f} s without pages.", *NEXT]
    done = f"{len(record.done)} of {record.total} partitions, {record.copied:,} points"
    return [f"{record.phase}: {record.sentence} ({done})"]
