import pytest

from qlines.errors import DataVersionError
from qlines.store.clickhouse_migrate import migrate, migrations


def test_it_has_nothing_left_to_do_when_run_again(engine):
    assert migrate(engine) == []


def test_it_finishes_a_run_that_failed_after_the_statements(engine):
    engine.execute("DROP TABLE schema_versions")

    assert migrate(engine) == [migration.name for migration in migrations()]
    assert migrate(engine) == []


def test_it_refuses_tables_of_a_newer_program(engine):
    engine.execute("INSERT INTO schema_versions (number, name) VALUES", [(9999, "9999_later")])

    with pytest.raises(DataVersionError, match="tables have version 9999"):
        migrate(engine)

    engine.execute("DROP TABLE schema_versions")
    migrate(engine)
