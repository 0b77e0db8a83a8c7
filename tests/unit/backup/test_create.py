from backup.create import added, summary
from backup.manifest import SourceReport


def test_a_source_that_is_dumped_in_two_steps_has_one_report():
    first = SourceReport({"partitions": 1}, 1, 100, 0.5)
    second = SourceReport({"records": 7}, 2, 900, 1.25)

    assert added(first, second) == SourceReport({"partitions": 1, "records": 7}, 2, 900, 1.75)


def test_counts_are_shown_for_people():
    counts = {"users": 3, "devices": 1_000, "readings of 20261123": 9}

    assert summary(counts) == "3 users, 1,000 devices,"
