"""Run the registry: ``python -m qlines.registry``."""

import os

from qlines import logs
from qlines.clients import mongodb
from qlines.clock import SystemClock
from qlines.heartbeat import Heartbeat
from qlines.registry.loop import RegistrySync
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store.registry_file import RegistryFileWriter


def main() -> None:
    """Read the settings, open the file, and follow MongoDB until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "registry", clock)
    file = RegistryFileWriter(settings.data_dir / "registry")
    db = mongodb.connect(settings.own_mongodb)
    sync = RegistrySync(db, file, heartbeat=heartbeat, clock=clock)
    run(sync.run_once, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=0.0)


if __name__ == "__main__":
    main()
