"""Report the blog's health and, with a twin, keep it what the pair wants: ``python3 -m blog``.

The two do not know each other. They share a process: a Python of its own would cost the second one
9 MB.
"""

import logging
import os
import threading
from pathlib import Path

from blog.health import server
from blog.twin import loop

log = logging.getLogger(__name__)

RUN = Path("/run/qlines")
DATA = Path("/data")


def main() -> None:
    """Run until the process ends; what blog.setup wrote for a twin says whether there is one."""
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    threading.excepthook = _end_with
    if (RUN / loop.FOLDER).is_dir():
        threading.Thread(target=loop.run, args=(RUN, DATA), daemon=True).start()
    server.serve(RUN, DATA)


def _end_with(failure: threading.ExceptHookArgs) -> None:
    """End the program with a thread that fails: supervisord restarts it, a thread stays dead."""
    log.critical("a thread failed", exc_info=failure.exc_value)
    os._exit(1)


if __name__ == "__main__":
    main()
