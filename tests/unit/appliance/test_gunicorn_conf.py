"""gunicorn lets as many in as the app wants to serve."""

import resource
import runpy
from pathlib import Path

import pytest

from qlines.web.device.polls import MAX_POLLS

ROOT = Path(__file__).resolve().parents[3]
UNLIMITED = resource.RLIM_INFINITY


@pytest.fixture(scope="module")
def settings():
    return runpy.run_path(str(ROOT / "appliance/etc/gunicorn/gunicorn.conf.py"))


def test_people_are_let_in_while_as_many_devices_poll_as_may(settings):
    assert settings["worker_connections"] >= MAX_POLLS + 1_000
    assert settings["PARKED_POLLS"] == MAX_POLLS


@pytest.mark.parametrize(
    ("limits", "raised"),
    [
        ((1_024, 524_288), (12_500, 524_288)),
        ((1_024, UNLIMITED), (12_500, UNLIMITED)),
        ((1_024, 4_096), (4_096, 4_096)),
        ((20_000, 524_288), None),
        ((UNLIMITED, UNLIMITED), None),
    ],
)
def test_each_connection_may_be_an_open_file(settings, monkeypatch, limits, raised):
    changed = []
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits)
    monkeypatch.setattr(resource, "setrlimit", lambda _, new: changed.append(new))

    settings["allow_open_files"](12_500)

    assert changed == ([raised] if raised else [])
