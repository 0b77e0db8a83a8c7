import pytest

from backup.progress import Progress, bar, megabytes


@pytest.mark.parametrize(("share", "percent"), [(0.0, "0%"), (0.5, "50%"), (1.7, "100%")])
def test_a_bar_shows_the_share(share, percent):
    assert bar("clickhouse", share).endswith(percent)


def test_bars_are_of_one_width():
    assert len(bar("mongodb", 0.1)) == len(bar("clickhouse", 0.9))


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0.0 MB"), (2_340_000, "2.3 MB"), (81_500_000, "82 MB")]
)
def test_sizes_are_for_people(size, text):
    assert megabytes(size) == text


def test_there_are_no_bars_in_a_log(capsys):
    progress = Progress(is_terminal=False)
    progress.step("mongodb")(0.5)
    progress.end("mongodb", "3 users")

    assert capsys.readouterr().err == "mongodb      3 users\n"


def test_a_terminal_shows_bars(capsys):
    Progress(is_terminal=True).step("mongodb")(0.5)

    assert "█" in capsys.readouterr().err
