"""The commands: ``python -m proxy prepare | control | renew | deploy | health``."""

import argparse
import http.client
import json
import logging
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from appliance.shared.settings import SettingsError
from ha import controller as ha
from proxy.acme_attempts import GOOD
from proxy.controller.certificates import deploy
from proxy.controller.program import Program
from proxy.controller.response import PORT
from proxy.errors import ProxyError
from proxy.settings import Settings


def main(arguments: Sequence[str]) -> int:
    """Run one command; return 0 for done, 1 for failed, 2 for wrong usage or settings."""
    parser = argparse.ArgumentParser(prog="qlines-proxy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("prepare", help="check the settings, make what nginx starts with")
    commands.add_parser("control", help="run the controller (supervisord does)")
    commands.add_parser("deploy", help="give nginx a new certificate (certbot does)")
    commands.add_parser("health", help="print /proxy-health; 1 when anything is wrong")
    renew = commands.add_parser("renew", help="renew now what is due, or all with --force")
    renew.add_argument("--force", action="store_true", help="also certificates that are not due")
    renew.add_argument("domains", nargs="*", help="only these domains")
    chosen = parser.parse_args(arguments)
    try:
        settings = Settings.from_env(os.environ)
        _configure_logging(settings.log_level)
        if chosen.command == "renew":
            return _renew(Program(settings), chosen.domains, force=chosen.force)
        return {"prepare": _prepare, "control": _control, "deploy": _deploy, "health": _health}[
            chosen.command
        ](Program(settings))
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except ProxyError as error:
        sys.stderr.write(f"{error}\n")
        return 1


def _configure_logging(level: str) -> None:
    form = "%(asctime)s %(levelname)s %(message)s"
    logging.basicConfig(
        stream=sys.stdout, level=level.upper(), format=form, datefmt="%Y-%m-%dT%H:%M:%S%z"
    )


def _prepare(program: Program) -> int:
    program.prepare()
    return 0


def _control(program: Program) -> int:
    """Run the proxy's loops, and with a twin that which decides for the pair."""
    settings = program.settings
    has_blog = bool(settings.blog_sites)
    program.run(partial(ha.run, settings.data_dir, settings.run_dir, has_blog=has_blog))
    return 0


def _deploy(program: Program) -> int:
    """Deploy the lineage that certbot names in its hook's environment."""
    deploy(program.files, Path(os.environ["RENEWED_LINEAGE"]).name)
    return 0


def _health(_program: Program) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
    connection.request("GET", "/proxy-health")
    document = json.loads(connection.getresponse().read())
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
    return 0 if document["status"] == "ok" else 1


def _renew(program: Program, wanted: Sequence[str], *, force: bool) -> int:
    """Renew by hand, and print the outcome for each domain."""
    known = {domain.name: domain for domain in program.settings.domains}
    unknown = set(wanted) - set(known)
    if unknown:
        raise ProxyError(f"the domains are {', '.join(known)}; got {', '.join(sorted(unknown))}")
    failed = False
    for domain in known.values():
        if wanted and domain.name not in wanted:
            continue
        if not program.certificate_manager.has_lineage(domain):
            sys.stdout.write(f"{domain.name}: no authority's certificate to renew\n")
            failed = failed or domain.name in wanted
            continue
        attempt = program.certificate_manager.renew(domain, force=force)
        sys.stdout.write(f"{domain.name}: {attempt.outcome}, {attempt.sentence}\n")
        failed = failed or attempt.outcome not in GOOD
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
