"""What the setup writes for a VM with a twin."""

import json
from pathlib import Path

import pytest

from appliance.shared.twin import Twin
from blog.setup import twin_files

TEMPLATES = Path(__file__).resolve().parents[4] / "blog" / "etc"
SIDE_B = Twin("b", "blog", {"a": "vm-a:7445"})


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run" / "mariadb").mkdir(parents=True)
    return tmp_path / "run"


def test_mariadb_and_rsync_listen_on_the_address_of_their_side_only(run):
    twin_files.write(SIDE_B, "root's", 60, TEMPLATES, run)

    server = (run / "mariadb" / "twin.cnf").read_text()
    assert "bind_address = 127.0.1.2\n" in server
    assert "server_id = 2\n" in server
    assert "read_only = ON\n" in server
    assert "address = 127.0.1.2\n" in (run / "twin" / "rsyncd.conf").read_text()
    assert (run / "twin" / "role").read_text() == "read-only\n"


def test_both_sides_know_the_same_passwords_and_not_that_of_root(run):
    twin_files.write(SIDE_B, "root's", 60, TEMPLATES, run)
    settings = json.loads((run / "twin" / "settings.json").read_text())
    other = twin_files.other_side(Twin("a", "blog", {}), "root's", 60)

    assert settings["host"] == "127.0.1.1"
    assert settings["files_url"] == "rsync://qlines_twin@127.0.1.1:8730/sites/"
    assert settings["password"] == other["password"] != "root's"
    secret = (run / "twin" / "rsyncd.secrets").read_text()
    password = (run / "twin" / "rsync_password").read_text()
    assert secret == f"qlines_twin:{password}"
    assert settings["password"] not in secret


def test_sites_take_no_changes_until_the_role_is_known(tmp_path, run):
    (run / "sites" / "one").mkdir(parents=True)

    twin_files.mark_sites(tmp_path, run, ["one"], is_paired=True)
    assert [file.name for file in (run / "sites" / "one").iterdir()] == ["read-only"]
    (tmp_path / "twin").mkdir()
    (tmp_path / "twin" / "copy_awaited").touch()
    twin_files.mark_sites(tmp_path, run, ["one"], is_paired=True)
    assert (run / "sites" / "one" / "copying").exists()

    twin_files.mark_sites(tmp_path, run, ["one"], is_paired=False)
    assert list((run / "sites" / "one").iterdir()) == []


def test_without_a_twin_nothing_is_left_of_the_last_one(tmp_path, run):
    twin_files.write(SIDE_B, "root's", 60, TEMPLATES, run)
    twin_files.make_history(tmp_path)
    (tmp_path / "binlog" / "bin.index").touch()
    assert twin_files.has_history(tmp_path)

    twin_files.forget(tmp_path, run)

    assert not twin_files.has_history(tmp_path)
    assert not (run / "twin").exists()
    assert not (run / "mariadb" / "twin.cnf").exists()
