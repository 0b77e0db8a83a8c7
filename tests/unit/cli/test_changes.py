"""Every command that changes something leaves an audit line, as the pages do."""

import argparse
from types import SimpleNamespace

import pytest

from qlines.cli import api_key, device, device_import, user
from qlines.cli.context import Context
from qlines.clock import FakeClock
from qlines.store import devices, users
from tests.fakes.mongo import FakeMongo


class Console:
    """Says nothing."""

    def answer(self, *_):
        pass


def added(_, new_devices):
    return [{"_id": new.token, "name": new.name} for new in new_devices]


@pytest.fixture
def context(monkeypatch):
    for module in (device, device_import):
        monkeypatch.setattr(module, "wait_for_device", lambda *_, **__: None)
    monkeypatch.setattr("qlines.store.passwords.hash_password", lambda _: "a hash")
    monkeypatch.setattr("qlines.store.device_batches.add_all", added)
    context = Context(SimpleNamespace(), Console(), FakeClock())
    context.__dict__["db"] = FakeMongo()
    users.add(context.db, "amy@example.com", "a hash")
    return context


def args(**given):
    return argparse.Namespace(password_stdin=False, **given)


def lines(context):
    return [(line["who"], line["what"]) for line in context.db.audit.documents]


def test_adding_a_user_and_a_new_password_leave_a_line(context):
    user.run_add(args(email="Bob@example.com", admin=True), context)
    user.run_reset_password(args(email="amy@example.com"), context)

    assert lines(context) == [
        ("console", "added bob@example.com as an admin"),
        ("console", "replaced the password of amy@example.com"),
    ]


def test_adding_and_removing_a_device_leave_a_line(context):
    new = args(owner="amy@example.com", name="pump", gateway=False, token=None)
    device.run_add(new, context)
    [added] = devices.list_all(context.db)
    device.run_remove(args(id=str(added["_id"])), context)

    assert lines(context) == [
        ("console", f"added the device 'pump' ({added['_id']}) of amy@example.com"),
        ("console", f"removed the device 'pump' ({added['_id']})"),
    ]


def test_an_import_leaves_one_line_and_none_when_nothing_was_added(context, tmp_path):
    file = tmp_path / "devices.csv"
    file.write_text("name,owner,token\nfan,amy@example.com,one\npump,amy@example.com,two\n")
    device_import.run(args(file=str(file), skip_errors=False), context)
    file.write_text("name,owner,token\n")
    device_import.run(args(file=str(file), skip_errors=False), context)

    assert lines(context) == [
        ("console", "imported from a file 2 devices: 'fan' (one), 'pump' (two)")
    ]


def test_an_api_key_leaves_a_line_without_the_key(context):
    api_key.run_add(args(email="amy@example.com", name="script"), context)

    assert lines(context) == [("console", "added the API key 'script' of amy@example.com")]
