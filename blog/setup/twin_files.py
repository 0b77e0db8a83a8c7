"""Write what the programs of a VM with a twin read; remove what they left, without one."""

import json
import shutil
from collections.abc import Iterable
from pathlib import Path
from string import Template

from appliance.shared.twin import ADDRESSES, COPY_AWAITED, FOLDER, SERVICES, SIDES, Twin
from blog.setup.secret_files import derived_password

# The same user at MariaDB and rsync, and at both sides.
USER = "qlines_twin"
# MariaDB's binary logs, which exist only with a twin.
BINLOG = "binlog"
FOLDER_OF_RUN = "twin"
# What the derived passwords are for.
DATABASE, FILES = "database of the twin", "files of the twin"


def write(twin: Twin, root_password: str, sync_seconds: int, templates: Path, run: Path) -> None:
    """Write configuration and passwords below *run*, /run/qlines; *templates* is blog/etc."""
    folder = run / FOLDER_OF_RUN
    folder.mkdir(parents=True, exist_ok=True)
    values = {
        "address": twin.address,
        "server_id": str(SIDES.index(twin.side) + 1),
        "user": USER,
    }
    for template, target in (
        (templates / "mariadb" / "twin.cnf", run / "mariadb" / "twin.cnf"),
        (templates / "rsyncd.conf", folder / "rsyncd.conf"),
    ):
        target.write_text(Template(template.read_text()).substitute(values))
    password = derived_password(root_password, FILES)
    (folder / "rsync_password").write_text(f"{password}\n")
    (folder / "rsyncd.secrets").write_text(f"{USER}:{password}\n")
    settings = other_side(twin, root_password, sync_seconds)
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "other.cnf").write_text(
        "[client]\nprotocol=tcp\nskip_ssl\n"
        + "".join(f"{name}={settings[name]}\n" for name in ("host", "port", "user", "password"))
    )
    (folder / "role").write_text("read-only\n")


def other_side(twin: Twin, root_password: str, sync_seconds: int) -> dict[str, str | int]:
    """Return where blog.twin finds the other side, and how often it fetches its files."""
    services, host = SERVICES["blog"], ADDRESSES[twin.other]
    return {
        "host": host,
        "port": services["mariadb"].port,
        "user": USER,
        "password": derived_password(root_password, DATABASE),
        "files_url": f"rsync://{USER}@{host}:{services['rsync'].port}/sites/",
        "sync_seconds": sync_seconds,
    }


def mark_sites(data: Path, run: Path, names: Iterable[str], *, is_paired: bool) -> None:
    """Let the sites say that they take no changes yet, before anything runs."""
    is_awaiting = is_paired and (data / FOLDER / COPY_AWAITED).exists()
    for name in names:
        for mark, is_set in (("read-only", is_paired), ("copying", is_awaiting)):
            file = run / "sites" / name / mark
            if is_set:
                file.touch()
            else:
                file.unlink(missing_ok=True)


def has_history(data: Path) -> bool:
    """Return whether MariaDB has logged changes for a twin here."""
    return (data / BINLOG / "bin.index").is_file()


def make_history(data: Path) -> None:
    """Make the folder of the binary logs."""
    (data / BINLOG).mkdir(exist_ok=True)


def forget(data: Path, run: Path) -> None:
    """Remove what the last pairing left: MariaDB's logs, and what it would replicate from."""
    shutil.rmtree(data / BINLOG, ignore_errors=True)
    shutil.rmtree(run / FOLDER_OF_RUN, ignore_errors=True)
    (run / "mariadb" / "twin.cnf").unlink(missing_ok=True)
