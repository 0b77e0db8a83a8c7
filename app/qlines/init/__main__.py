"""Prepare the stores once: ``python -m qlines.init``; idempotent, ends with status 0 when done."""

import os
import sys
from collections.abc import Callable
from functools import partial

from appliance.shared import twin
from qlines import logs
from qlines.canary_account import ENDS
from qlines.clients import mongodb
from qlines.clock import Clock, SystemClock, utc_datetime
from qlines.errors import QLinesError
from qlines.heartbeat import Heartbeat
from qlines.init.admin_password import first_admin_password
from qlines.init.backup_password import show_backup_password
from qlines.init.canary_secrets import canary_secrets
from qlines.init.first_admin import ensure_first_admin
from qlines.init.one_node import one_node
from qlines.init.prepare import prepare_all
from qlines.init.shared_mongodb import skipped_without_primary
from qlines.init.stores import PREPARE, stores_for, try_redis
from qlines.retry import wait_for_store
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store import canary_account
from qlines.store.data_version import check_and_record
from qlines.store.lease import Lease


def main() -> int:
    """Read the settings, prepare the stores, and return the exit status."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    try:
        run(settings)
    except QLinesError as error:
        sys.stderr.write(f"init failed: {error}\n")
        return 1
    except SystemExit:
        return 1  # asked to stop: supervisord must not take an unfinished init for a finished one
    return 0


def run(settings: Settings) -> None:
    """Prepare what this container's roles need, and add the first admin and the canary.

    Raise QLinesError when a retry cannot help, and SystemExit when asked to stop.
    """
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "init", clock)
    check_and_record(settings.data_dir)
    show_backup_password(settings, os.environ, sys.stdout)
    stores = stores_for(settings.roles)
    tasks = {store: _task(store, settings, clock) for store in stores}
    try_redis(settings)
    prepare_all(tasks, stop=stop, clock=clock, heartbeat=heartbeat)
    if "mongodb" in stores:
        wait_for_store(
            lambda: _prepare_accounts(settings, clock), stop=stop, clock=clock, heartbeat=heartbeat
        )
    # A new one, because the last beat may be less than a second ago.
    Heartbeat(settings.run_dir, "init", clock).beat(f"prepared {', '.join(stores) or 'nothing'}")


def _task(store: str, settings: Settings, clock: Clock) -> Callable[[], None]:
    """Return what prepares the store; of several nodes one at a time does it.

    MongoDB has the leases, and all may prepare it at the same time.
    """
    prepare = partial(PREPARE[store], settings)
    if not settings.node or store == "mongodb":
        return prepare
    db = mongodb.connect(settings.mongodb)
    return one_node(store, prepare, Lease(db, f"init {store}", settings.node, clock))


def _prepare_accounts(settings: Settings, clock: SystemClock) -> None:
    if not twin.is_paired(settings.data_dir):
        _ensure_accounts(settings, clock)
        return
    with skipped_without_primary(settings, clock, "the first admin"):
        _ensure_accounts(settings, clock)


def _ensure_accounts(settings: Settings, clock: SystemClock) -> None:
    """Add the first admin and the canary's account."""
    password = first_admin_password(settings, os.environ)
    db = mongodb.connect(settings.mongodb)
    try:
        if ensure_first_admin(db, settings.admin_email, password.text):
            hint = f"password {password.text}" if password.is_generated else "the password you set"
            sys.stdout.write(f"The first admin is {settings.admin_email}, {hint}.\n")
            sys.stdout.flush()
        if settings.roles.issuperset(ENDS):
            canary = canary_secrets(settings.data_dir)
            now = utc_datetime(clock.now_us())
            canary_account.ensure(db, canary.token, canary.api_key, now=now)
    finally:
        db.client.close()


if __name__ == "__main__":
    sys.exit(main())
