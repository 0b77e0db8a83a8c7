"""Which parts count as unreadable, with a ClickHouse that answers as a test says."""

import pytest
from clickhouse_driver.errors import ServerException

from qlines.store import clickhouse_parts
from qlines.store.part_list import Part

NEW, OLD = Part("points", "20261123_2_2_0", 2_000.0), Part("points", "20261123_1_1_0", 1_000.0)
CHECKSUM_DOES_NOT_MATCH, TOO_MANY_FILES, MEMORY_LIMIT = 40, 76, 241


class Engine:
    """Lists its parts, and answers each read of one with the next of *codes*; 0 is success."""

    def __init__(self, *codes):
        self.codes = list(codes)
        self.read, self.statements = [], []

    def execute(self, query, parameters=None):
        self.statements.append(query)
        if "system.parts" in query:
            return [NEW, OLD]
        if "system.tables" in query:
            return [("latest",)]
        if parameters:
            self.read.append(parameters["part"])
            if code := self.codes.pop(0):
                raise ServerException("no", code)
        return [(0,)]


def test_a_part_with_corrupt_content_is_unreadable():
    engine = Engine(CHECKSUM_DOES_NOT_MATCH, CHECKSUM_DOES_NOT_MATCH)

    assert clickhouse_parts.unreadable(engine) == [NEW]


@pytest.mark.parametrize("code", clickhouse_parts.CORRUPTION_CODES)
def test_a_part_that_can_be_read_at_the_second_attempt_is_not(code):
    assert clickhouse_parts.unreadable(Engine(code, 0)) == []


def test_a_part_that_cannot_be_read_for_another_reason_is_left_where_it_is(caplog):
    assert clickhouse_parts.unreadable(Engine(TOO_MANY_FILES)) == []
    assert "cannot read the part 20261123_2_2_0 of the table points" in caplog.text


def test_an_outage_is_not_judged():
    with pytest.raises(ServerException):
        clickhouse_parts.unreadable(Engine(MEMORY_LIMIT))


def test_only_recent_parts_are_read():
    engine = Engine(0)

    clickhouse_parts.unreadable(engine)

    assert engine.read == [NEW.name]


def test_it_attaches_the_tables_that_have_a_definition_and_are_away(tmp_path):
    folder = tmp_path / "clickhouse" / "metadata" / "default"
    folder.mkdir(parents=True)
    for name in ("points.sql", "latest.sql", "incoming.sql.tmp"):
        (folder / name).touch()
    engine = Engine()

    clickhouse_parts.attach_detached_tables(engine, tmp_path)

    assert engine.statements[1:] == ["ATTACH TABLE points"]


def test_a_part_is_set_aside_and_its_table_attached_again(tmp_path):
    table = tmp_path / "clickhouse" / "data" / "default" / "points"
    (table / NEW.name).mkdir(parents=True)
    engine = Engine()

    clickhouse_parts.set_aside(engine, tmp_path, NEW)

    assert [path.name for path in table.rglob("*")] == ["detached", f"unreadable_{NEW.name}"]
    assert engine.statements[-1] == "ATTACH TABLE points"
