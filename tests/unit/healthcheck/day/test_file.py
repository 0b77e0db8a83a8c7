"""The file of the last day's samples."""

from pathlib import Path

from healthcheck.day import file
from healthcheck.day.sample import Sample

NOW = 1_800_000_000.0


def at(seconds_ago: int) -> Sample:
    return Sample(int(NOW) - seconds_ago, 10.0, 12, 1.2, 40.0, None)


def test_it_reads_what_it_wrote(tmp_path: Path) -> None:
    path = tmp_path / file.NAME
    file.replace(path, [at(120)])
    file.append(path, at(60))

    assert file.read(path, NOW) == (at(120), at(60))


def test_a_line_that_a_power_cut_has_torn_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / file.NAME
    file.append(path, at(60))
    with path.open("a") as out:
        out.write('[1800000000,1.5,0\n\x00\x00\n["a",1,1,1,1,1]\n7\n')

    assert file.read(path, NOW) == (at(60),)


def test_what_is_older_than_a_day_or_from_the_future_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / file.NAME
    file.replace(path, [at(86_400), at(60), at(-3600)])

    assert file.read(path, NOW) == (at(60),)


def test_without_a_file_there_are_no_samples(tmp_path: Path) -> None:
    assert file.read(tmp_path / file.NAME, NOW) == ()
