"""Move secrets out of the environment into files, before any program is started with it.

A program's environment is inherited by all that it starts, and shows in /proc, in core dumps and in
what a program prints about itself. The names of the files take the place of the values.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from appliance.shared.files import write_atomically
from appliance.shared.settings import PREFIX, Setting

FOLDER = "secrets"


def move_to_files(table: Iterable[Setting], env: Mapping[str, str], run_dir: Path) -> list[str]:
    """Write each secret that *env* holds to a file in *run_dir*; return a shell's assignments.

    The folder is in memory: a secret that the operator passes no longer is gone after a restart.
    """
    lines = []
    for name in (PREFIX + item.name for item in table if item.is_secret):
        value = env.get(name, "").strip()
        if value:
            file = run_dir / FOLDER / name.removeprefix(PREFIX).lower()
            write_atomically(file, value, mode=0o600)
            lines.append(f"unset {name}; export {name}_FILE='{file}'\n")
    return lines
