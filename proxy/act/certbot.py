"""Order and renew certificates with certbot, one at a time across processes."""

import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from proxy.settings import Settings

log = logging.getLogger(__name__)

CERTBOT = "/usr/bin/certbot"
MAX_SECONDS = 300
# Lines of certbot's output that do not say the cause.
NOISE = (
    "Ask for help", "Saving debug log", "See the logfile", "Hint:",
    "Certbot failed to authenticate",
    "Some challenges have failed", "- - -", "Please see the logfile", "An unexpected error",
    "All renewals failed", "The following renewals failed", "1 renew failure", "Processing /",
    "Requesting a certificate", "Account registered", "Renewing an existing", "No simulated",
    "/data/letsencrypt/live",
)  # fmt: skip


class Outcome(NamedTuple):
    """Whether certbot succeeded; *sentence* is the cause when it did not."""

    is_ok: bool
    sentence: str


def order(settings: Settings, domain: str, names: Sequence[str]) -> Outcome:
    """Order a certificate with these names."""
    return run([*order_arguments(settings, domain, names)], settings)


def renew(settings: Settings, domain: str, *, force: bool) -> Outcome:
    """Let certbot renew a certificate if it is due, or in any case with *force*."""
    return run([*renew_arguments(settings, domain, force=force)], settings)


def order_arguments(settings: Settings, domain: str, names: Sequence[str]) -> Iterator[str]:
    """Return certbot's arguments for an order."""
    yield from ("certonly", "--webroot", "--webroot-path", str(settings.run_dir / "acme"))
    yield from ("--cert-name", domain, "--key-type", "ecdsa", "--expand")
    for name in names:
        yield from ("--domain", name)
    yield from ("--agree-tos", "--no-eff-email", "--email", settings.acme_email)
    # When the setting names another authority, a certificate is ordered although there is one.
    yield from ("--server", settings.acme_server, "--force-renewal")
    yield from _common(settings)


def renew_arguments(settings: Settings, domain: str, *, force: bool) -> Iterator[str]:
    """Return certbot's arguments for a renewal; the authority is the one that issued it."""
    yield from ("renew", "--cert-name", domain, "--no-random-sleep-on-renew")
    if force:
        yield "--force-renewal"
    yield from _common(settings)


def _common(settings: Settings) -> Iterator[str]:
    yield from ("--non-interactive", "--deploy-hook", f"{sys.executable} -m proxy deploy")
    yield from ("--config-dir", str(settings.data_dir / "letsencrypt"))
    yield from ("--work-dir", str(settings.run_dir / "certbot"))
    yield from ("--logs-dir", str(settings.run_dir / "certbot"), "--max-log-backups", "0")


def run(arguments: list[str], settings: Settings) -> Outcome:
    """Run certbot until it ends; the caller holds the lock."""
    environment = dict(os.environ)
    if settings.acme_ca_file:
        environment["REQUESTS_CA_BUNDLE"] = settings.acme_ca_file
    try:
        result = subprocess.run(  # noqa: S603 - our own arguments, no shell
            [CERTBOT, *arguments], env=environment, stdin=subprocess.DEVNULL, check=False,
            capture_output=True, text=True, errors="replace", timeout=MAX_SECONDS,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Outcome(False, f"certbot did not finish within {MAX_SECONDS} s")
    output = result.stdout + result.stderr
    log.debug("certbot %s ended with %s: %s", arguments[0], result.returncode, output)
    return Outcome(result.returncode == 0, cause(output))


def cause(output: str) -> str:
    """Return the lines that say why certbot failed, as one sentence of at most 400 characters."""
    lines = [line.strip() for line in output.splitlines()]
    relevant = [line for line in lines if line and not line.startswith(NOISE)]
    details = [line for line in relevant if line.startswith("Detail:")]
    return " ".join(details or relevant[-3:])[:400]


@contextmanager
def exclusive(run_dir: Path) -> Iterator[None]:
    """Hold the lock of everything that calls certbot or writes the state."""
    with (run_dir / "certbot.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
