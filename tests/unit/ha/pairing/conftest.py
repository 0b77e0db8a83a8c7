"""What the tests of the pairing share."""

from pathlib import Path

import pytest

from tests.unit.ha.pairing.vms import Vm


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the syncs, which take seconds on a busy disk."""
    monkeypatch.setattr("appliance.shared.files.os.fsync", lambda _handle: None)


@pytest.fixture
def a(tmp_path: Path) -> Vm:
    return Vm(tmp_path, "a")


@pytest.fixture
def b(tmp_path: Path) -> Vm:
    return Vm(tmp_path, "b")
