"""A restore waits for the registry file with the restored devices."""

import pytest

from backup.errors import BackupError
from backup.registry_wait import wait_until_built
from qlines.clock import FakeClock
from qlines.store.registry_file import RegistryFileWriter

DEVICE = {"_id": "a" * 24, "owner": "b" * 24, "name": "pump", "token": "t"}


class BuildsLater(FakeClock):
    """A clock in whose third pause the registry builds the file."""

    def __init__(self, folder):
        super().__init__()
        self._folder, self._pauses = folder, 0

    def sleep(self, seconds):
        super().sleep(seconds)
        self._pauses += 1
        if self._pauses == 3:
            build(self._folder, self.now_us())


def build(folder, at_us):
    file = RegistryFileWriter(folder)
    file.rebuild([DEVICE], at_us)
    file.close()


def test_it_waits_until_the_file_was_built_again(tmp_path):
    clock = BuildsLater(tmp_path)
    build(tmp_path, clock.now_us() - 1)
    began = clock.monotonic()

    wait_until_built(tmp_path, clock.now_us(), clock)

    assert clock.monotonic() > began


def test_it_waits_for_the_first_file(tmp_path):
    clock = BuildsLater(tmp_path)
    began = clock.monotonic()

    wait_until_built(tmp_path, clock.now_us(), clock)

    assert clock.monotonic() > began


def test_it_gives_up_and_says_where_to_look(tmp_path):
    clock = FakeClock()
    build(tmp_path, clock.now_us() - 1)

    with pytest.raises(BackupError, match="the registry has not read the restored devices"):
        wait_until_built(tmp_path, clock.now_us(), clock)
