"""What the tests of the pairing share."""

import pytest


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the syncs, which take seconds on a busy disk."""
    monkeypatch.setattr("appliance.shared.files.os.fsync", lambda _handle: None)
