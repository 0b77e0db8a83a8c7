from types import SimpleNamespace

import pytest

from qlines.cli import registry_wait
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError

PUMP = "5f0000000000000000000001"


class FakeFile:
    """A registry file in which a change appears after so many reads."""

    reads = 0
    before = None
    after = None

    def __init__(self, folder):
        assert folder.name == "registry"

    def device(self, device_id):
        assert device_id == PUMP
        FakeFile.reads -= 1
        return FakeFile.before if FakeFile.reads >= 0 else FakeFile.after

    def close(self):
        pass


@pytest.fixture
def waited(monkeypatch, tmp_path):
    """Return a function that waits and returns the seconds that it took."""
    context = SimpleNamespace(settings=SimpleNamespace(data_dir=tmp_path), clock=FakeClock())
    monkeypatch.setattr(registry_wait, "RegistryFile", FakeFile)

    def wait(reads, before, after, **options):
        FakeFile.reads, FakeFile.before, FakeFile.after = reads, before, after
        started = context.clock.monotonic()
        registry_wait.wait_for_device(context, PUMP, **options)
        return context.clock.monotonic() - started

    return wait


def test_it_returns_at_once_when_the_device_is_known(waited):
    assert waited(0, before=None, after="pump") == 0


def test_it_waits_until_a_new_device_is_known(waited):
    assert waited(4, before=None, after="pump") == pytest.approx(0.02)


def test_it_waits_until_a_removed_device_is_gone(waited):
    assert waited(4, before="pump", after=None, is_there=False) == pytest.approx(0.02)


def test_it_gives_up_after_some_time(waited):
    assert waited(1_000_000, before=None, after="pump") == pytest.approx(
        registry_wait.MAX_SECONDS, abs=0.1
    )


def test_it_does_not_wait_for_a_file_that_was_never_built(waited, monkeypatch):
    def refuse(folder):
        raise StoreUnavailableError("registry", FileNotFoundError(str(folder)))

    monkeypatch.setattr(registry_wait, "RegistryFile", refuse)

    assert waited(4, before=None, after="pump") == 0
