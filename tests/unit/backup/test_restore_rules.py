import pytest

from backup import restore_rules
from backup.errors import BackupError
from backup.manifest import Manifest, SourceReport
from backup.restore_rules import Wanted

EMPTY = SourceReport({}, 0, 0, 0.0)
NAMES = ("spool", "kafka", "clickhouse", "mongodb", "redis", "secrets")
FOUND = Manifest("run", "1", 2, 0.0, 0.0, dict.fromkeys(NAMES, EMPTY), {}, (), {}, {})


def test_everything_that_the_backup_has_is_restored():
    wanted = restore_rules.wanted(None, FOUND)

    assert wanted.sources == ("spool", "kafka", "clickhouse", "mongodb", "redis", "secrets")
    assert wanted.stores == ("mongodb", "clickhouse")
    assert "secrets" not in wanted.fetched


def test_with_the_readings_comes_what_was_on_its_way_to_them():
    assert restore_rules.wanted("clickhouse", FOUND).sources == ("clickhouse", "kafka", "spool")


def test_the_registry_comes_alone():
    wanted = restore_rules.wanted("mongodb", FOUND)

    assert (wanted.sources, wanted.stores) == (("mongodb",), ("mongodb",))


def test_secrets_alone_touch_no_store():
    assert restore_rules.wanted("secrets", FOUND).stores == ()


def test_a_device_needs_its_document_and_its_readings():
    wanted = restore_rules.wanted("device:64b0", FOUND)

    assert (wanted.device, set(wanted.sources)) == ("64b0", {"mongodb", "clickhouse"})


def test_a_part_that_nobody_knows_is_refused_with_those_that_exist():
    with pytest.raises(
        BackupError, match=r"one of clickhouse, mongodb, .* or device:ID, got 'kafk'"
    ):
        restore_rules.wanted("kafk", FOUND)


def test_a_part_that_the_backup_lacks_is_refused():
    with pytest.raises(BackupError, match="blog is not in this backup"):
        restore_rules.wanted("blog", FOUND)


def test_where_the_blog_s_volume_is_read_only_everything_else_is_restored():
    everything = Wanted(("mongodb", "blog", "secrets"))

    assert restore_rules.without_blog(everything, None, None) == everything
    assert restore_rules.without_blog(everything, None, "why").sources == ("mongodb", "secrets")
    with pytest.raises(BackupError, match="why"):
        restore_rules.without_blog(Wanted(("blog",)), "blog", "why")


def test_data_that_somebody_uses_are_not_replaced_unasked():
    restore_rules.require_no_data(False)
    with pytest.raises(BackupError, match="add --yes"):
        restore_rules.require_no_data(True)


def test_one_of_two_twins_is_not_restored_alone():
    restore_rules.require_no_twin(False)
    with pytest.raises(BackupError, match="make twin-leave"):
        restore_rules.require_no_twin(True)
