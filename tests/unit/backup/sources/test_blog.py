import gzip
import json
import os
from pathlib import Path

import pytest

from backup import places
from backup.errors import BackupError
from backup.sources import blog
from qlines.settings import Settings

SETTINGS = Settings.from_env({})
SQL = b"CREATE TABLE `wp_posts` (\n);\n-- Dump completed\n"
NOW = 1_800_000_000
HOUR = 3600


@pytest.fixture
def volume(tmp_path, monkeypatch):
    """Return the folder of the blog's volume, mounted and writable, still empty."""
    monkeypatch.setattr(places, "SOURCES", tmp_path / "sources")
    monkeypatch.setattr(blog.os.path, "ismount", Path.is_dir)
    folder = tmp_path / "sources" / "blog"
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def folder(tmp_path):
    """Return the source's own folder in the staging, empty."""
    (tmp_path / "staging").mkdir()
    return tmp_path / "staging"


def add_site(volume, name, *, posts=3, age=HOUR, uploads=("2026/a.png",), installed=True):
    """Write what a site of the blog has in its volume."""
    content = volume / "sites" / name / "wp-content"
    for upload in uploads:
        file = content / "uploads" / upload
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(upload)
    (content / "themes").mkdir(parents=True)
    (content / "themes" / "link").symlink_to("/usr/share/wordpress/wp-content/themes/theme")
    database = volume / "mariadb" / name
    database.mkdir(parents=True)
    (database / "db.opt").touch()
    if installed:
        (database / "wp_posts.frm").touch()
        add_dump(volume, name, posts=posts, age=age)


def add_dump(volume, name, *, posts, age):
    packed = gzip.compress(SQL)
    (volume / "dumps").mkdir(exist_ok=True)
    (volume / "dumps" / f"{name}.sql.gz").write_bytes(packed)
    document = {"dumped_at": NOW - age, "posts": posts, "tables": 1, "bytes": len(packed)}
    (volume / "dumps" / f"{name}.json").write_text(json.dumps(document))


def dump(folder):
    return blog.dump(SETTINGS, folder, now=lambda: NOW)


def restic_restores(volume, folder):
    """Move the files to where the restored snapshot has them, and empty the volume."""
    (folder / "files").mkdir()
    (volume / "sites").rename(folder / "files" / "sites")
    for rest in volume.iterdir():
        rest.rename(folder.parent / rest.name)


def files_of(path):
    return sorted(str(item.relative_to(path)) for item in path.rglob("*") if item.is_file())


def test_a_dump_holds_each_site_s_dump_and_counts_posts_sites_and_uploads(volume, folder):
    add_site(volume, "one", posts=3, uploads=("2026/a.png", "2026/b.png"))
    add_site(volume, "two", posts=4)

    assert dump(folder) == {"posts": 7, "sites": 2, "uploads": 3}

    assert files_of(folder) == [
        "dumps/one.json", "dumps/one.sql.gz", "dumps/two.json", "dumps/two.sql.gz", "uploads",
    ]  # fmt: skip
    assert blog.absence(SETTINGS) is None
    assert blog.paths(SETTINGS) == [volume / "sites"]


def test_without_its_volume_the_blog_is_not_in_the_backup(volume):
    assert blog.absence(SETTINGS) == "the blog is not in this backup: it is not mounted"


def test_a_site_that_is_not_installed_needs_no_dump(volume, folder):
    add_site(volume, "new", installed=False, uploads=())

    assert dump(folder) == {"posts": 0, "sites": 0, "uploads": 0}


def test_an_installed_site_without_a_dump_fails_the_backup(volume, folder, monkeypatch):
    monkeypatch.setattr("backup.sources.blog_dump.TRIES", 1)
    add_site(volume, "one")
    add_site(volume, "two")
    (volume / "dumps" / "two.sql.gz").unlink()

    with pytest.raises(BackupError, match="the site two has no dump"):
        dump(folder)


def test_a_dump_that_is_a_day_old_fails_the_backup(volume, folder):
    add_site(volume, "one", age=25 * HOUR)

    with pytest.raises(BackupError, match="the newest dump of the site one is 25 hours old"):
        dump(folder)


