"""Make everything that the programs read at their start out of the settings, at each boot.

``python3 -m blog.setup`` ends with one sentence and status 2 when a setting makes no sense.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from blog.setup import database, folders, secret_files, site_files
from blog.setup.settings import Settings, SettingsError, from_env

DATA = Path("/data")
RUN = Path("/run/qlines")
CORE = Path("/usr/share/wordpress")
TEMPLATES = Path(__file__).resolve().parents[1] / "etc"


def main() -> int:
    """Check the environment, then write files; nothing else starts before."""
    try:
        settings = from_env(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        _make_everything(settings)
    except OSError as error:
        sys.stderr.write(
            f"The blog does not start: user {os.getuid()} may not write to {error.filename}; "
            f"run on the host: chown -R {os.getuid()} FOLDER, or the same in the volume\n"
        )
        return 2
    return 0


def _make_everything(settings: Settings) -> None:
    os.umask(0o077)
    names = [site.name for site in settings.sites]
    folders.make(DATA, names)
    for folder in ("cron", "mariadb", "nginx/sites", "php/pools", "sites"):
        (RUN / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(TEMPLATES / "php" / "php-fpm.conf", RUN / "php")
    passwords = {name: _make_site(settings, name) for name in names}
    root_password = secret_files.of_root(DATA / "secrets")
    (RUN / "mariadb" / "init.sql").write_text(database.statements(root_password, passwords))
    (RUN / "mariadb" / "root.cnf").write_text(
        f"[client]\nsocket={RUN}/mariadb.sock\nuser=root\npassword={root_password}\n"
    )
    (RUN / "sites" / "names").write_text("".join(f"{name}\n" for name in names))


def _make_site(settings: Settings, name: str) -> str:
    """Write a site's files and return its database password."""
    site = next(site for site in settings.sites if site.name == name)
    secrets = secret_files.of_site(DATA / "secrets", name)
    folders.link_image_parts(CORE, DATA / "sites" / name / "wp-content")
    nginx = (TEMPLATES / "nginx" / "site.conf").read_text()
    (RUN / "nginx" / "sites" / f"{name}.conf").write_text(
        site_files.nginx(nginx, site, [other.domain for other in settings.sites])
    )
    pool = (TEMPLATES / "php" / "pool.conf").read_text()
    (RUN / "php" / "pools" / f"{name}.conf").write_text(site_files.php_pool(pool, site))
    own = RUN / "sites" / name
    own.mkdir(exist_ok=True)
    (own / "settings.php").write_text(site_files.wordpress(settings, site, secrets))
    (own / "open_folders").write_text(site_files.open_folders(name))
    if settings.admin:
        installation = site_files.installation(site, settings.admin)
        (own / "installation.json").write_text(json.dumps(installation))
    return secrets["DB_PASSWORD"]


if __name__ == "__main__":
    sys.exit(main())
