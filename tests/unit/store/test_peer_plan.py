from qlines.store import partition
from qlines.store import peer_plan as plan
from qlines.store.peer_points import LAST_SPAN, Portion, Sum
from qlines.store.point_time import BLOCK_US


def test_the_newest_partition_comes_first_and_what_is_done_or_expired_not_at_all():
    names = ["20261116", "202501", "20261123", "20261102"]

    left = plan.partitions_to_do(names, ["20261116"], partition.end_us("202501"))

    assert left == ["20261123", "20261102"]


def test_blocks_that_the_retention_deletes_are_not_compared():
    first, last = partition.blocks_of("20261102")

    assert plan.blocks_to_compare("20261102", 0) == (first, last)
    assert plan.blocks_to_compare("20261102", (first + 3) * BLOCK_US + 1) == (first + 3, last)


def test_only_what_the_twin_has_counts_as_a_difference():
    own = {1: Sum(5, 50), 2: Sum(6, 60), 4: Sum(1, 1)}
    peer = {1: Sum(5, 50), 2: Sum(6, 61), 3: Sum(1, 1)}

    assert plan.differing(own, peer) == [2, 3]


def test_devices_share_a_portion_up_to_its_size(monkeypatch):
    monkeypatch.setattr(plan, "MAX_POINTS", 10)
    peer = {"a": Sum(4, 0), "b": Sum(5, 0), "c": Sum(2, 0), "d": Sum(10, 0)}

    portions = list(plan.portions(7, "abcd", {"c": Sum(3, 0)}, peer))

    assert portions == [Portion(7, ("a", "b")), Portion(7, ("c",)), Portion(7, ("d",))]


def test_a_statement_never_names_too_many_devices(monkeypatch):
    monkeypatch.setattr(plan, "MAX_DEVICES", 2)
    peer = dict.fromkeys("abcde", Sum(1, 0))

    assert [p.devices for p in plan.portions(7, "abcde", {}, peer)] == [
        ("a", "b"), ("c", "d"), ("e",)
    ]  # fmt: skip


def test_a_large_device_is_cut_by_time_without_a_gap(monkeypatch):
    monkeypatch.setattr(plan, "MAX_POINTS", 10)

    portions = list(plan.portions(7, ["a"], {}, {"a": Sum(25, 0)}))

    spans = [(portion.first_span, portion.last_span) for portion in portions]
    assert spans == [(0, 681), (682, 1364), (1365, LAST_SPAN)]


def test_it_counts_what_a_block_holds():
    assert plan.total({"a": Sum(2, 0), "b": Sum(3, 0)}) == 5


def test_a_copy_rests_a_quarter_of_the_time_that_it_worked_and_no_longer_than_five_seconds():
    assert [plan.rest_seconds(worked) for worked in (0.0, 4.0, 60.0)] == [0.0, 1.0, 5.0]
