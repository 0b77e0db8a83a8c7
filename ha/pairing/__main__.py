"""The steps of a pairing for `ha/twin.sh`, with the volumes of the machine at /vm/PART.

``invite``  reads the settings from standard input, NAME=value a line; prints the invitation, and
            its passphrase on standard error
``join``    reads the passphrase, the invitation and .env, one after the other; prints the new .env
``check``   reads the passphrase and the invitation, and prints what a join means for the data of
            this VM (`steps.Joining`); it changes nothing
``witness`` reads the passphrase and the invitation
``leave``   ends the pairing on this machine

Exit status 2 and one sentence on standard error when a step cannot be done. One that was cut short
can be repeated: twin.json of the app, with which a pairing takes effect, is written last.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

from ha.pairing import equal_settings, sealed, steps
from ha.pairing.errors import PairingError
from ha.pairing.volumes import Volumes

ROOT = Path("/vm")


def main(arguments: list[str], stdin: TextIO = sys.stdin, root: Path = ROOT) -> int:
    """Run one step; return the exit status."""
    args = _parser().parse_args(arguments)
    volumes = Volumes(root)
    try:
        if args.step == "invite":
            _invite(volumes, args, stdin)
        elif args.step == "leave":
            volumes.leave()
        else:
            _accept(volumes, args, stdin)
    except (PairingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m ha.pairing")
    commands = parser.add_subparsers(dest="step", required=True)
    invite = commands.add_parser("invite")
    for name in ("self", "peer", "witness"):
        invite.add_argument(f"--{name}", default="")
    invite.add_argument("--revoke", action="store_true")
    for name in ("check", "join"):
        commands.add_parser(name).add_argument("--replace", action="store_true")
    commands.add_parser("witness")
    commands.add_parser("leave")
    return parser


def _invite(volumes: Volumes, args: argparse.Namespace, stdin: TextIO) -> None:
    # As the shell has them: a value in quotes has these quotes.
    environment = dict(line.rstrip("\n").partition("=")[::2] for line in stdin)
    names = steps.Names(args.self, args.peer, args.witness)
    now = datetime.now(UTC)
    written = steps.invite(volumes, names, environment, now, is_revoking=args.revoke)
    sys.stdout.write(written.text)
    sys.stderr.write(f"{written.passphrase}\n")


def _accept(volumes: Volumes, args: argparse.Namespace, stdin: TextIO) -> None:
    passphrase = stdin.readline().rstrip("\n")
    text, env_file = sealed.split(stdin.read())
    invitation = steps.opened(text, passphrase)
    if args.step == "witness":
        steps.witness(volumes, invitation)
    elif args.step == "check":
        how = steps.joining(volumes, invitation, is_replacing=args.replace)
        sys.stdout.write(f"{how}\n")
    else:
        environment = equal_settings.read(env_file.splitlines())
        steps.join(volumes, invitation, environment, is_replacing=args.replace)
        sys.stdout.write(equal_settings.merged(env_file, invitation.settings))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
