"""The documents name every setting, port, folder and command, and none that is gone."""

import re
from pathlib import Path

import pytest

from qlines.setting_table import SETTINGS

ROOT = Path(__file__).resolve().parents[2]
APPLIANCE = ROOT / "appliance"
README = APPLIANCE / "README.md"


def text_of(*patterns):
    """Return the text of the matching files, one after the other."""
    files = [file for pattern in patterns for file in ROOT.glob(pattern) if file.is_file()]
    return "\n".join(file.read_text(errors="replace") for file in files)


def ports_in_use():
    """Return the ports on which programs listen, or which the image publishes."""
    exposed = re.search(r"^EXPOSE (.+)$", (APPLIANCE / "Dockerfile").read_text(), re.MULTILINE)
    configured = text_of("appliance/etc/**/*", "appliance/supervisord.conf")
    listens = re.findall(
        r"(?:port|listener|<\w*_port>|listeners=\S+:)\D{0,25}(\d{4,5})", configured
    )
    return {*exposed[1].split(), *listens}


def folders_of_data():
    """Return the folders and files in /data that the entrypoint creates or a program writes."""
    entrypoint = (APPLIANCE / "entrypoint").read_text()
    made = re.search(r"for folder in ([a-z/ ]+); do\n.*mkdir", entrypoint)[1].split()
    named = re.findall(r"/data/([a-z_]+)", text_of("appliance/etc/**/*", "appliance/*.conf"))
    by_python = re.findall(r'data_dir / "([a-z_]+)"', text_of("app/qlines/**/*.py"))
    return {*made, *named, *by_python, "version"}


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_the_readme_of_the_appliance_has_each_setting_with_its_default(name):
    default = next(setting.default for setting in SETTINGS if setting.name == name)

    rows = [line for line in README.read_text().splitlines() if f"`QLINES_{name}`" in line]
    assert rows, f"appliance/README.md does not name QLINES_{name}"
    assert any(default in row for row in rows), f"the default of QLINES_{name} is {default!r}"


def test_the_readme_of_the_appliance_has_no_unknown_setting():
    known = {f"QLINES_{setting.name}{end}" for setting in SETTINGS for end in ("", "_FILE")}
    of_make_up = {"QLINES_NAME", "QLINES_WEB_PORT", "QLINES_MQTT_PORT", "QLINES_HEALTH_PORT"}
    of_make_up |= {"QLINES_MONGODB_IMAGE", "QLINES_CLICKHOUSE_IMAGE"}

    named = set(re.findall(r"QLINES_[A-Z_]*[A-Z]", README.read_text()))
    assert named - known - of_make_up == set()


def test_the_readme_of_the_appliance_has_every_port():
    readme = README.read_text()

    assert {"5000", "1883", "5001"} <= ports_in_use()
    assert {port for port in ports_in_use() if not re.search(rf"\b{port}\b", readme)} == set()


def test_the_readme_of_the_appliance_has_everything_in_the_volume():
    readme = README.read_text()

    assert {"spool", "registry", "secrets"} <= folders_of_data()
    assert {path for path in folders_of_data() if f"/data/{path}" not in readme} == set()


def test_the_documents_name_every_command_of_the_makefile():
    documents = text_of("README.md", "CONTRIBUTING.md", "*/README.md")
    goals = re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE)

    assert "up" in goals
    assert [goal for goal in goals if f"make {goal}" not in documents] == []


@pytest.mark.parametrize("document", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_linked_path_exists(document):
    file = ROOT / document
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", file.read_text())

    assert [link for link in links if not (file.parent / link).exists()] == []


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_file_that_a_document_names_exists(document):
    named = re.findall(r"`((?:[a-z_]+/)+[a-z0-9_]*(?:\.[a-z]+)?)`", (ROOT / document).read_text())
    roots = (ROOT, ROOT / "app" / "qlines", ROOT / "tests")

    assert [
        path
        for path in named
        if not path.startswith("build/") and not any((root / path).exists() for root in roots)
    ] == []
