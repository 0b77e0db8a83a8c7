import pytest

from qlines.spool.disk_lines import lines_of

MB = 2**20
GB = 2**30


@pytest.mark.parametrize(
    ("gigabytes", "save", "drop", "refuse"),
    [
        (100, 10 * GB, 7.5 * GB, GB),
        (10, GB, 0.75 * GB, 0.5 * GB),
        (2, 0.2 * GB, 0.15 * GB, 0.1 * GB),
    ],
)
def test_the_lines_follow_from_the_size(gigabytes, save, drop, refuse):
    lines = lines_of(gigabytes * GB, 90)

    assert lines == pytest.approx((save, drop, refuse, refuse / 4), rel=1e-6)


@pytest.mark.parametrize("percent", [50, 90, 98])
@pytest.mark.parametrize("megabytes", [10, 100, 500, 1_000, 5_000, 10**8])
def test_each_line_is_below_the_one_before(megabytes, percent):
    save, drop, refuse, hold = lines_of(megabytes * MB, percent)

    assert save > drop > refuse > hold
    assert refuse >= 64 * MB
