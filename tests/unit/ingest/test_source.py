import pytest

from qlines.clock import FakeClock
from qlines.ingest import source as module
from qlines.ingest.source import SpoolSource
from qlines.spool import segments
from qlines.spool.frame import Frame, encode
from qlines.spool.reader import SpoolReader

NOW_US = 1_800_000_000_000_000


class Spool:
    """Two spool folders, and a source that reads them."""

    def __init__(self, folder):
        self.folders = [folder / "mqtt", folder / "http"]
        for each in self.folders:
            each.mkdir()
        self.clock = FakeClock(NOW_US)
        self.source = self.restart()

    def restart(self):
        readers = [SpoolReader(folder, max_retained_bytes=0) for folder in self.folders]
        return SpoolSource(readers, self.clock)

    def append(self, payload, *, folder=0, segment=1, time_us=NOW_US):
        with segments.path_of(self.folders[folder], segment).open("ab") as file:
            file.write(encode(Frame(time_us, 1, "d1", "v2/t", payload)))


@pytest.fixture
def spool(tmp_path):
    return Spool(tmp_path)


def payloads(source):
    return [frame.payload for frame in source.read()]


def test_it_reads_every_folder(spool):
    spool.append(b"mqtt")
    spool.append(b"http", folder=1)

    assert payloads(spool.source) == [b"mqtt", b"http"]
    assert payloads(spool.source) == []


def test_it_is_committed_until_it_reads(spool):
    spool.append(b"a")
    assert spool.source.is_committed

    spool.source.read()
    assert not spool.source.is_committed

    spool.source.commit()
    assert spool.source.is_committed


def test_a_restart_reads_from_the_last_commit(spool):
    spool.append(b"a")
    spool.source.read()
    spool.source.commit()
    spool.append(b"b")
    spool.append(b"c", folder=1)
    spool.source.read()

    assert payloads(spool.restart()) == [b"b", b"c"]


def test_it_writes_only_the_cursor_that_moved(spool):
    spool.append(b"a")
    spool.source.read()

    spool.source.commit()

    assert (spool.folders[0] / "cursor").exists()
    assert not (spool.folders[1] / "cursor").exists()


def test_a_commit_is_due_again_after_a_tenth_of_a_second(spool):
    assert spool.source.is_commit_due

    spool.source.commit()

    assert not spool.source.is_commit_due
    spool.clock.advance(0.11)
    assert spool.source.is_commit_due


def test_it_has_no_lag_when_it_read_everything(spool):
    spool.append(b"a")
    spool.source.read()
    spool.append(b"b")
    spool.clock.advance(5)

    spool.source.read()

    assert (spool.source.has_more, spool.source.lag_ms) == (False, 0)


def test_its_lag_is_the_age_of_the_oldest_place_where_reading_stopped(spool, monkeypatch):
    monkeypatch.setattr(module, "MAX_READ_BYTES", 1)
    spool.append(b"a", time_us=NOW_US)
    spool.append(b"b", folder=1, time_us=NOW_US + 1_000_000)
    spool.clock.advance(3)

    spool.source.read()

    assert (spool.source.has_more, spool.source.lag_ms) == (True, 3_000)


def test_it_deletes_committed_segments_every_two_seconds(spool):
    spool.append(b"a", segment=1)
    spool.append(b"b", segment=2)
    spool.source.delete_expired()
    spool.source.read()
    spool.source.read()
    spool.source.commit()

    spool.source.delete_expired()
    assert segments.numbers(spool.folders[0]) == [1, 2]

    spool.clock.advance(2)
    spool.source.delete_expired()
    assert segments.numbers(spool.folders[0]) == [2]


def test_it_adds_up_the_losses_of_all_folders(spool):
    for folder in (0, 1):
        corrupt = bytearray(encode(Frame(NOW_US, 1, "d1", "v2/t", b"x")))
        corrupt[-1] ^= 1
        segments.path_of(spool.folders[folder], 1).write_bytes(bytes(corrupt))

    spool.source.read()

    assert spool.source.losses["corrupt_frames"] == 2
