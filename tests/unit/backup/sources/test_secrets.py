import os
import stat
from pathlib import Path

import pytest

from backup.errors import BackupError
from backup.sources import secrets
from qlines.settings import Settings


def write(file, text, mode=0o600):
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file.write_text(text)
    file.chmod(mode)


def tree(folder):
    """Return content or link by path below *folder*."""
    return {
        str(path.relative_to(folder)): str(path.readlink())
        if path.is_symlink()
        else path.read_text()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def mode(path):
    return oct(stat.S_IMODE(path.stat().st_mode))


@pytest.fixture
def settings(tmp_path):
    """Return settings whose data folder has an app's secrets."""
    folder = tmp_path / "data" / "secrets"
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    for name in ("secret_key", "canary_token", "backup_password", "passed/smtp_url"):
        write(folder / name, f"{name} 1")
    return Settings.from_env({"QLINES_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def sources(tmp_path):
    """Return the place of the other volumes, with a proxy and a blog."""
    proxy = tmp_path / "sources" / "proxy"
    write(proxy / "certificates" / "example.com.pem", "certificate and key")
    write(proxy / "letsencrypt" / "archive" / "example.com" / "privkey1.pem", "key")
    write(proxy / "letsencrypt" / "renewal" / "example.com.conf", "renewal", 0o644)
    live = proxy / "letsencrypt" / "live" / "example.com"
    live.mkdir(parents=True)
    (live / "privkey.pem").symlink_to("../../archive/example.com/privkey1.pem")
    write(proxy / "state.json", "{}")
    write(tmp_path / "sources" / "blog" / "secrets" / "mariadb_root", "root")
    return tmp_path / "sources"


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "staging" / "secrets"
    folder.mkdir(parents=True)
    return folder


def test_all_secrets_are_copied_but_the_password_of_the_backups(settings, sources, folder):
    counts = secrets.dump(settings, folder, sources)

    assert counts == {"secrets": 6, "certificates": 1}
    assert tree(folder) == {
        "app/canary_token": "canary_token 1",
        "app/passed/smtp_url": "passed/smtp_url 1",
        "app/secret_key": "secret_key 1",
        "blog/mariadb_root": "root",
        "proxy/certificates/example.com.pem": "certificate and key",
        "proxy/letsencrypt/archive/example.com/privkey1.pem": "key",
        "proxy/letsencrypt/live/example.com/privkey.pem": (
            "../../archive/example.com/privkey1.pem"
        ),
        "proxy/letsencrypt/renewal/example.com.conf": "renewal",
    }


@pytest.mark.parametrize(
    "name",
    [
        "backup_password",
        "backup_password.new",
        ".backup_password.17",
        "passed/backup_password",
        "passed/backup_secrets_password",
    ],
)
def test_no_file_that_opens_the_backups_is_in_one(settings, folder, tmp_path, name):
    write(settings.data_dir / "secrets" / name, "opens the backups")

    secrets.dump(settings, folder, tmp_path / "absent")

    assert "opens the backups" not in tree(folder).values()


def test_modes_are_kept_whatever_the_umask(settings, sources, folder):
    before = os.umask(0o077)
    try:
        secrets.dump(settings, folder, sources)
    finally:
        os.umask(before)

    assert mode(folder / "app") == "0o700"
    assert mode(folder / "app" / "secret_key") == "0o600"
    assert mode(folder / "proxy" / "letsencrypt" / "renewal" / "example.com.conf") == "0o644"


def test_parts_that_are_not_installed_are_left_out(settings, folder, tmp_path):
    counts = secrets.dump(settings, folder, tmp_path / "absent")

    assert counts == {"secrets": 3, "certificates": 0}
    assert [path.name for path in folder.iterdir()] == ["app"]


def test_an_app_without_secrets_fails_the_run(settings, sources, folder):
    for name in ("secret_key", "canary_token", "passed/smtp_url"):
        (settings.data_dir / "secrets" / name).unlink()

    with pytest.raises(BackupError, match="the app always has secrets"):
        secrets.dump(settings, folder, sources)


def test_a_link_that_leaves_its_folder_is_copied_as_a_file(settings, folder, tmp_path):
    write(tmp_path / "mounted", "of a secret manager")
    (settings.data_dir / "secrets" / "linked").symlink_to(tmp_path / "mounted")

    secrets.dump(settings, folder, tmp_path / "absent")

    assert not (folder / "app" / "linked").is_symlink()
    assert (folder / "app" / "linked").read_text() == "of a secret manager"


def test_a_pipe_is_not_waited_for(settings, folder, tmp_path):
    os.mkfifo(settings.data_dir / "secrets" / "pipe")

    assert secrets.dump(settings, folder, tmp_path / "absent")["secrets"] == 3


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError(13, "Permission denied", "/data/secrets/x"), "/data/secrets/x refuses it"),
        (FileNotFoundError(2, "No such file", "/data/secrets/x"), "/data/secrets/x vanished"),
        (OSError(28, "No space left on device"), "No space left on device"),
    ],
)
def test_an_unreadable_file_fails_the_run(monkeypatch, settings, folder, tmp_path, error, sentence):
    def refuse(_path):
        raise error

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(BackupError, match=sentence):
        secrets.dump(settings, folder, tmp_path / "absent")


