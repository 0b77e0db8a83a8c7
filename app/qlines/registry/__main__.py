"""Run the registry's keeper: ``python -m qlines.registry``."""

import os

from qlines import logs
from qlines.alive import Alive
from qlines.clients import mongodb
from qlines.clock import SystemClock
from qlines.registry.loop import RegistryKeeper
from qlines.runloop import Stop, run
from qlines.settings import Settings
from qlines.store.registry_file import RegistryFileWriter


def main() -> None:
    """Read the settings, open the file, turn until told to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    alive = Alive(settings.run_dir, "registry", clock)
    file = RegistryFileWriter(settings.data_dir / "registry")
    keeper = RegistryKeeper(mongodb.connect(settings.mongodb), file, alive=alive, clock=clock)
    run(keeper.turn, stop=stop, clock=clock, alive=alive, rest_seconds=0.0)


if __name__ == "__main__":
    main()
