"""`qlines rules`: the alarm rules of a user as a file, and back."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from qlines.cli.__main__ import make_parser
from qlines.cli.console import DONE, FAILED, Console
from qlines.cli.context import Context
from qlines.cli.rules import UnwritableFileError
from qlines.clock import FakeClock
from qlines.errors import NotFoundError, TrueNowError
from qlines.store import alarm_rules, devices, users
from tests.fakes import stores as fake_stores
from tests.fakes.mongo import FakeMongo

FILE = """\
rules:
- name: Hot
  scope:
    type: all
  levels:
  - severity: major
    match: any
    for_seconds: 0
    conditions:
    - kind: above
      key: t
      limit: 80
"""
HOT = (1_799_999_999_000_000, 95)


class Site:
    """A command line, a user with a device, and a file."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Any) -> None:
        settings: Any = SimpleNamespace(clickhouse="clickhouse:9000", alarm_pairs=50_000)
        self.context = Context(settings, Console(with_json=False), FakeClock())
        self.db: Any = FakeMongo()
        self.context.__dict__["db"] = self.db
        self.owner = users.add(self.db, "amy@example.com", "a hash")["_id"]
        self.device = str(devices.add(self.db, self.owner, "pump")["_id"])
        self.file = folder / "rules.yaml"
        self.file.write_text(FILE)
        self.clickhouse: Any = fake_stores.FakeClickHouse()
        self.clickhouse.disconnect = lambda: None
        monkeypatch.setattr("qlines.clients.clickhouse.connect", lambda _address: self.clickhouse)
        monkeypatch.setattr(
            "qlines.store.readings.latest_of_devices", fake_stores.latest_of_devices
        )

    def run(self, *words: str) -> int:
        owner = () if "--owner" in words else ("--owner", "amy@example.com")
        args = make_parser().parse_args(["rules", *words, *owner])
        self.context.console = Console(with_json=args.json)
        status: int = args.run(args, self.context)
        return status

    @property
    def names(self) -> list[str]:
        return [rule["name"] for rule in alarm_rules.of_owner(self.db, self.owner)]


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Site:
    return Site(monkeypatch, tmp_path)


def test_what_is_imported_is_exported_as_it_was(site: Site, capsys: Any) -> None:
    assert site.run("import", str(site.file)) == DONE
    assert capsys.readouterr().out == (
        "added 1, changed 0, unchanged 0, not in the file and kept 0\n"
    )

    assert site.run("export") == DONE
    assert capsys.readouterr().out == FILE
    assert site.db.audit.documents[-1]["what"] == (
        "imported alarm rules of amy@example.com: added 'Hot'"
    )


def test_an_export_may_go_to_a_file(site: Site, capsys: Any) -> None:
    site.run("import", str(site.file))
    site.file.unlink()

    site.run("export", str(site.file), "--json")

    assert site.file.read_text() == FILE
    document = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert document["rules"][0]["lateness_seconds"] == 60


def test_a_folder_that_may_not_be_written_to_leads_to_the_way_out(
    site: Site, tmp_path: Any
) -> None:
    with pytest.raises(UnwritableFileError, match=r"cannot be written: No such .*>rules\.yaml"):
        site.run("export", str(tmp_path / "missing" / "rules.yaml"))


def test_the_difference_is_shown_and_nothing_is_changed(site: Site, capsys: Any) -> None:
    assert site.run("diff", str(site.file)) == DONE

    shown = capsys.readouterr().out
    assert "+++ Hot (file)\n" in shown
    assert shown.endswith(
        "would be added 1, would be changed 0, unchanged 0, not in the file and kept 0\n"
    )
    assert site.names == []


def test_each_fault_is_said_and_nothing_is_imported(site: Site, capsys: Any) -> None:
    site.file.write_text(FILE + FILE.removeprefix("rules:\n").replace("80", "hot"))

    assert site.run("import", str(site.file)) == FAILED

    assert capsys.readouterr().out == (
        'line 23, Hot: levels.0.conditions.0.limit must be a number, got "hot"\n'
        "nothing was imported: correct these lines\n"
    )
    assert site.names == []
    assert site.run("diff", str(site.file), "--json") == FAILED
    report = json.loads(capsys.readouterr().out)
    assert (report["added"], report["errors"][0]["line"]) == (["Hot"], 23)


def test_what_is_true_now_needs_a_choice(site: Site) -> None:
    site.clickhouse.latest[site.device] = {"t": HOT}

    with pytest.raises(TrueNowError, match="true for 1 device now"):
        site.run("import", str(site.file))
    assert site.names == []

    assert site.run("import", str(site.file), "--when-true-now", "next") == DONE
    assert len(site.db.alarm_states.documents) == 1


def test_the_owner_must_exist(site: Site) -> None:
    with pytest.raises(NotFoundError, match="no user with the address bob"):
        site.run("export", "--owner", "bob@example.com")


def test_a_report_that_changes_nothing_says_so(site: Site, capsys: Any) -> None:
    site.run("import", str(site.file))
    lines = len(site.db.audit.documents)

    site.run("import", str(site.file))

    assert "unchanged 1" in capsys.readouterr().out
    assert len(site.db.audit.documents) == lines
