"""`qlines rules`: the alarm rules of a user as a file, and back."""

import argparse
from pathlib import Path
from typing import Any

from bson import ObjectId

from qlines.cli.console import DONE, FAILED, counted
from qlines.cli.context import Context
from qlines.cli.device_import import read_text
from qlines.clients import clickhouse
from qlines.clock import utc_datetime
from qlines.errors import QLinesError
from qlines.evaluation.state import State
from qlines.store import alarm_pairs, alarm_rule_file, alarm_rules, rule_import, rule_truth, users
from qlines.store.rule_import import Change, Plan

STDOUT = "-"


class UnwritableFileError(QLinesError):
    """The rules cannot be written there: most folders of the container are read-only."""


def add_parser(groups: Any) -> None:
    """Add the commands `qlines rules …`."""
    group = groups.add_parser("rules", help="export and import the alarm rules of a user")
    verbs = group.add_subparsers(metavar="COMMAND", required=True)
    export = verbs.add_parser("export", help="write the rules to a file, or print them")
    export.add_argument("file", metavar="FILE.yaml", nargs="?", default=STDOUT)
    export.set_defaults(run=run_export)
    taking = verbs.add_parser("import", help="add and change rules by name: all of them, or none")
    taking.add_argument(
        "--when-true-now", choices=rule_truth.WHEN_TRUE_NOW,
        help="what a rule that is true already does: raise an alarm, or only the next time",
    )  # fmt: skip
    taking.set_defaults(run=run_import)
    diff = verbs.add_parser("diff", help="show what importing the file would change")
    diff.set_defaults(run=run_diff)
    for parser in (taking, diff):
        parser.add_argument("file", metavar="FILE.yaml", help="the file; - for standard input")
    for parser in (export, taking, diff):
        parser.add_argument("--owner", metavar="EMAIL", required=True, help="whose rules")


def run_export(args: argparse.Namespace, context: Context) -> int:
    """Write the rules of a user; raise NotFoundError when there is no such user."""
    rules = list(map(alarm_rules.given, alarm_rules.of_owner(context.db, _owner(args, context))))
    text = alarm_rule_file.write(rules)
    if args.file == STDOUT:
        context.console.answer({"rules": rules}, [text.removesuffix("\n")])
    else:
        _write(args.file, text)
        line = f"wrote {counted(len(rules), 'rule')} to {args.file}"
        context.console.answer({"rules": rules}, [line])
    return DONE


def _write(file: str, text: str) -> None:
    try:
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise UnwritableFileError(
            f"{file} cannot be written: {error.strerror}; without a file the rules are printed, "
            "so that the shell can write them: … rules export --owner EMAIL >rules.yaml"
        ) from None


def run_diff(args: argparse.Namespace, context: Context) -> int:
    """Show what an import would change; return FAILED when the file has faults."""
    plan = rule_import.plan(context.db, _owner(args, context), read_text(args.file))
    difference = rule_import.difference(plan).splitlines()
    context.console.answer(rule_import.report(plan), [*difference, *lines(plan, "would be ")])
    return FAILED if plan.faults else DONE


def run_import(args: argparse.Namespace, context: Context) -> int:
    """Import the file; return FAILED, with nothing changed, when it has faults.

    Raise TrueNowError when a rule is true now and `--when-true-now` is not given.
    """
    owner = _owner(args, context)
    plan = rule_import.plan(context.db, owner, read_text(args.file))
    if plan.faults:
        nothing = Plan([], [], [], plan.faults)
        context.console.answer(rule_import.report(nothing), lines(nothing, ""))
        return FAILED
    alarm_pairs.check_room(context.db, owner, plan.changes, context.settings.alarm_pairs)
    states = rule_import.first_states(
        plan, lambda change: _first_states(change, owner, args.when_true_now, context)
    )
    now = utc_datetime(context.clock.now_us() // 1000 * 1000)  # MongoDB's are milliseconds
    rule_import.apply(context.db, owner, plan, now, states)
    if plan.changes:
        context.noted(f"imported alarm rules of {args.owner}: {rule_import.what(plan)}")
    context.console.answer(rule_import.report(plan), lines(plan, ""))
    return DONE


def _first_states(
    change: Change, owner: ObjectId, choice: str | None, context: Context
) -> dict[ObjectId, State]:
    fields, before = change
    if not rule_truth.begins(fields, before):
        return {}
    client = clickhouse.connect(context.settings.clickhouse)
    try:
        return rule_truth.first_states(
            context.db, client, owner, fields, choice, before, context.clock.now_us()
        )
    finally:
        client.disconnect()


def lines(plan: Plan, verb: str) -> list[str]:
    """Return the report as text; *verb* comes before "added"."""
    faults = [
        f"line {fault.line}{fault.rule and f', {fault.rule}'}: {fault.reason}"
        for fault in plan.faults
    ]
    if faults and not plan.changes:
        return [*faults, "nothing was imported: correct these lines"]
    summary = (
        f"{verb}added {len(plan.added)}, {verb}changed {len(plan.changed)}, "
        f"unchanged {len(plan.unchanged)}, not in the file and kept {len(plan.kept)}"
    )
    return [*faults, summary]


def _owner(args: argparse.Namespace, context: Context) -> ObjectId:
    return users.find_by_email(context.db, args.owner)["_id"]
