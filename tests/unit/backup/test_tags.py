from backup import tags
from backup.restic import Snapshot


def snapshot(name, run):
    return Snapshot(name, 0.0, (tags.SECRETS, tags.of_run(run)))


def test_a_snapshot_knows_its_run():
    assert tags.run_of(snapshot("a", "20261126T031200Z")) == "20261126T031200Z"


def test_a_snapshot_of_another_program_has_none():
    assert tags.run_of(Snapshot("a", 0.0, ("photos",))) is None


def test_secrets_whose_data_are_gone_are_orphans():
    secrets = [snapshot("old", "monday"), snapshot("new", "tuesday")]

    assert tags.orphans(secrets, [snapshot("data", "tuesday")]) == ["old"]
