"""Write stunnel's configuration, then become stunnel: ``python -m ha.links``.

With ``--write`` it writes the configuration only: a SIGHUP then makes the running stunnel read it,
and the certificates, again. Exit status 2 and one sentence without a pairing.
"""

import os
import sys
from pathlib import Path

from appliance.shared import twin
from appliance.shared.files import write_atomically
from ha.links.stunnel import configuration

DATA = Path("/data")
FILE = Path("/run/qlines/links.conf")
STUNNEL = "/usr/bin/stunnel4"


def main(arguments: list[str], data: Path = DATA, file: Path = FILE) -> int:
    """Write the configuration; return 2 when there is no pairing that can be understood."""
    try:
        pairing = twin.read(data)
    except twin.TwinError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if pairing is None:
        sys.stderr.write(f"{data / twin.FOLDER / twin.FILE} is missing: this VM has no twin\n")
        return 2
    write_atomically(file, configuration(pairing, data / twin.FOLDER))
    if arguments != ["--write"]:
        os.execv(STUNNEL, [STUNNEL, str(file)])  # noqa: S606 - it replaces this process
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
