import dataclasses

import pytest

from qlines import role
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.init.shared_mongodb import WITHOUT_PRIMARY_SECONDS, skipped_without_primary
from qlines.role import Role
from qlines.settings import Settings


@pytest.fixture
def settings(tmp_path):
    return dataclasses.replace(Settings.from_env({}), run_dir=tmp_path)


@pytest.fixture
def clock():
    return FakeClock(1_000_000_000)  # 1000 s


def fail_for_want_of_a_primary(settings, clock):
    with skipped_without_primary(settings, clock, "the schema"):
        raise StoreUnavailableError("mongodb", LookupError("no primary"))


@pytest.mark.parametrize(
    "seen",
    [
        Role("active", 900.0, 1000.0, "this side is active"),
        Role("unknown", 999.0, 1000.0, "no side has the majority"),
    ],
)
def test_a_primary_may_still_be_elected(settings, clock, seen):
    role.write(settings.run_dir, seen)

    with pytest.raises(StoreUnavailableError):
        fail_for_want_of_a_primary(settings, clock)


def test_without_a_primary_for_a_while_the_start_goes_on(settings, clock, caplog):
    since = 1000.0 - WITHOUT_PRIMARY_SECONDS
    role.write(settings.run_dir, Role("unknown", since, 1000.0, "no side has the majority"))

    fail_for_want_of_a_primary(settings, clock)

    assert "the schema is left to the next active side: no side has the majority" in caplog.text
