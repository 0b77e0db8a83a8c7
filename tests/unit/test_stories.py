"""The tables of tests/README.md name every story, and every point of what a browser must do."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "tests" / "scenarios"
README = (ROOT / "tests" / "README.md").read_text()
# Its pages are parametrized by width, and each test has both themes.
ALL_LOOKS = "browser_every_page"
STORY = re.compile(r"^\| `(\w+)` \| \S.* \|$", re.MULTILINE)
POINT = re.compile(r"^\| (\d+) \| .+ \| ((?:`\w+`(?:, )?)+) \|$", re.MULTILINE)
HEADER = re.compile(r"^Points? ([\d, and]+) of what a browser must do\.", re.MULTILINE)
POINTS = 25


def section(title):
    return README.partition(f"# {title}\n")[2].partition("\n#")[0]


def told_points(part=""):
    """Return {point: the folders whose headers name it}, of the files that contain this part."""
    told = {}
    for file in sorted(SCENARIOS.glob("browser_*/test_*.py")):
        if part not in file.read_text() and file.parent.name != ALL_LOOKS:
            continue
        header = HEADER.search(ast.get_docstring(ast.parse(file.read_text())))
        for point in re.findall(r"\d+", header[1]) if header else []:
            told.setdefault(int(point), set()).add(file.parent.name)
    return told


def test_each_story_has_one_line_and_each_line_a_story():
    folders = sorted({file.parent.name for file in SCENARIOS.glob("*/test_*.py")})

    assert STORY.findall(section("Stories")) == folders


def test_each_point_is_told_where_the_table_says():
    listed = POINT.findall(section("What a browser must do"))

    assert [int(point) for point, _stories in listed] == list(range(1, POINTS + 1))
    assert {int(point): set(re.findall(r"\w+", stories)) for point, stories in listed} == (
        told_points()
    )


def test_each_point_is_told_on_a_desktop_and_a_phone_in_light_and_dark():
    assert sorted(told_points("@EACH_LOOK")) == list(range(1, POINTS + 1))
