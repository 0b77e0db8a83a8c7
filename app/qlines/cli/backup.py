"""`qlines backup`: make, list, verify, restore and drill backups."""

import argparse
import signal
from datetime import UTC, datetime
from typing import Any

from backup import create, drill, prune, recover, restore, verify
from backup import list as listing
from backup.catalog import NEWEST
from backup.counts import in_words
from backup.lock import only_one
from backup.places import Places
from backup.progress import Progress, megabytes
from backup.restore import Options
from qlines.backup_record import Backup
from qlines.cli.console import DONE, FAILED, counted, table
from qlines.cli.context import Context


def add_parser(groups: Any) -> None:
    """Add the commands `qlines backup …`."""
    group = groups.add_parser("backup", help="make, list, verify, restore and drill backups")
    verbs = group.add_subparsers(metavar="VERB", required=True)
    making = verbs.add_parser("create", help="make a backup now")
    making.add_argument(
        "--accept-smaller", action="store_true", help="even if it holds much less than the last one"
    )
    _add(making, run_create)
    _add(verbs.add_parser("list", help="list the backups, the oldest first"), run_list)
    checking = verbs.add_parser("verify", help="read every byte of the repository")
    checking.add_argument("id", metavar="ID", nargs="?", default=NEWEST)
    _add(checking, run_verify)
    _add_restore(verbs)
    drilling = verbs.add_parser("drill", help="restore in a scratch place, and throw it away")
    drilling.add_argument("id", metavar="ID", nargs="?", default=NEWEST)
    _add(drilling, run_drill)
    _add(verbs.add_parser("prune", help="delete what QLINES_BACKUP_KEEP does not keep"), run_prune)
    mending = verbs.add_parser("recover", help="mend what a killed restore left")
    mending.add_argument("--offline", action="store_true", help="before the programs start")
    _add(mending, run_recover)


def _add_restore(verbs: Any) -> None:
    parser = verbs.add_parser("restore", help="bring a backup back")
    parser.add_argument("id", metavar="ID", help="from `qlines backup list`, or latest")
    parser.add_argument(
        "--only", metavar="PART", help="clickhouse, mongodb, redis, blog, secrets or device:ID"
    )
    parser.add_argument(
        "--with-jobs", action="store_true", help="queue the jobs again that waited then"
    )
    parser.add_argument("--yes", action="store_true", help="replace the data that are here")
    parser.add_argument("--no-lock", action="store_true", help="the repository is read-only")
    _add(parser, run_restore)


def _add(parser: argparse.ArgumentParser, run: Any) -> None:
    parser.add_argument("--scheduled", action="store_true", help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run_create(args: argparse.Namespace, context: Context) -> int:
    """Make a backup; raise BackupError when it is not a good one."""
    _end_on_sigterm()
    made = create.run(
        context.settings, context.clock, Progress(), accepts_smaller=args.accept_smaller
    )
    line = (
        f"backup {made.id}: {megabytes(made.bytes)}, {megabytes(made.bytes_added)} of them new,"
        f" in {made.seconds:.0f} s ({_in_words(dict(made.counts))})"
    )
    context.console.answer(backup_json(made), [line, *made.missing])
    return DONE


def run_list(_args: argparse.Namespace, context: Context) -> int:
    """List the backups."""
    listed = listing.run(context.settings)
    documents = [
        {**item._asdict(), "time": _iso(item.at), "at": round(item.at * 1000)} for item in listed
    ]
    rows = [
        (item.id, _iso(item.at), megabytes(item.bytes), item.problem or _in_words(item.counts))
        for item in listed
    ]
    context.console.answer(documents, table(("ID", "TIME", "SIZE", "HOLDS"), rows))
    return DONE


def run_verify(args: argparse.Namespace, context: Context) -> int:
    """Verify the repository and one backup; raise BackupError for a fault."""
    with only_one(Places(context.settings.data_dir).lock):
        found = verify.run(context.settings, args.id)
    document = {"id": found.id, "ok": True, "time": _iso(found.at), "counts": found.counts}
    line = f"backup {found.id} of {_iso(found.at)} is complete, and every byte can be read"
    context.console.answer(document, [line])
    return DONE


def run_restore(args: argparse.Namespace, context: Context) -> int:
    """Restore a backup; raise BackupError with what was there untouched or put back."""
    _end_on_sigterm()
    options = Options(args.id, args.only, args.yes, args.with_jobs, args.no_lock)
    restored = restore.run(context.settings, context.clock, Progress(), options)
    line = (
        f"backup {restored.id} is back in {restored.seconds:.0f} s: {_in_words(restored.counts)};"
        f" its data are {_age(restored.data_age_seconds)} old"
    )
    context.noted(f"restored {args.only or 'everything'} from the backup {restored.id}")
    context.console.answer(restored._asdict(), [line, *restored.notes])
    return DONE


def run_drill(args: argparse.Namespace, context: Context) -> int:
    """Drill a backup; return FAILED when it cannot be restored."""
    _end_on_sigterm()
    drilled = drill.run(context.settings, context.clock, Progress(), args.id)
    document = {
        "id": drilled.drill.id,
        "ok": drilled.drill.ok,
        "seconds": drilled.drill.seconds,
        "data_age_seconds": round(drilled.drill.data_age_seconds),
        "counts": drilled.counts,
    }
    line = (
        f"backup {drilled.drill.id} can be restored, in {drilled.drill.seconds:.0f} s:"
        f" {_in_words(drilled.counts)}; its data are {_age(drilled.drill.data_age_seconds)} old"
    )
    context.console.answer(document, [line])
    return DONE if drilled.drill.ok else FAILED


def run_prune(_args: argparse.Namespace, context: Context) -> int:
    """Delete old backups."""
    with only_one(Places(context.settings.data_dir).lock):
        removed = prune.run(context.settings).removed
    context.console.answer({"removed": removed}, [f"deleted {counted(len(removed), 'backup')}"])
    return DONE


def run_recover(args: argparse.Namespace, context: Context) -> int:
    """Mend what a killed restore left."""
    sentence = recover.run(context.settings, context.clock, is_offline=args.offline)
    context.console.answer({"done": sentence}, [sentence])
    return DONE


def backup_json(made: Backup) -> dict[str, Any]:
    """Return a backup as the command prints it; *at* is epoch milliseconds."""
    return {
        **made._asdict(),
        "at": round(made.at * 1000),
        "counts": dict(made.counts),
        "time": _iso(made.at),
    }


def _end_on_sigterm() -> None:
    """Let SIGTERM clean up as Ctrl-C does."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(in_words(number, name) for name, number in counts.items())


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _age(seconds: float) -> str:
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"
