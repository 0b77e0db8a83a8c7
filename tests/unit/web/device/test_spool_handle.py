"""The spool as the web app uses it, with a real folder."""

import pytest

from qlines.clock import FakeClock
from qlines.errors import SpoolFullError
from qlines.spool.appender import SpoolAppender
from qlines.spool.disk_lines import DiskSpace
from qlines.spool.frame import FrameKind
from qlines.spool.quota import SpoolQuota
from qlines.spool.reader import SpoolReader
from qlines.web.device.spool_handle import SpoolHandle


def spool_handle(folder, *, sync="interval", free=2**40):
    clock = FakeClock()
    quota = SpoolQuota([folder], 0, clock, measure=lambda _folder: DiskSpace(0, free))
    return SpoolHandle(
        SpoolAppender(folder, sync=sync, quota=quota, clock=clock), always=sync == "always"
    )


@pytest.mark.parametrize("sync", ["interval", "always"])
def test_what_was_appended_can_be_read(tmp_path, sync):
    spool = spool_handle(tmp_path, sync=sync)

    spool.append(FrameKind.MESSAGE, "d" * 24, "topic", b"1")
    spool.sync()
    spool.close()

    [frame] = SpoolReader(tmp_path).read(1000)
    assert (frame.kind, frame.device, frame.payload) == (FrameKind.MESSAGE, "d" * 24, b"1")


def test_a_full_disk_is_reported_and_leaves_the_handle_usable(tmp_path):
    spool = spool_handle(tmp_path, free=0)

    for _ in range(2):
        with pytest.raises(SpoolFullError):
            spool.append(FrameKind.MESSAGE, "d" * 24, "topic", b"1")
