import gzip
import json
import os

import pytest

from backup.errors import BackupError
from backup.sources.blog_dump import Description, describe, read_pair

SQL = b"-- MariaDB dump\nCREATE TABLE `wp_posts` (\n);\nINSERT INTO `wp_posts` VALUES\n(1,'a');\n"
END = b"\n-- Dump completed\n"


def dump(folder, *, sql=SQL + END, tables=1, posts=7, **changes):
    """Write a dump of the site "one" as the blog does, and return what describes it."""
    packed = gzip.compress(sql)
    (folder / "one.sql.gz").write_bytes(packed)
    document = {
        "dumped_at": 1000,
        "posts": posts,
        "tables": tables,
        "bytes": len(packed),
        **changes,
    }
    (folder / "one.json").write_text(json.dumps(document))
    return Description("one", 1000, posts, tables, len(packed))


def no_wait(_seconds):
    pass


def test_it_reads_a_dump_and_its_description(tmp_path):
    expected = dump(tmp_path)

    description, content = read_pair(tmp_path, "one")

    with content:
        assert gzip.decompress(content.read()) == SQL + END
    assert description == expected
    assert describe("one", description.as_json()) == expected
    description.require_dump(tmp_path / "one.sql.gz")


def test_it_waits_while_the_blog_replaces_the_two_files(tmp_path):
    dump(tmp_path)
    (tmp_path / "one.json").unlink()

    description, content = read_pair(
        tmp_path, "one", sleep=lambda _seconds: dump(tmp_path, posts=8)
    )

    content.close()
    assert description.posts == 8


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda file: file.unlink(), "the site one has no dump"),
        (lambda file: file.write_bytes(b""), "0 bytes instead of"),
        (lambda file: file.write_bytes(b"x"), "1 bytes instead of"),
    ],
)
def test_a_missing_empty_or_other_dump_is_refused(tmp_path, spoil, reason):
    dump(tmp_path)
    spoil(tmp_path / "one.sql.gz")

    with pytest.raises(BackupError, match=reason):
        read_pair(tmp_path, "one", sleep=no_wait)


@pytest.mark.parametrize("name", ["one.sql.gz", "one.json"])
def test_nothing_is_read_through_a_link(tmp_path, name):
    dump(tmp_path)
    (tmp_path / name).rename(tmp_path / "elsewhere")
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(BackupError, match="the site one has no dump"):
        read_pair(tmp_path, "one", sleep=no_wait)


def test_the_folder_may_not_be_a_link_either(tmp_path):
    (tmp_path / "real").mkdir()
    dump(tmp_path / "real")
    (tmp_path / "dumps").symlink_to(tmp_path / "real")

    with pytest.raises(BackupError, match="the site one has no dump"):
        read_pair(tmp_path / "dumps", "one", sleep=no_wait)


def test_a_pipe_does_not_block(tmp_path):
    dump(tmp_path)
    (tmp_path / "one.sql.gz").unlink()
    os.mkfifo(tmp_path / "one.sql.gz")

    with pytest.raises(BackupError, match="must be a file"):
        read_pair(tmp_path, "one", sleep=no_wait)


@pytest.mark.parametrize(
    "change", [{"posts": -1}, {"posts": "7"}, {"tables": True}, {"bytes": float("inf")}]
)
def test_an_invalid_description_is_refused(tmp_path, change):
    dump(tmp_path, **change)

    with pytest.raises(BackupError, match="the description of the dump of the site one is invalid"):
        read_pair(tmp_path, "one", sleep=no_wait)


@pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"7", b"{"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(BackupError, match="is invalid"):
        describe("one", text)


@pytest.mark.parametrize(
    ("sql", "tables"), [(SQL, 1), (SQL + END, 2), (SQL + b"(2,'-- Dump completed');\n", 1)]
)
def test_a_dump_without_its_end_or_a_table_is_not_complete(tmp_path, sql, tables):
    description = dump(tmp_path, sql=sql, tables=tables)

    with pytest.raises(BackupError, match="is not complete"):
        description.require_dump(tmp_path / "one.sql.gz")


def test_a_corrupt_dump_is_refused(tmp_path):
    description = dump(tmp_path)
    content = bytearray((tmp_path / "one.sql.gz").read_bytes())
    content[20] ^= 0xFF
    (tmp_path / "one.sql.gz").write_bytes(content)

    with pytest.raises(BackupError, match="is corrupt"):
        description.require_dump(tmp_path / "one.sql.gz")


def test_a_cut_dump_is_refused(tmp_path):
    description = dump(tmp_path)
    content = (tmp_path / "one.sql.gz").read_bytes()
    (tmp_path / "one.sql.gz").write_bytes(content[:-9])

    with pytest.raises(BackupError, match="is corrupt"):
        description.require_dump(tmp_path / "one.sql.gz")


def test_a_row_of_any_length_is_not_a_table(tmp_path):
    row = b"(1,'" + b"CREATE TABLE " * 200_000 + b"');\n"
    description = dump(tmp_path, sql=SQL + row + END, tables=2)

    with pytest.raises(BackupError, match="it has 1 tables instead of 2"):
        description.require_dump(tmp_path / "one.sql.gz")