def test_a_restore_brings_back_every_part(settings, sources, folder, tmp_path):
    secrets.dump(settings, folder, sources)
    vm = Settings.from_env({"QLINES_DATA_DIR": str(tmp_path / "vm" / "data")})
    volumes = tmp_path / "vm" / "sources"
    for path in (vm.data_dir, volumes / "proxy", volumes / "blog"):
        path.mkdir(parents=True)

    counts = secrets.restore(vm, folder, volumes)

    assert counts == {"secrets": 5, "certificates": 1}
    assert tree(vm.data_dir / "secrets") == {
        "canary_token": "canary_token 1",
        "secret_key": "secret_key 1",
    }
    assert mode(vm.data_dir / "secrets") == "0o700"
    assert mode(vm.data_dir / "secrets" / "secret_key") == "0o600"
    assert tree(volumes / "blog") == {"secrets/mariadb_root": "root"}
    key = volumes / "proxy" / "letsencrypt" / "live" / "example.com" / "privkey.pem"
    assert key.is_symlink()
    assert key.read_text() == "key"


def test_a_restore_replaces_files_and_links(settings, sources, folder):
    secrets.dump(settings, folder, sources)
    write(settings.data_dir / "secrets" / "secret_key", "secret_key 2")
    live = sources / "proxy" / "letsencrypt" / "live" / "example.com" / "privkey.pem"
    live.unlink()
    live.symlink_to("../../archive/example.com/privkey2.pem")

    secrets.restore(settings, folder, sources)

    assert (settings.data_dir / "secrets" / "secret_key").read_text() == "secret_key 1"
    assert live.read_text() == "key"


def test_a_restore_leaves_the_password_of_backups_and_what_was_passed(settings, sources, folder):
    secrets.dump(settings, folder, sources)
    write(folder / "app" / "backup_password", "another one")
    write(settings.data_dir / "secrets" / "passed" / "smtp_url", "smtp 2")

    secrets.restore(settings, folder, sources)

    ours = tree(settings.data_dir / "secrets")
    assert ours["backup_password"] == "backup_password 1"
    assert ours["passed/smtp_url"] == "smtp 2"


def test_a_restore_leaves_volumes_that_are_read_only(
    monkeypatch, settings, sources, folder, caplog
):
    secrets.dump(settings, folder, sources)
    before = tree(sources)
    write(folder / "blog" / "mariadb_root", "other root")
    monkeypatch.setattr(os, "access", lambda path, _mode: path == settings.data_dir)

    counts = secrets.restore(settings, folder, sources)

    assert counts == {"secrets": 2, "certificates": 0}
    assert tree(sources) == before
    assert "blog/secrets, which is not mounted or is read-only" in caplog.text
