import threading

from qlines.ingest.wake import Waker


def test_it_wakes_when_a_file_grows(tmp_path):
    segment = tmp_path / "1.seg"
    segment.touch()
    waker = Waker([tmp_path])

    threading.Timer(0.01, lambda: segment.write_bytes(b"frame")).start()

    assert waker.wait(10.0)


def test_it_misses_nothing_that_came_before_the_wait(tmp_path):
    waker = Waker([tmp_path])
    (tmp_path / "1.seg").write_bytes(b"frame")

    assert waker.wait(0.0)
    assert not waker.wait(0.0)


def test_it_watches_several_folders(tmp_path):
    for name in ("mqtt", "http"):
        (tmp_path / name).mkdir()
    waker = Waker([tmp_path / "mqtt", tmp_path / "http"])

    (tmp_path / "http" / "1.seg").write_bytes(b"frame")

    assert waker.wait(0.0)


def test_it_forgets_what_will_be_read_anyway(tmp_path):
    waker = Waker([tmp_path])
    for number in range(10):
        (tmp_path / f"{number}.seg").write_bytes(b"frame")

    waker.forget()

    assert not waker.wait(0.0)


def test_it_lets_the_caller_look_where_the_kernel_gives_no_watch(tmp_path, monkeypatch):
    class NoWatches:
        def inotify_init1(self, _flags):
            return -1

    monkeypatch.setattr("qlines.ingest.wake.ctypes.CDLL", lambda *_args, **_options: NoWatches())
    waker = Waker([tmp_path])

    waker.forget()

    assert waker.wait(0.0)
