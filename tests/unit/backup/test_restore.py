"""The swap of a restore: until when the stores that it replaces were in use."""

from types import SimpleNamespace

import pytest

from backup import restore
from backup.programs import PIPELINE
from qlines.clock import FakeClock


class FakePrograms:
    """Programs of which each takes five seconds to stop."""

    def __init__(self, clock):
        self._clock = clock
        self.stopped_at_us = {}
        self.started = []

    def stop(self, names):
        for name in names:
            self._clock.advance(5)
            self.stopped_at_us[name] = self._clock.now_us()

    def start(self, names):
        self.started += names

    def has(self, name):
        return True

    def run_once(self, name, stores):
        pass


class FakeSwap:
    def exchange(self, stores):
        pass

    def finish(self):
        pass


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def programs(clock, monkeypatch):
    made = FakePrograms(clock)
    monkeypatch.setattr(restore, "Programs", lambda *_given: made)
    monkeypatch.setattr(restore, "Swap", lambda *_given: FakeSwap())
    monkeypatch.setattr(restore, "Scratch", lambda *_given: None)
    monkeypatch.setattr(restore.os, "sync", lambda: None)
    return made


@pytest.fixture
def replace(clock, programs, monkeypatch, tmp_path):
    """Return a function that swaps a restored MongoDB in, and notes until when it was in use."""
    settings = SimpleNamespace(run_dir=tmp_path, data_dir=tmp_path, roles=frozenset())
    wanted = SimpleNamespace(sources=frozenset({"mongodb"}))
    found = SimpleNamespace(snapshot=SimpleNamespace(id="abc"))
    fetched = SimpleNamespace(sources={"mongodb"}, found=found, folder=tmp_path)
    monkeypatch.setattr(restore, "wait_until_built", lambda *_given: None)

    def ended_mails_of(_settings):
        assert "mongodb" not in programs.stopped_at_us, "it must still answer"
        return ["ended"]

    def run():
        noted = []

        def note_restore(_settings, until_us, ended):
            assert ended == ["ended"]
            noted.append(until_us)

        monkeypatch.setattr(restore.mongodb_source, "ended_mails_of", ended_mails_of)
        monkeypatch.setattr(restore.mongodb_source, "note_restore", note_restore)
        restore._Run(settings, clock, None, restore.Options(), wanted)._replace(fetched)
        return noted

    return run


def test_ingest_starts_once_the_registry_has_the_restored_devices(
    replace, clock, programs, monkeypatch, tmp_path
):
    """What waited in the spool of the backup would be dropped as of devices that were removed."""
    seen = []

    def wait(folder, since_us, _clock):
        assert (folder, since_us) == (tmp_path / "registry", clock.now_us())
        seen.extend(programs.started)

    monkeypatch.setattr(restore, "wait_until_built", wait)

    replace()

    assert "registry" in seen
    assert "ingest" not in seen
    assert "ingest" in programs.started


def test_people_have_heard_of_what_happened_until_who_sends_messages_was_stopped(replace, programs):
    """What was sent while programs were being stopped would be sent a second time otherwise."""
    noted = replace()

    (until_us,) = noted
    assert until_us >= max(programs.stopped_at_us[name] for name in ("messenger", "alarms"))
    assert programs.stopped_at_us["mongodb"] > programs.stopped_at_us[PIPELINE[-1]]
