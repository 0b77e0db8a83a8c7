"""What a user of the blog can set, run and find is in its README."""

import re
from pathlib import Path

import pytest

from blog.setup.settings import SETTINGS

BLOG = Path(__file__).resolve().parents[3] / "blog"
README = (BLOG / "README.md").read_text()
NAMES = {f"QLINES_{item.name}" for item in SETTINGS}


def text_of(*patterns):
    return "\n".join(
        file.read_text() for pattern in patterns for file in BLOG.glob(pattern) if file.is_file()
    )


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_setting_is_in_the_readme(name):
    assert f"`{name}`" in README


def test_every_setting_in_the_readme_exists():
    named = set(re.findall(r"QLINES_[A-Z_]*[A-Z]", README)) - {"QLINES_NAME"}

    assert named - NAMES == set()


def test_everything_in_the_volume_is_in_the_readme():
    sources = text_of("entrypoint", "supervisord.conf", "etc/**/*", "programs/*", "setup/*.py")
    folders = set(re.findall(r"/data/([a-z]+)", sources))

    assert {"mariadb", "sites", "tmp"} <= folders
    assert {name for name in folders if f"/data/{name}" not in README} == set()


def test_every_program_for_people_is_in_the_readme():
    names = {file.name for file in (BLOG / "programs").iterdir()} | {"import_site.sh"}

    assert {name for name in names if name not in README} == set()


def test_every_line_of_the_health_report_is_explained():
    named = re.findall(r'Component\("(\w+)"', (BLOG / "health" / "report.py").read_text())

    assert {name for name in named if f"| `{name}` |" not in README} == set()
