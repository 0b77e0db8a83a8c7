"""Prepare the stores once: ``python -m qlines.init``; ends with status 0, safe to run twice."""

import os
import sys
from functools import partial

from qlines import logs
from qlines.clients import mongodb
from qlines.clock import SystemClock
from qlines.errors import QLinesError
from qlines.heartbeat import Heartbeat
from qlines.init.first_admin import ensure_first_admin
from qlines.init.password_file import password_of
from qlines.init.prepare import prepare_all
from qlines.init.stores import PREPARE, needed
from qlines.retry import wait_for_store
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store.data_version import check_and_record


def main() -> int:
    """Read the settings, prepare what the roles need, tell the first admin's password once."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    try:
        run(settings)
    except QLinesError as error:
        sys.stderr.write(f"init ends: {error}\n")
        return 1
    return 0


def run(settings: Settings) -> None:
    """Do everything in order; raise QLinesError when something can never succeed."""
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "init", clock)
    check_and_record(settings.data_dir)
    stores = needed(settings.roles)
    tasks = {store: partial(PREPARE[store], settings) for store in stores}
    prepare_all(tasks, clock=clock, heartbeat=heartbeat, should_stop=lambda: stop.is_set)
    if "mongodb" in stores:
        wait_for_store(lambda: _first_admin(settings), stop=stop, clock=clock, heartbeat=heartbeat)
    Heartbeat(settings.run_dir, "init", clock).beat(f"prepared {', '.join(stores) or 'nothing'}")


def _first_admin(settings: Settings) -> None:
    password, was_made = password_of(settings, os.environ)
    db = mongodb.connect(settings.mongodb)
    try:
        if ensure_first_admin(db, settings.admin_email, password):
            shown = f"password {password}" if was_made else "the password that was set"
            sys.stdout.write(f"The first admin is {settings.admin_email}, {shown}.\n")
            sys.stdout.flush()
    finally:
        db.client.close()


if __name__ == "__main__":
    sys.exit(main())
