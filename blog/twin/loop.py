"""Keep this blog what the pair of VMs wants it to be, pass after pass.

blog.setup has written what it reads, in /run/qlines/twin.
"""

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path

from appliance.shared import twin
from blog.twin.controller import Controller, Parts
from blog.twin.copy import Copy
from blog.twin.files import FilePull, Source
from blog.twin.kept import FOLDER as KEPT
from blog.twin.kept import Kept
from blog.twin.mariadb import Mariadb
from blog.twin.marks import RunMarks
from blog.twin.role import RoleAsker, Word, ask_proxy

log = logging.getLogger(__name__)

FOLDER = "twin"  # in the run folder, where there is a twin
PASS_SECONDS = 2.0
# While this side is becoming the primary.
SOON_SECONDS = 0.5


def run(run_dir: Path, data: Path) -> None:
    """Read the settings, then run forever; *run_dir* and *data* are the blog's folders."""
    settings = json.loads((run_dir / FOLDER / "settings.json").read_text())
    controller = Controller(_parts(settings, run_dir, data), settings["sync_seconds"])
    asker = RoleAsker(ask_proxy)
    asker.ask_once()
    asker.start()
    while True:
        asker.changed.clear()
        is_soon = attempt(controller, lambda: asker.word)
        asker.changed.wait(_rest_seconds(asker.word, time.monotonic(), is_soon=is_soon))


def attempt(controller: Controller, word: Callable[[], Word]) -> bool:
    """Return whether more will be due in a moment.

    A pass that fails is logged and repeated: the health report, which is of the same process,
    continues, and says that nothing is heard of the twin any more.
    """
    try:
        return controller.pass_once(word)
    except Exception:
        log.exception("this blog could not do its part of the pair")
        return False


def _rest_seconds(word: Word, now: float, *, is_soon: bool) -> float:
    """Return when to look again; at once when a permission ends, so nothing is written after it."""
    rest = SOON_SECONDS if is_soon else PASS_SECONDS
    return min(rest, word.until - now) if word.until > now else rest


def _parts(settings: dict[str, str], run_dir: Path, data: Path) -> Parts:
    folder = run_dir / FOLDER
    own, other = Mariadb(run_dir / "mariadb" / "root.cnf"), Mariadb(folder / "other.cnf")
    names = (run_dir / "sites" / "names").read_text().split()
    kept = Kept(data / KEPT)
    awaited, followed = (data / twin.FOLDER / name for name in (twin.COPY_AWAITED, twin.FOLLOWED))
    source = Source(settings["files_url"], folder / "rsync_password")
    return Parts(
        own=own,
        other=other,
        other_at=settings,
        copy=Copy(own, other, kept, awaited, run_dir / "tables.lock"),
        files=FilePull(source, data / "sites", kept, followed),
        kept=kept,
        marks=RunMarks(run_dir, names),
        state_file=folder / "state.json",
    )
