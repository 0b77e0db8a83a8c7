import pytest

from backup.sources import spool
from qlines.clock import FakeClock
from qlines.settings import Settings
from qlines.spool import segments
from qlines.spool.appender import SpoolAppender, last_time_us
from qlines.spool.frame import Frame, FrameKind, encode
from qlines.spool.quota import SpoolQuota
from qlines.spool.reader import SpoolReader
from qlines.spool.segments import Position

TOPIC = "v1/devices/me/telemetry"
NOW_US = 1_800_000_000_000_000


def frame(payload, time_us=NOW_US, kind=FrameKind.MESSAGE):
    return Frame(time_us, kind, "d1", TOPIC, payload)


def write(folder, number, *frames, tail=b""):
    folder.mkdir(parents=True, exist_ok=True)
    path = segments.path_of(folder, number)
    path.write_bytes(b"".join(map(encode, frames)) + tail)
    return path


def read(folder, from_segment=0):
    reader = SpoolReader(folder)
    reader.position = Position(from_segment, 0)
    frames = []
    while more := reader.read(1_000_000):
        frames += more
    return frames


def payloads(folder):
    return [item.payload for item in read(folder)]


@pytest.fixture
def settings(tmp_path):
    return Settings.from_env({"QLINES_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def live(settings):
    return settings.data_dir / "spool"


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "backup").mkdir()
    return tmp_path / "backup"


def test_a_dump_holds_what_ingest_has_not_published(settings, live, folder):
    first = write(live / "mqtt", 1, frame(b"published"), frame(b"waits"))
    write(live / "mqtt", 2, frame(b"waits too"))
    write(live / "http", 7, frame(b"waits here"))
    segments.write_cursor(live / "mqtt", Position(1, len(encode(frame(b"published")))))

    counts = spool.dump(settings, folder)

    assert counts == {"frames in spool/mqtt": 2, "frames in spool/http": 1}
    assert payloads(folder / "mqtt") == [b"waits", b"waits too"]
    assert payloads(folder / "http") == [b"waits here"]
    assert first.exists()


def test_segments_before_the_cursor_are_left_out(settings, live, folder):
    write(live / "mqtt", 1, frame(b"published"))
    write(live / "mqtt", 2, frame(b"waits"))
    segments.write_cursor(live / "mqtt", Position(2, 0))

    spool.dump(settings, folder)

    assert payloads(folder / "mqtt") == [b"waits"]


def test_a_segment_that_is_full_is_linked_and_the_newest_one_is_copied(settings, live, folder):
    full, newest = (write(live / "mqtt", number, frame(b"waits")) for number in (1, 2))

    spool.dump(settings, folder)

    assert segments.path_of(folder / "mqtt", 1).samefile(full)
    assert not segments.path_of(folder / "mqtt", 2).samefile(newest)


def test_a_frame_that_is_being_written_is_left_out(settings, live, folder):
    write(live / "mqtt", 1, frame(b"waits"), tail=encode(frame(b"half"))[:20])

    spool.dump(settings, folder)

    assert segments.path_of(folder / "mqtt", 1).read_bytes() == encode(frame(b"waits"))


def test_a_segment_that_ingest_deletes_before_it_is_linked_is_left_out(
    settings, live, folder, monkeypatch
):
    gone = write(live / "mqtt", 1, frame(b"published just now"))
    write(live / "mqtt", 2, frame(b"waits"))
    link = spool.os.link

    def delete_and_link(old, new):
        gone.unlink()
        link(old, new)

    monkeypatch.setattr(spool.os, "link", delete_and_link)

    assert spool.dump(settings, folder)["frames in spool/mqtt"] == 1
    assert payloads(folder / "mqtt") == [b"waits"]


def test_a_cursor_beyond_all_segments_is_one_of_a_folder_that_was_emptied_by_hand(
    settings, live, folder
):
    write(live / "mqtt", 1, frame(b"waits"))
    segments.write_cursor(live / "mqtt", Position(9, 50))

    assert spool.dump(settings, folder)["frames in spool/mqtt"] == 1


def test_a_spool_that_does_not_exist_yet_is_empty(settings, folder):
    assert spool.dump(settings, folder) == {"frames in spool/mqtt": 0, "frames in spool/http": 0}


@pytest.fixture
def dumped(folder):
    """Return a backup with a message of the broker and one of the web app, at even and odd time."""
    write(folder / "mqtt", 4, frame(b"by mqtt", NOW_US))
    write(folder / "http", 2, frame(b"by http", NOW_US - 9))
    return folder


def test_a_restore_returns_the_counts_of_its_dump(settings, live, folder, tmp_path):
    connected = frame(b"1.2.3.4", kind=FrameKind.CONNECTED)
    write(live / "mqtt", 1, connected, frame(b"waits"), tail=b"torn")
    write(live / "mqtt", 2, frame(b"waits too"))
    counts = spool.dump(settings, folder)
    elsewhere = Settings.from_env({"QLINES_DATA_DIR": str(tmp_path / "elsewhere")})

    assert spool.restore(elsewhere, folder) == counts
    assert counts == {"frames in spool/mqtt": 2, "frames in spool/http": 0}


def test_everything_is_appended_to_the_folder_of_the_web_app(settings, live, dumped):
    write(live / "http", 5, frame(b"live", NOW_US - 100))
    segments.write_cursor(live / "http", Position(5, 0))
    write(live / "mqtt", 8, frame(b"live by mqtt"))

    spool.restore(settings, dumped)

    assert [item.payload for item in read(live / "http")][:3] == [b"live", b"by mqtt", b"by http"]
    assert payloads(live / "mqtt") == [b"live by mqtt"]


def test_ingest_reads_what_is_restored(settings, live, dumped):
    """Its cursor may be behind the last segment of an empty spool."""
    (live / "http").mkdir(parents=True)
    segments.write_cursor(live / "http", Position(12, 345))

    spool.restore(settings, dumped)

    reader = SpoolReader(live / "http")
    assert {item.payload for item in reader.read(1_000_000)} == {b"by mqtt", b"by http"}


def test_the_newest_frame_is_the_last_one_so_that_times_rise(settings, live, dumped):
    write(live / "http", 5, frame(b"live", NOW_US + 101))

    spool.restore(settings, dumped)

    assert payloads(live / "http") == [b"live", b"by mqtt", b"by http", b"live"]
    assert last_time_us(live / "http") == NOW_US + 101


def test_the_web_apps_times_stay_odd_after_a_frame_of_the_broker(settings, live, dumped):
    spool.restore(settings, dumped)
    clock = FakeClock(NOW_US - 1_000_000)
    quota = SpoolQuota([live / "http"], 0, clock)

    appender = SpoolAppender(live / "http", sync="always", quota=quota, clock=clock)

    assert appender.append(FrameKind.MESSAGE, "d1", TOPIC, b"next") == NOW_US + 1
    appender.close()


@pytest.mark.parametrize(
    "kind", [FrameKind.CONNECTED, FrameKind.DISCONNECTED, FrameKind.WRITER_STARTED]
)
def test_connections_of_that_time_are_left_out(settings, live, folder, kind):
    write(folder / "mqtt", 1, frame(b"", kind=kind), frame(b"waits"))

    spool.restore(settings, folder)

    assert payloads(live / "http") == [b"waits"]


def test_a_large_spool_becomes_several_segments(settings, live, folder, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 2 * len(encode(frame(b"0"))))
    write(folder / "mqtt", 1, *(frame(b"%d" % number) for number in range(5)))

    spool.restore(settings, folder)

    assert segments.numbers(live / "http") == [1, 2, 3]
    assert payloads(live / "http") == [b"0", b"1", b"2", b"3", b"4"]


def test_a_backup_without_frames_adds_no_segment(settings, live, folder):
    write(live / "http", 5, frame(b"live"))
    (folder / "mqtt").mkdir()

    assert set(spool.restore(settings, folder).values()) == {0}
    assert segments.numbers(live / "http") == [5]


def test_what_ingest_knew_is_restored_only_where_it_knows_nothing(settings, live, folder):
    live.mkdir(parents=True)
    (live / "ingest.json").write_text("then")
    spool.dump(settings, folder)

    (live / "ingest.json").write_text("now")
    spool.restore(settings, folder)
    assert (live / "ingest.json").read_text() == "now"

    (live / "ingest.json").unlink()
    spool.restore(settings, folder)
    assert (live / "ingest.json").read_text() == "then"
