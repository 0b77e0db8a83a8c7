"""Write what the programs read at their start, from the settings, at each start of the container.

``python3 -m blog.setup`` prints one sentence and exits with 2 when a setting is invalid.
"""

import json
import os
import shutil
import sys
from pathlib import Path

from appliance.shared import twin
from appliance.shared.settings import SettingsError
from blog.setup import database, folders, restored_files, secret_files, site_files, twin_files
from blog.setup.settings import Settings, Site

DATA = Path("/data")
RUN = Path("/run/qlines")
CORE = Path("/usr/share/wordpress")
TEMPLATES = Path(__file__).resolve().parents[1] / "etc"


def main() -> int:
    """Check the settings, then write the files; the entrypoint runs this before supervisord."""
    try:
        settings = Settings.from_env(os.environ)
        pairing = twin.read(DATA)
    except (SettingsError, twin.TwinError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        _write_everything(settings, pairing)
    except OSError as error:
        sys.stderr.write(
            f"The blog does not start: user {os.getuid()} cannot write to {error.filename}; "
            f"run on the host: chown -R {os.getuid()} FOLDER, or the same in the volume\n"
        )
        return 2
    return 0


def _write_everything(settings: Settings, pairing: twin.Twin | None) -> None:
    os.umask(0o077)
    names = [site.name for site in settings.sites]
    restored_files.put_in_place(DATA)
    folders.make(DATA, names)
    for folder in ("cron", "mariadb", "nginx/sites", "php/pools", "sites"):
        (RUN / folder).mkdir(parents=True, exist_ok=True)
    shutil.copy(TEMPLATES / "php" / "php-fpm.conf", RUN / "php")
    passwords = {site.name: _write_site(settings, site) for site in settings.sites}
    root_password = secret_files.root_password(DATA / "secrets")
    twin_user = _write_twin(settings, pairing, root_password)
    (RUN / "mariadb" / "init.sql").write_text(
        database.statements(root_password, passwords, twin_user)
    )
    (RUN / "mariadb" / "root.cnf").write_text(
        f"[client]\nsocket={RUN}/mariadb.sock\nuser=root\npassword={root_password}\n"
    )
    (RUN / "sites" / "names").write_text("".join(f"{name}\n" for name in names))
    twin_files.mark_sites(DATA, RUN, names, is_paired=pairing is not None)


def _write_twin(
    settings: Settings, pairing: twin.Twin | None, root_password: str
) -> database.TwinUser | None:
    """Write what a twin needs; return the user as whom the other side comes."""
    if pairing is None:
        twin_files.forget(DATA, RUN)
        return None
    twin_files.write(pairing, root_password, settings.blog_sync_seconds, TEMPLATES, RUN)
    is_new = not twin_files.has_history(DATA)
    twin_files.make_history(DATA)
    password = secret_files.derived_password(root_password, twin_files.DATABASE)
    return database.TwinUser(twin_files.USER, password, is_new)


def _write_site(settings: Settings, site: Site) -> str:
    """Write a site's files and return its database password."""
    secrets = secret_files.site_secrets(DATA / "secrets", site.name)
    folders.link_image_parts(CORE, DATA / "sites" / site.name / "wp-content")
    nginx = (TEMPLATES / "nginx" / "site.conf").read_text()
    (RUN / "nginx" / "sites" / f"{site.name}.conf").write_text(
        site_files.nginx(nginx, site, [other.domain for other in settings.sites])
    )
    pool = (TEMPLATES / "php" / "pool.conf").read_text()
    (RUN / "php" / "pools" / f"{site.name}.conf").write_text(site_files.php_pool(pool, site))
    folder = RUN / "sites" / site.name
    folder.mkdir(exist_ok=True)
    (folder / "settings.php").write_text(site_files.wordpress(settings, site, secrets))
    (folder / "open_basedir").write_text(site_files.open_basedir(site.name))
    _mark_as_restoring(
        folder / "restoring", is_restoring=restored_files.is_awaited(DATA, site.name)
    )
    if settings.admin:
        installation = site_files.installation(site, settings.admin)
        (folder / "installation.json").write_text(json.dumps(installation))
    return secrets["DB_PASSWORD"]


def _mark_as_restoring(file: Path, *, is_restoring: bool) -> None:
    # Before any program starts: wp-config.php, cron and healthd look for it.
    if is_restoring:
        file.touch()
    else:
        file.unlink(missing_ok=True)


if __name__ == "__main__":
    sys.exit(main())
