import threading

from qlines.ingest.spool_watcher import SpoolWatcher


def test_it_returns_when_a_file_grows(tmp_path):
    segment = tmp_path / "1.seg"
    segment.touch()
    watcher = SpoolWatcher([tmp_path])

    threading.Timer(0.01, lambda: segment.write_bytes(b"frame")).start()

    assert watcher.wait(10.0)


def test_it_misses_no_event_that_came_before_the_wait(tmp_path):
    watcher = SpoolWatcher([tmp_path])
    (tmp_path / "1.seg").write_bytes(b"frame")

    assert watcher.wait(0.0)
    assert not watcher.wait(0.0)


def test_it_watches_several_folders(tmp_path):
    for name in ("mqtt", "http"):
        (tmp_path / name).mkdir()
    watcher = SpoolWatcher([tmp_path / "mqtt", tmp_path / "http"])

    (tmp_path / "http" / "1.seg").write_bytes(b"frame")

    assert watcher.wait(0.0)


def test_it_discards_events_of_frames_that_are_read_anyway(tmp_path):
    watcher = SpoolWatcher([tmp_path])
    for number in range(10):
        (tmp_path / f"{number}.seg").write_bytes(b"frame")

    watcher.discard_events()

    assert not watcher.wait(0.0)


def test_it_lets_the_caller_poll_when_inotify_is_unavailable(tmp_path, monkeypatch):
    class NoWatches:
        def inotify_init1(self, _flags):
            return -1

    monkeypatch.setattr(
        "qlines.ingest.spool_watcher.ctypes.CDLL", lambda *_args, **_options: NoWatches()
    )
    watcher = SpoolWatcher([tmp_path])

    watcher.discard_events()

    assert watcher.wait(0.0)
