import json
from pathlib import Path

import pytest

from qlines import repairs
from qlines.repair import __main__ as program
from qlines.repair import clickhouse, kafka, mongodb, redis
from qlines.store.part_list import Part, read_start_state

COPIED = (
    "meta.properties",
    "bootstrap.checkpoint",
    f"{kafka.METADATA}/partition.metadata",
    f"{kafka.METADATA}/0000.log",
    "telemetry-0/partition.metadata",
)


@pytest.fixture
def notes():
    return []


def write(path: Path, content: str = "x") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content)
    return path


def names(folder):
    return sorted(path.name.split("-2")[0] for path in folder.iterdir())


class TestKafka:
    @pytest.fixture
    def folder(self, tmp_path):
        folder = tmp_path / "kafka"
        write(folder / "meta.properties", "node.id=1\n")
        write(folder / "bootstrap.checkpoint")
        write(folder / "recovery-point-offset-checkpoint", "0\n1\ntelemetry 0 7\n")
        write(folder / kafka.METADATA / "quorum-state", json.dumps({"leaderId": 1}))
        write(folder / kafka.METADATA / "partition.metadata", kafka.METADATA_ID)
        write(folder / kafka.METADATA / "0000.log", "records")
        write(folder / "telemetry-0" / "partition.metadata", "version: 0\ntopic_id: abc")
        kafka.repair(tmp_path, print)
        return folder

    def test_it_leaves_what_is_well(self, folder, tmp_path, notes):
        kafka.repair(tmp_path, notes.append)

        assert notes == []

    @pytest.mark.parametrize("name", COPIED)
    def test_it_restores_blank_files_from_copies(self, folder, tmp_path, notes, name):
        before = (folder / name).read_text()
        write(folder / name, "")

        kafka.repair(tmp_path, notes.append)

        assert (folder / name).read_text() == before
        assert len(notes) == 1

    # Kafka deletes segments of its metadata itself.
    @pytest.mark.parametrize("name", [name for name in COPIED if not name.endswith(".log")])
    def test_it_restores_missing_files_from_copies(self, folder, tmp_path, notes, name):
        before = (folder / name).read_text()
        (folder / name).unlink()

        kafka.repair(tmp_path, notes.append)

        assert (folder / name).read_text() == before
        assert len(notes) == 1

    def test_it_sets_the_state_of_the_quorum_aside(self, folder, tmp_path, notes):
        write(folder / kafka.METADATA / "quorum-state", '{"leader')

        kafka.repair(tmp_path, notes.append)

        assert names(folder / kafka.METADATA) == [
            "0000.log", "partition.metadata", "quorum-state.corrupt",
        ]  # fmt: skip

    def test_it_sets_checkpoints_aside_that_are_no_text(self, folder, tmp_path, notes):
        (folder / "recovery-point-offset-checkpoint").write_bytes(b"\0" * 40)

        kafka.repair(tmp_path, notes.append)

        assert not (folder / "recovery-point-offset-checkpoint").exists()

    def test_without_copies_it_formats_again_and_sets_partitions_aside(
        self, folder, tmp_path, notes
    ):
        for copy in (tmp_path / "kafka-copies").rglob("*"):
            if copy.is_file():
                copy.unlink()
        for name in ("bootstrap.checkpoint", "telemetry-0/partition.metadata"):
            write(folder / name, "")

        kafka.repair(tmp_path, notes.append)

        assert not (folder / "meta.properties").exists()
        assert not (folder / "telemetry-0").exists()
        assert "telemetry-0.corrupt" in names(tmp_path / "kafka-copies")
        assert len(notes) == 2