def test_the_sites_may_not_be_a_link(volume, folder):
    add_site(volume, "one")
    (volume / "sites").rename(volume / "elsewhere")
    (volume / "sites").symlink_to(volume / "elsewhere")

    with pytest.raises(BackupError, match="must be a folder and is a link"):
        dump(folder)


def test_uploads_behind_a_link_do_not_count(volume, folder):
    add_site(volume, "one", uploads=())
    (volume / "secrets").mkdir()
    (volume / "secrets" / "one.json").touch()
    (volume / "sites" / "one" / "wp-content" / "uploads").symlink_to(volume / "secrets")

    assert dump(folder)["uploads"] == 0
    assert (folder / "uploads").read_bytes() == b""


def test_a_restore_hands_in_what_was_dumped(volume, folder):
    add_site(volume, "one", uploads=("2026/a.png", "2026/\u00fc.png"))
    (volume / "sites" / "one" / "table_prefix").write_text("old_")
    dumped = dump(folder)
    restic_restores(volume, folder)

    assert blog.restore(SETTINGS, folder) == dumped

    handed_in = volume / "restore"
    assert [item.name for item in volume.iterdir()] == ["restore"]
    assert gzip.decompress((handed_in / "one.sql.gz").read_bytes()) == SQL
    assert (handed_in / "sites" / "one" / "table_prefix").read_text() == "old_"
    content = handed_in / "sites" / "one" / "wp-content"
    assert files_of(content / "uploads") == ["2026/a.png", "2026/\u00fc.png"]
    assert os.readlink(content / "themes" / "link").startswith("/usr/share/wordpress/")
    assert files_of(folder / "files") == [], "the disk never holds the files twice"


def test_a_restore_replaces_what_an_earlier_one_left(volume, folder):
    add_site(volume, "one")
    dump(folder)
    restic_restores(volume, folder)
    for leftover in ("restore", "restore.new"):
        (volume / leftover / "sites" / "gone").mkdir(parents=True)

    blog.restore(SETTINGS, folder)

    assert [item.name for item in volume.iterdir()] == ["restore"]
    assert [item.name for item in (volume / "restore" / "sites").iterdir()] == ["one"]


def test_a_pipe_among_the_files_does_not_stop_a_restore(volume, folder):
    add_site(volume, "one")
    os.mkfifo(volume / "sites" / "one" / "pipe")
    dump(folder)
    restic_restores(volume, folder)

    blog.restore(SETTINGS, folder)

    assert not (volume / "restore" / "sites" / "one" / "pipe").exists()


def test_an_upload_that_did_not_come_back_stops_the_restore(volume, folder):
    add_site(volume, "one", uploads=("2026/a.png", "2026/b.png"))
    dump(folder)
    restic_restores(volume, folder)
    (folder / "files" / "sites" / "one" / "wp-content" / "uploads" / "2026" / "b.png").unlink()

    with pytest.raises(
        BackupError, match=r"1 uploads .* such as one/wp-content/uploads/2026/b.png"
    ):
        blog.restore(SETTINGS, folder)

    assert list(volume.iterdir()) == []


def test_a_corrupt_dump_is_found_by_a_check_without_the_files(volume, folder):
    add_site(volume, "one", uploads=("a", "b"))
    assert dump(folder) == blog.check(folder) == {"posts": 3, "sites": 1, "uploads": 2}
    (folder / "dumps" / "one.sql.gz").write_bytes(gzip.compress(b"half"))

    with pytest.raises(BackupError, match="the dump of the site one has"):
        blog.check(folder)


def test_a_restore_without_the_volume_is_refused(volume, folder, monkeypatch):
    monkeypatch.setattr(blog.os.path, "ismount", lambda _path: False)

    with pytest.raises(BackupError, match="the blog was not restored: its volume is not mounted"):
        blog.restore(SETTINGS, folder)


def test_a_restore_into_a_full_or_read_only_volume_is_a_sentence(volume, folder, monkeypatch):
    add_site(volume, "one")
    dump(folder)
    monkeypatch.setattr(blog, "_hand_in", lambda _folder: (_ for _ in ()).throw(OSError("full")))

    with pytest.raises(BackupError, match="the blog was not restored: full"):
        blog.restore(SETTINGS, folder)
