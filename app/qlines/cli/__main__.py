"""The `qlines` command: ``qlines --help``, or ``python -m qlines.cli``."""

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import closing

from appliance.shared.settings import SettingsError
from qlines.cli import (
    api_key,
    backup,
    command,
    device,
    health,
    maintenance,
    move_to,
    rules,
    twins,
    user,
)
from qlines.cli.console import DONE, FAILED, WRONG_USAGE, Console
from qlines.cli.context import Context
from qlines.cli.simulate import command as simulate
from qlines.clock import SystemClock
from qlines.errors import FieldError, QLinesError
from qlines.settings import Settings

GROUPS = (
    user, device, command, rules, api_key, simulate, health, maintenance, backup, twins, move_to,
)  # fmt: skip


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; ``--json`` may stand before or after them."""
    parser = argparse.ArgumentParser(
        "qlines",
        description="Manage users, devices, commands to them and API keys of this appliance, and "
        "check its health.",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON document instead of text"
    )
    groups = parser.add_subparsers(metavar="COMMAND", required=True)
    for group in GROUPS:
        group.add_parser(groups)
    _accept_json(parser)
    return parser


def _accept_json(parser: argparse.ArgumentParser) -> None:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for subparser in action.choices.values():
                subparser.add_argument(
                    "--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
                )
                _accept_json(subparser)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return 0 when done, 1 when it failed, 2 for wrong usage."""
    args = make_parser().parse_args(arguments)
    console = Console(with_json=args.json)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    try:
        settings = Settings.from_env(os.environ)
        with closing(Context(settings, console, SystemClock())) as context:
            status: int = args.run(args, context)
    except (SettingsError, FieldError) as error:
        console.error(str(error))
        return WRONG_USAGE
    except (QLinesError, OSError) as error:
        console.error(str(error))
        return FAILED
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return status or DONE


if __name__ == "__main__":
    sys.exit(main())
