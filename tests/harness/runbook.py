"""The commands of backup/README.md, as written there."""

import re

from tests.harness.docker import ROOT

PAGE = ROOT / "backup" / "README.md"


def blocks(section: str) -> list[str]:
    """Return the blocks of commands in a section of the page, without their indentation."""
    pattern = rf"^## {section}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{PAGE} has no section {section}"
    texts = re.findall(r"(?:^(?: {4}|\t).*\n|^\n(?= {4}))+", found[1], re.MULTILINE)
    return [re.sub(r"^ +", "", text, flags=re.MULTILINE).strip() for text in texts if text.strip()]
