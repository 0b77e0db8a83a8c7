"""`make audit`: what it prints, and its exit status."""

import json
import re
import urllib.error
from pathlib import Path

import pytest

from appliance import audit

PAGE = Path(__file__).resolve().parents[3] / "docs" / "known-vulnerabilities.md"


@pytest.fixture
def sbom(tmp_path):
    file = tmp_path / "sbom.json"
    purls = ["pkg:pypi/flask@3.1.0", "pkg:generic/mongodb@6.0.5"]
    file.write_text(json.dumps({"components": [{"purl": purl} for purl in purls]}))
    return str(file)


def database(folder, *entries):
    for identifier, ecosystem, name, *aliases in entries:
        affected = {
            "package": {"ecosystem": ecosystem, "name": name},
            "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "9"}]}],
        }
        entry = {"id": identifier, "aliases": aliases, "summary": "a fault", "affected": [affected]}
        (folder / f"{identifier}.json").write_text(json.dumps(entry))
    return str(folder)


def test_it_fails_on_what_nobody_has_judged(sbom, tmp_path, capsys):
    folder = tmp_path / "osv"
    folder.mkdir()
    database(folder, ("PYSEC-1", "PyPI", "flask"), ("X-1", "generic", "mongodb", "CVE-2025-14847"))

    assert audit.main({"SBOM": sbom, "DATABASE": str(folder)}) == audit.FOUND
    printed = capsys.readouterr().out.splitlines()
    assert printed == [
        "OPEN   flask 3.1.0  PYSEC-1  a fault",
        f"judged mongodb 6.0.5  X-1, CVE-2025-14847  {audit.judged()['CVE-2025-14847']}",
        "2 packages, 2 findings, 1 not judged yet",
    ]


def test_it_succeeds_when_everything_is_judged(sbom, tmp_path):
    file = tmp_path / "one.json"
    database(tmp_path, ("CVE-2025-14847", "generic", "mongodb"))
    (tmp_path / "CVE-2025-14847.json").rename(file)

    assert audit.main({"SBOM": sbom, "DATABASE": str(file)}) == 0


@pytest.mark.parametrize("name", ["missing.json", "broken.json"])
def test_a_file_that_cannot_be_read_is_wrong_usage(sbom, tmp_path, capsys, name):
    (tmp_path / "broken.json").write_text("{")

    assert audit.main({"SBOM": sbom, "DATABASE": str(tmp_path / name)}) == audit.WRONG_USAGE
    assert f"{name} must be a readable JSON file" in capsys.readouterr().err


def test_it_says_loudly_when_nothing_was_compared(sbom, monkeypatch, capsys):
    def refuse(*_arguments, **_more):
        raise urllib.error.URLError("no route")

    monkeypatch.setattr("urllib.request.urlopen", refuse)

    assert audit.main({"SBOM": sbom}) == audit.UNREACHABLE
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith("NOTHING WAS COMPARED: https://api.osv.dev/v1/ does not answer")


def test_it_asks_osv_by_name_and_version(sbom, monkeypatch, capsys):
    asked = []

    def answer(call, body):
        asked.append((call, body))
        return {"results": [{"vulns": [{"id": "PYSEC-1"}]}]}

    monkeypatch.setattr(audit, "_post", answer)

    assert audit.main({"SBOM": sbom}) == audit.FOUND
    query = {"package": {"ecosystem": "PyPI", "name": "flask"}, "version": "3.1.0"}
    assert asked == [("querybatch", {"queries": [query]})]
    assert "OPEN   flask 3.1.0  PYSEC-1  not judged yet" in capsys.readouterr().out


def test_the_page_and_the_list_say_the_same():
    rows = re.findall(r"^\| (CVE-[0-9-]+) \| .* \| (.*) \|$", PAGE.read_text(), re.MULTILINE)

    assert audit.judged() == {name: reason.replace("`", "") for name, reason in rows}
    assert len(rows) > 20
