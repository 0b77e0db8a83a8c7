"""Keep this blog what the pair of VMs wants it to be: ``python -m blog.twin``, only with a twin.

blog.setup has written what it reads, in /run/qlines/twin.
"""

import json
import logging
import time
from pathlib import Path

from appliance.shared import twin
from blog.twin.controller import Controller, Parts
from blog.twin.copy import Copy
from blog.twin.files import FilePull, Source
from blog.twin.kept import FOLDER, Kept
from blog.twin.mariadb import Mariadb
from blog.twin.marks import RunMarks
from blog.twin.role import RoleAsker, Word, ask_proxy

RUN = Path("/run/qlines")
DATA = Path("/data")
PASS_SECONDS = 2.0
# While this side is becoming the primary.
SOON_SECONDS = 0.5


def main() -> None:
    """Read the settings, then run forever."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    settings = json.loads((RUN / "twin" / "settings.json").read_text())
    controller = Controller(_parts(settings), settings["sync_seconds"])
    asker = RoleAsker(ask_proxy)
    asker.ask_once()
    asker.start()
    while True:
        asker.changed.clear()
        is_soon = controller.pass_once(lambda: asker.word)
        asker.changed.wait(_rest_seconds(asker.word, time.monotonic(), is_soon=is_soon))


def _rest_seconds(word: Word, now: float, *, is_soon: bool) -> float:
    """Return when to look again; at once when a permission ends, so nothing is written after it."""
    rest = SOON_SECONDS if is_soon else PASS_SECONDS
    return min(rest, word.until - now) if word.until > now else rest


def _parts(settings: dict[str, str]) -> Parts:
    own, other = Mariadb(RUN / "mariadb" / "root.cnf"), Mariadb(RUN / "twin" / "other.cnf")
    names = (RUN / "sites" / "names").read_text().split()
    source = Source(settings["files_url"], RUN / "twin" / "rsync_password")
    kept = Kept(DATA / FOLDER)
    awaited, followed = (DATA / twin.FOLDER / name for name in (twin.COPY_AWAITED, twin.FOLLOWED))
    return Parts(
        own=own,
        other=other,
        other_at=settings,
        copy=Copy(own, other, kept, awaited, RUN / "tables.lock"),
        files=FilePull(source, DATA / "sites", kept, followed),
        kept=kept,
        marks=RunMarks(RUN, names),
        state_file=RUN / "twin" / "state.json",
    )


if __name__ == "__main__":
    main()
