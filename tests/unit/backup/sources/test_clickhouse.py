import pytest
from clickhouse_driver.errors import ServerException

from backup.errors import BackupError
from backup.sources import clickhouse
from qlines.errors import StoreUnavailableError
from qlines.settings import Settings

TABLES = [
    ("points", "ReplacingMergeTree", "CREATE TABLE default.points (…)"),
    ("schema_versions", "MergeTree", "CREATE TABLE default.schema_versions (…)"),
    ("incoming", "Null", "CREATE TABLE default.incoming (…)"),
    ("incoming_to_points", "MaterializedView", "CREATE MATERIALIZED VIEW default.inc…"),
]
PART = "20261116_1_1_0"


class Server:
    """A ClickHouse that freezes two tables, and notes each statement."""

    def __init__(self, data_dir):
        self.folder = data_dir / "clickhouse"
        self.statements = []
        self.tables = TABLES
        self.frozen = {"points": PART, "schema_versions": "all_1_1_0"}
        self.failing = {}  # by the beginning of a statement
        self.layout = "data/default"

    def execute(self, statement, parameters=None):
        text = statement % {name: repr(item) for name, item in (parameters or {}).items()}
        self.statements.append(text)
        for beginning, error in self.failing.items():
            if text.startswith(beginning):
                raise error
        words = text.split()
        if "FREEZE" in words:
            self._freeze(words[2], words[-1].strip("'"))
        if text.startswith("SELECT name"):
            return self.tables
        return [("20261116", 7)] if text.startswith("SELECT _partition_id") else []

    def disconnect(self):
        self.statements.append("disconnected")

    def _freeze(self, table, name):
        tables = self.folder / "shadow" / name / self.layout
        part = tables / table / self.frozen[table]
        part.mkdir(parents=True)
        (part / "count.txt").write_text("7")


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"QLINES_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def server(settings, monkeypatch):
    server = Server(settings.data_dir)
    monkeypatch.setattr(clickhouse.clickhouse, "connect", lambda *_, **__: server)
    return server


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "backup").mkdir()
    return tmp_path / "backup"


def test_a_dump_holds_the_frozen_parts_and_every_definition(settings, server, folder):
    counts = clickhouse.dump(settings, folder)

    assert counts == {"readings": 7, "latest": 0, "readings of 20261116": 7}
    assert (folder / "data" / "points" / PART / "count.txt").read_text() == "7"
    assert sorted(file.stem for file in (folder / "schema").iterdir()) == [
        "incoming", "incoming_to_points", "points", "schema_versions",
    ]  # fmt: skip


def test_only_tables_with_parts_are_frozen_one_right_after_the_other(settings, server, folder):
    clickhouse.dump(settings, folder)

    assert [text.partition(" WITH")[0] for text in server.statements[1:3]] == [
        "ALTER TABLE points FREEZE",
        "ALTER TABLE schema_versions FREEZE",
    ]


def test_nothing_is_left_in_clickhouses_folder(settings, server, folder):
    (server.folder / "shadow" / "qlines_backup" / "data" / "default" / "points").mkdir(parents=True)
    of_an_operator = server.folder / "shadow" / "1" / "data"
    of_an_operator.mkdir(parents=True)

    clickhouse.dump(settings, folder)

    assert list((server.folder / "shadow").iterdir()) == [of_an_operator.parent]


def test_a_dump_that_fails_leaves_no_links_either(settings, server, folder):
    server.failing["ALTER TABLE schema_versions"] = ServerException("no space left", 243)

    with pytest.raises(StoreUnavailableError):
        clickhouse.dump(settings, folder)

    assert list((server.folder / "shadow").iterdir()) == []
    assert server.statements[-1] == "disconnected"


def test_a_server_without_our_tables_is_no_backup(settings, server, folder):
    server.tables = []

    with pytest.raises(BackupError, match="no rows in schema_versions"):
        clickhouse.dump(settings, folder)


@pytest.fixture
def dumped(settings, server, folder):
    clickhouse.dump(settings, folder)
    server.statements.clear()
    return folder


def test_a_restore_creates_the_views_last(settings, server, dumped):
    clickhouse.restore(settings, dumped)

    order = [text.split()[0:3] for text in server.statements if not text.startswith("SELECT")]
    assert [" ".join(words) for words in order] == [
        "SYSTEM STOP MERGES",
        "CREATE TABLE default.incoming",
        "CREATE TABLE default.points",
        "CREATE TABLE default.schema_versions",
        "ALTER TABLE points",
        "ALTER TABLE schema_versions",
        "CREATE MATERIALIZED VIEW",
        "disconnected",
    ]


def test_a_restore_links_the_parts_and_leaves_the_backup_as_it_was(settings, server, dumped):
    clickhouse.restore(settings, dumped)

    file = server.folder / "data" / "default" / "points" / "detached" / PART / "count.txt"
    assert file.samefile(dumped / "data" / "points" / PART / "count.txt")


def test_a_part_that_does_not_attach_is_named(settings, server, dumped):
    reason = ServerException("DB::Exception: number.bin has unexpected size Stack trace: 0.", 228)
    server.failing["ALTER TABLE points ATTACH"] = reason

    with pytest.raises(BackupError) as raised:
        clickhouse.restore(settings, dumped)

    assert str(raised.value) == (
        f"the part {PART} of points is corrupt, restore an older backup:"
        " DB::Exception: number.bin has unexpected size"
    )


@pytest.mark.parametrize("code", [33, 40, 271])
def test_a_part_that_cannot_be_read_is_no_outage(settings, server, dumped, code):
    server.failing["SELECT _partition_id, count() FROM points"] = ServerException("bad", code)

    with pytest.raises(BackupError, match="a part of points cannot be read"):
        clickhouse.restore(settings, dumped)


def test_a_server_that_does_not_answer_is_an_outage(settings, server, dumped):
    server.failing["CREATE"] = EOFError()

    with pytest.raises(StoreUnavailableError):
        clickhouse.restore(settings, dumped)


def test_a_server_that_is_not_empty_is_refused(settings, server, dumped):
    server.failing["CREATE TABLE default.points"] = ServerException("already exists", 57)

    with pytest.raises(BackupError, match="points cannot be created, the ClickHouse"):
        clickhouse.restore(settings, dumped)


def test_a_backup_without_definitions_is_refused(settings, server, folder):
    (folder / "schema").mkdir()

    with pytest.raises(BackupError, match="no definitions of tables"):
        clickhouse.restore(settings, folder)


def test_tables_in_folders_without_names_are_refused_instead_of_left_out(
    server, settings, tmp_path
):
    server.layout = "store/5f1"

    with pytest.raises(BackupError, match="`default` is of the engine Atomic"):
        clickhouse.dump(settings, tmp_path)

    assert not (server.folder / "shadow" / "qlines_backup").exists()
