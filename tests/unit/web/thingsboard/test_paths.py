"""The README names every path of ThingsBoard's server that works here, and no other."""

import re
from pathlib import Path

README = Path(__file__).resolve().parents[4] / "app" / "qlines" / "web" / "README.md"
VARIABLE = re.compile(r"<[^>]+>|\{[^}]+\}")


def test_the_readme_has_the_paths_that_work(world):
    section = README.read_text().partition("## ThingsBoard's paths")[2].partition("\n## ")[0]
    cells = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    named = [found for cell in cells for found in re.findall(r"`([A-Z]+) (\S+)`", cell)]

    works = {
        (method, VARIABLE.sub("{}", rule.rule))
        for rule in world.app.url_map.iter_rules()
        if rule.endpoint.startswith("thingsboard")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert sorted((method, VARIABLE.sub("{}", path)) for method, path in named) == sorted(works)