class TestMongoDB:
    def test_it_sets_blank_files_aside(self, tmp_path, notes):
        folder = tmp_path / "mongodb"
        write(folder / "WiredTiger.turtle", "")
        write(folder / "storage.bson", "\0" * 114)
        write(folder / "journal" / "WiredTigerLog.0000000001", "\0" * 10_000)
        write(folder / "journal" / "WiredTigerPreplog.0000000001", "\0" * 10_000)

        mongodb.repair(tmp_path, notes.append)
        mongodb.repair(tmp_path, notes.append)

        assert names(folder) == [
            "WiredTiger.turtle.corrupt", "journal", "storage.bson.corrupt",
        ]  # fmt: skip
        assert names(folder / "journal") == [
            "WiredTigerLog.0000000001.corrupt", "WiredTigerPreplog.0000000001",
        ]  # fmt: skip
        assert len(notes) == 3

    @pytest.mark.parametrize(
        ("sizes", "is_rebuilt"), [("", True), (None, True), ("estimates", False)]
    )
    def test_it_lets_mongod_rebuild_the_estimates_of_sizes(
        self, tmp_path, notes, sizes, is_rebuilt
    ):
        write(tmp_path / "mongodb" / "WiredTiger.wt")
        if sizes is not None:
            write(tmp_path / "mongodb" / mongodb.SIZES, sizes)
        commands = []

        mongodb.repair(tmp_path, notes.append, lambda command: commands.append(command) or True)

        assert [command[1] for command in commands] == ["--repair"] * is_rebuilt
        assert len(notes) == is_rebuilt

    def test_it_says_when_mongod_cannot_rebuild_them(self, tmp_path, notes):
        write(tmp_path / "mongodb" / "WiredTiger.wt")

        mongodb.repair(tmp_path, notes.append, lambda command: False)

        assert "restore a backup" in notes[0]

    def test_a_new_volume_has_nothing_to_rebuild(self, tmp_path, notes):
        mongodb.repair(tmp_path, notes.append, lambda command: pytest.fail("started mongod"))

        assert notes == []


class TestClickHouse:
    def test_it_lists_the_parts_and_whether_the_last_end_was_clean(self, tmp_path):
        points = tmp_path / "clickhouse" / "data" / "default" / "points"
        parts = ["202611_1_5_1", "202611_6_6_0", "all_1_1_0_7"]
        for name in (*parts, "detached", "tmp_merge_1_2_3_4"):
            (points / name).mkdir(parents=True)
        write(tmp_path / "clickhouse" / "status")

        clickhouse.repair(tmp_path, print, tmp_path)

        state = read_start_state(tmp_path)
        assert state.is_unclean
        assert [part.name for part in state.parts] == parts
        assert state.parts[0].modified == (points / "202611_1_5_1").stat().st_mtime
        assert isinstance(state.parts[0], Part)

    def test_it_restores_definitions(self, tmp_path, notes):
        definition = write(
            tmp_path / "clickhouse" / "metadata" / "default" / "points.sql", "ATTACH"
        )
        version = write(
            tmp_path / "clickhouse" / "data" / "default" / "points" / "format_version.txt", "1\n"
        )
        clickhouse.repair(tmp_path, notes.append, tmp_path)
        definition.unlink()
        write(version, "")

        clickhouse.repair(tmp_path, notes.append, tmp_path)

        assert (definition.read_text(), version.read_text()) == ("ATTACH", "1\n")
        assert len(notes) == 2


class TestRedis:
    @pytest.fixture
    def manifest(self, tmp_path):
        return write(tmp_path / "redis" / "appendonlydir" / "appendonly.aof.manifest")

    def tool(self, monkeypatch, *, succeeds):
        """Stand in for Redis's tool: *succeeds* is what each call returns."""
        results = iter(succeeds)
        monkeypatch.setattr(redis, "_succeeds", lambda *command: next(results))

    def test_a_new_volume_has_no_log(self, tmp_path, notes):
        redis.repair(tmp_path, notes.append)

        assert notes == []

    @pytest.mark.parametrize(
        ("succeeds", "said"),
        [
            ([True], []),
            ([False, True, True], ["cut the"]),
            ([False, False], ["set aside"]),
            ([False, True, False], ["set aside"]),
        ],
    )
    def test_it_cuts_the_log_or_sets_it_aside(
        self, tmp_path, notes, manifest, monkeypatch, succeeds, said
    ):
        self.tool(monkeypatch, succeeds=succeeds)

        redis.repair(tmp_path, notes.append)

        assert [" ".join(note.split()[:2]) for note in notes] == said
        assert manifest.exists() == (said != ["set aside"])

    def test_it_sets_a_log_with_a_blank_manifest_aside(self, tmp_path, notes, manifest):
        write(manifest, "")

        redis.repair(tmp_path, notes.append)

        assert names(tmp_path / "redis") == ["appendonlydir.corrupt"]


def test_the_program_notes_a_repair_under_its_owner(tmp_path):
    write(tmp_path / "mongodb" / "storage.bson", "")

    program.main("mongodb", tmp_path)

    (repair,) = repairs.recent(tmp_path, 0.0)
    assert repair.program == "mongodb"


def test_a_repair_that_fails_does_not_keep_the_program_from_starting(tmp_path, monkeypatch, caplog):
    def fail(data_dir, note):
        raise PermissionError("not yours")

    monkeypatch.setitem(program.REPAIR, "redis", fail)

    program.main("redis", tmp_path)

    assert "cannot repair the files of redis: not yours" in caplog.text
