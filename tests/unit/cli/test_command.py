import argparse
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from qlines.cli import command
from qlines.cli.__main__ import make_parser
from qlines.cli.console import DONE, FAILED, Console
from qlines.cli.context import Context
from qlines.clock import FakeClock, epoch_us, utc_datetime
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import commands, devices, users
from qlines.store.command_delivery import Answer, answer, mark_delivered, mark_sent
from tests.fakes.mongo import FakeMongo

NOBODY = "f" * 24


class Site:
    """A command line, a device that may do something while it waits, and what was read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clock = FakeClock()
        self.started_us = self.clock.now_us()
        no_settings: Any = SimpleNamespace()
        self.context = Context(no_settings, Console(with_json=False), self.clock)
        self.db: Any = FakeMongo()
        self.context.__dict__["db"] = self.db
        owner = users.add(self.db, "amy@example.com", "a hash")["_id"]
        self.device = str(devices.add(self.db, owner, "pump")["_id"])
        self.plan: dict[float, Any] = {}
        self.reads: list[float] = []
        read = commands.get

        def get(*args: Any) -> Any:
            self.reads.append(self.seconds)
            for at in [at for at in self.plan if at <= self.seconds]:
                self.plan.pop(at)()
            return read(*args)

        monkeypatch.setattr(commands, "get", get)

    @property
    def seconds(self) -> float:
        return (self.clock.now_us() - self.started_us) / 1e6

    @property
    def now(self) -> Any:
        return utc_datetime(self.clock.now_us())

    @property
    def lines(self) -> list[str]:
        return [line["what"] for line in self.db.audit.documents]

    def run(self, *words: str) -> int:
        args = make_parser().parse_args(["command", *words])
        self.context.console = Console(with_json=args.json)
        status: int = args.run(args, self.context)
        return status

    def send(self, *words: str) -> int:
        return self.run("send", self.device, "setValve", *words)

    def stored(self, number: int = 1) -> Any:
        return self.db.commands.find_one({"_id": f"{self.device}-{number}"})

    def be_sent(self) -> None:
        mark_sent(self.db, [(f"{self.device}-1", 0, ["client"])], "a", self.now)

    def be_delivered(self) -> None:
        mark_delivered(self.db, [(f"{self.device}-1", 1)], self.now)

    def be_answered(self) -> None:
        answer(self.db, [Answer(self.device, 1, '{"open":true}', epoch_us(self.now))])


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    return Site(monkeypatch)


def test_a_command_is_queued_and_noted(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert site.send('{"open": true}') == DONE

    stored = site.stored()
    assert (stored["method"], stored["params"], stored["two_way"]) == (
        "setValve", '{"open":true}', True,
    )  # fmt: skip
    assert (stored["by"], stored["retries"]) == ("console", 5)
    assert stored["expires_at"] - stored["created_at"] == timedelta(days=1)
    assert site.lines == [f"sent the command 1 'setValve' to the device 'pump' ({site.device})"]
    assert capsys.readouterr().out == (
        "the command 1 'setValve' is queued, and open until 2027-01-16T08:00:00.000Z\n"
    )
    assert site.reads == []


def test_the_options_of_a_command_are_stored(site: Site) -> None:
    site.send("--one-way", "--expires-in", "60", "--retries", "0")

    stored = site.stored()
    assert (stored["params"], stored["two_way"], stored["retries"]) == ("null", False, 0)
    assert stored["expires_at"] - stored["created_at"] == timedelta(seconds=60)


@pytest.mark.parametrize("in_order", [True, False])
def test_a_command_keeps_to_the_order_when_its_device_wants_that(
    site: Site, in_order: bool
) -> None:
    change = {"$set": {"commands_in_order": in_order}}
    site.db.devices.update_one({"name": "pump"}, change)

    site.send()

    assert site.stored()["in_order"] is in_order


@pytest.mark.parametrize(
    "words",
    [
        ["{open: true}"],
        [""],
        ["NaN"],
        ["--expires-in", "0"],
        ["--expires-in", "2592001"],
        ["--retries", "-1"],
        ["--retries", "11"],
        ["--wait", "0"],
        ["--wait", "nan"],
    ],
)
def test_a_wrong_argument_sends_nothing(site: Site, words: list[str]) -> None:
    with pytest.raises(FieldError, match=r"must be .*, got"):
        site.send(*words)

    assert site.stored() is None
    assert site.lines == []


def test_params_whose_digits_would_get_lost_are_not_sent(site: Site) -> None:
    with pytest.raises(FieldError, match="PARAMS_JSON was refused: a whole number must fit into"):
        site.send(str(2**64))

    assert site.stored() is None


def test_a_command_to_no_device_is_an_error(site: Site) -> None:
    with pytest.raises(NotFoundError, match="there is no device"):
        site.run("send", NOBODY, "open")


def test_it_waits_for_the_answer_and_says_each_state_once(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.plan = {0.6: site.be_sent, 1.4: site.be_delivered, 3.1: site.be_answered}

    assert site.send("--wait", "60") == DONE

    assert capsys.readouterr().out.splitlines() == [
        "2027-01-15T08:00:00.000Z queued",
        "2027-01-15T08:00:01.000Z sent once",
        "2027-01-15T08:00:01.500Z delivered",
        "2027-01-15T08:00:03.500Z answered",
        "the command 1 'setValve' is answered: {\"open\":true}",
    ]


def test_it_reads_mongodb_twice_a_second_and_no_longer_than_it_is_to_wait(site: Site) -> None:
    assert site.send("--wait", "1.7") == FAILED

    assert site.reads == [0.5, 1.0, 1.5, 1.7]
    assert site.stored()["state"] == "queued"


def test_delivered_is_no_end_for_a_command_that_is_to_be_answered(site: Site) -> None:
    site.plan = {0.4: site.be_sent, 0.9: site.be_delivered}

    assert site.send("--wait", "5") == FAILED
    assert site.seconds == 5


def test_delivered_is_the_end_of_a_command_without_an_answer(site: Site) -> None:
    site.plan = {0.4: site.be_sent, 0.9: site.be_delivered}

    assert site.send("--one-way", "--wait", "5") == DONE
    assert site.seconds == 1


def test_a_command_that_is_cancelled_meanwhile_has_failed(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.plan = {0.4: lambda: commands.cancel(site.db, site.device, 1, "amy@x", site.now)}

    assert site.send("--wait", "5", "--json") == FAILED

    printed = capsys.readouterr()
    assert json.loads(printed.out)["error"] == "cancelled by amy@x"
    assert printed.err.splitlines()[-1] == "2027-01-15T08:00:00.500Z failed"


def test_waiting_ends_when_the_device_is_removed(site: Site) -> None:
    site.plan = {0.4: lambda: site.db.commands.delete_many({})}

    with pytest.raises(NotFoundError, match="was removed together with its device"):
        site.send("--wait", "5")


def test_it_lists_the_open_commands_the_newest_first(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(3):
        site.send()
    commands.cancel(site.db, site.device, 2, "console", site.now)
    capsys.readouterr()

    assert site.run("list", site.device, "--state", "open", "--json") == DONE
    assert [made["number"] for made in json.loads(capsys.readouterr().out)] == [3, 1]

    site.run("list", site.device)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["NUMBER", "METHOD", "STATE", "MADE", "BY", "RESULT"]
    assert lines[2].split()[:3] == ["2", "setValve", "failed"]
    assert lines[2].endswith("cancelled by console")


def test_a_list_that_is_not_complete_says_so(
    site: Site, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "MAX_LISTED", 2)
    for _ in range(3):
        site.send()

    site.run("list", site.device)

    assert capsys.readouterr().out.endswith("these are the newest 2 of 3\n")


def test_a_state_that_there_is_not_is_wrong_usage(site: Site) -> None:
    with pytest.raises(SystemExit):
        site.run("list", site.device, "--state", "lost")


def test_a_command_is_cancelled_once_and_noted(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.send()
    capsys.readouterr()

    assert site.run("cancel", site.device, "1") == DONE
    assert capsys.readouterr().out == (
        "the command 1 'setValve' is cancelled; the device may have got it before\n"
    )
    assert site.stored()["error"] == "cancelled by console"
    assert site.lines[1:] == [
        f"cancelled the command 1 'setValve' to the device 'pump' ({site.device})"
    ]

    with pytest.raises(ConflictError, match="has ended"):
        site.run("cancel", site.device, "1")
    assert len(site.lines) == 2


@pytest.mark.parametrize("number", ["2", "0", "-1", "99999999999999999999"])
def test_cancelling_no_command_is_an_error(site: Site, number: str) -> None:
    site.send()

    with pytest.raises(NotFoundError, match="has no command"):
        site.run("cancel", site.device, number)


def test_the_defaults_are_those_of_the_api() -> None:
    args: argparse.Namespace = make_parser().parse_args(["command", "send", NOBODY, "open"])

    new = command.new_command(args)

    assert new == ("open", None, True, timedelta(days=1), 5, "console", None)
