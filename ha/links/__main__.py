"""Write stunnel's configuration, then become stunnel: ``python -m ha.links``.

A SIGHUP then makes it read the configuration and the certificates again. Exit status 2 and one
sentence without a pairing.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from appliance.shared import twin
from appliance.shared.files import write_atomically
from ha.links.stunnel import configuration

DATA = Path("/data")
FILE = Path("/run/qlines/links.conf")
STUNNEL = "/usr/bin/stunnel4"


def main(
    data: Path = DATA, file: Path = FILE, become: Callable[[str, list[str]], object] = os.execv
) -> int:
    """Write the configuration and start stunnel; return 2 without a pairing that is valid."""
    try:
        pairing = twin.read(data)
    except twin.TwinError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if pairing is None:
        sys.stderr.write(f"{data / twin.FOLDER / twin.FILE} is missing: this VM has no twin\n")
        return 2
    write_atomically(file, configuration(pairing, data / twin.FOLDER))
    become(STUNNEL, [STUNNEL, str(file)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
