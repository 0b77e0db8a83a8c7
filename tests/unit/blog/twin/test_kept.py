"""What is kept, for how long, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from blog.twin.kept import MAX_KEPT, MIN_AGE, TIME_FORMAT, Kept, KeptError, lack_of_room, outdated

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def names(*days_old):
    return [(NOW - timedelta(days=days)).strftime(TIME_FORMAT) for days in days_old]


class Clock:
    def __init__(self):
        self.now = NOW

    def __call__(self):
        return self.now.timestamp()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def kept(tmp_path, clock):
    return Kept(tmp_path / "diverged", clock)


def write(folder):
    (folder / "one.sql.gz").write_text("rows")


def test_a_folder_appears_once_it_is_whole(kept):
    def fill(folder):
        write(folder)
        assert kept.paths() == []

    assert kept.keep(fill).name == "20260601T000000Z"

    assert kept.paths() == [kept.folder / "20260601T000000Z"]
    assert kept.folder.stat().st_mode & 0o077 == 0


def test_of_one_that_fails_nothing_stays(kept):
    def fail(folder):
        write(folder)
        raise KeptError("no")

    with pytest.raises(KeptError):
        kept.keep(fail)

    assert list(kept.folder.iterdir()) == []


def test_half_of_one_from_before_a_kill_is_replaced(kept):
    half = kept.folder / ".unfinished"
    half.mkdir(parents=True)
    (half / "two.sql.gz").write_text("ro")

    place = kept.keep(write)

    assert [path.name for path in place.iterdir()] == ["one.sql.gz"]


def test_moved_files_are_seen_and_links_and_empty_folders_are_not(kept):
    place = kept.place_for_files()
    place.mkdir(parents=True)
    (place / "theme").symlink_to("/usr/share/wordpress")
    assert kept.paths() == []

    (place / "uploads").mkdir()
    (place / "uploads" / "dot.gif").write_text("a picture")

    assert kept.paths() == [place.parent]


def test_the_newest_few_are_kept_and_of_the_others_those_that_are_young():
    few = names(*range(100, 100 + MAX_KEPT))
    assert outdated(few, NOW) == []

    old, young = names(200, 300), names(1, 29)

    assert outdated([*young, *few, *old], NOW) == names(103, 104, 200, 300)
    assert outdated(names(*range(1, 29)), NOW) == []


def test_what_is_outdated_makes_room_for_the_next_and_the_operators_own_stays(kept, clock):
    mine = kept.folder / "looked at"
    mine.mkdir(parents=True)
    first = kept.keep(write)
    for _ in range(MAX_KEPT):
        clock.now += MIN_AGE
        kept.keep(write)
    assert first.exists()

    clock.now += timedelta(seconds=1)
    kept.keep(write)

    assert not first.exists()
    assert mine.exists()


def test_a_dump_needs_the_room_of_its_rows(kept):
    assert lack_of_room(10, 10) == ""
    assert lack_of_room(300_000_000, 90_000_000) == (
        "a dump takes up to 300 MB, 90 MB are free: make room"
    )
    kept.refuse_without_room(1)
    with pytest.raises(KeptError, match=r"make room on the volume of .*diverged"):
        kept.refuse_without_room(1 << 60)
