"""`recover`: mend what a killed restore left; the scheduler and the next start run it."""

import shutil

from backup.lock import only_one
from backup.places import Places
from backup.programs import PIPELINE, STORES, Programs
from backup.swap import Swap
from qlines import backup_record
from qlines.backup_record import SWAPPED, SWAPPING
from qlines.clock import Clock
from qlines.settings import Settings


def run(settings: Settings, clock: Clock, *, is_offline: bool = False) -> str:
    """Mend what a killed restore left, and return what was done, as a sentence.

    *is_offline*: supervisord does not run yet, so that nothing has to be stopped or started.
    """
    places = Places(settings.data_dir)
    with only_one(places.lock):
        journal = backup_record.read_restore(settings.data_dir)
        if journal is None:
            return "no restore was interrupted"
        swap = Swap(settings.data_dir)
        if journal.phase == SWAPPED:
            swap.finish()
            sentence = "the interrupted restore was complete"
        else:
            programs = Programs(settings.run_dir, settings.roles, clock)
            _undo(swap, programs, is_running=not is_offline and journal.phase == SWAPPING)
            sentence = "the interrupted restore was undone: what was there before serves"
        for folder in (places.scratch, places.tmp):
            shutil.rmtree(folder, ignore_errors=True)
        backup_record.end_restore(settings.data_dir)
        return sentence


def _undo(swap: Swap, programs: Programs, *, is_running: bool) -> None:
    if is_running:
        programs.stop([*PIPELINE, *STORES])
    swap.undo()
    if is_running:
        programs.start([*STORES, *reversed(PIPELINE)])
