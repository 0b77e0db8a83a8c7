import pytest

from qlines.clock import FakeClock
from qlines.spool.disk_lines import DiskSpace
from qlines.spool.quota import SpoolQuota, refusal

MB = 2**20


@pytest.mark.parametrize(
    ("spool", "free", "limit", "refused"),
    [
        (0, 1000 * MB, 0, False),
        (500 * MB, 500 * MB, 0, False),
        (501 * MB, 500 * MB, 0, True),
        (501 * MB, 500 * MB, 600 * MB, False),
        (601 * MB, 500 * MB, 600 * MB, True),
        (0, 64 * MB, 0, False),
        (0, 63 * MB, 0, True),
        (0, 63 * MB, 600 * MB, True),
    ],
)
def test_it_refuses_above_the_limit_and_before_the_disk_is_full(spool, free, limit, refused):
    assert (refusal(spool, free, limit, 64 * MB) is not None) is refused


def test_it_counts_every_folder_and_its_own_bytes_between_two_measurements(tmp_path):
    clock = FakeClock()
    (tmp_path / "mqtt").mkdir()
    (tmp_path / "mqtt" / f"{1:020}.seg").write_bytes(bytes(60))
    folders = [tmp_path / "http", tmp_path / "mqtt"]
    quota = SpoolQuota(folders, 100, clock, measure=lambda _folder: DiskSpace(0, 1000 * MB))
    assert quota.refusal() is None

    quota.note_appended(41)
    assert quota.refusal() is not None

    clock.advance(1)
    assert quota.refusal() is None


def test_the_reserve_follows_from_the_size_of_the_disk_and_the_guard(tmp_path):
    disk = DiskSpace(10_000 * MB, 600 * MB)

    strict = SpoolQuota([tmp_path], 0, FakeClock(), 80, measure=lambda _folder: disk)
    lenient = SpoolQuota([tmp_path], 0, FakeClock(), 90, measure=lambda _folder: disk)

    assert "must stay free" in strict.refusal()
    assert lenient.refusal() is None
