"""The commands of the runbooks, as written there."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from tests.harness.docker import ROOT

BACKUPS = ROOT / "backup" / "README.md"
TWINS = ROOT / "ha" / "README.md"


class Command(NamedTuple):
    """A line of a block, and what stands behind its #, such as the machine that it is for."""

    text: str
    note: str


def headings(page: Path) -> list[str]:
    """Return the headings of a page's sections, in order."""
    return re.findall(r"^## (.+)$", page.read_text(), re.MULTILINE)


def blocks(section: str, page: Path = BACKUPS) -> list[str]:
    """Return the blocks of commands in a section of the page, without their indentation."""
    pattern = rf"^## {re.escape(section)}\n(.*?)(?=^## |\Z)"
    found = re.search(pattern, page.read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"{page} has no section {section}"
    texts = re.findall(r"(?:^(?: {4}|\t).*\n|^\n(?= {4}))+", found[1], re.MULTILINE)
    return [re.sub(r"^ +", "", text, flags=re.MULTILINE).strip() for text in texts if text.strip()]


def commands(section: str, page: Path) -> list[Command]:
    """Return every command of a section, in order; a script can run each text as it is.

    What the page leaves to the reader, such as names of machines, is for the caller to replace.
    """
    lines = "\n".join(blocks(section, page)).splitlines()
    parts = [re.split(r"(?:^|\s+)# ?", line, maxsplit=1) for line in lines]
    return [Command(part[0], "".join(part[1:])) for part in parts if part[0]]


def goals() -> set[str]:
    """Return the goals of the Makefile that its help names."""
    return set(re.findall(r"^([a-z-]+):.* ## ", (ROOT / "Makefile").read_text(), re.MULTILINE))


def words_after(program: str, text: str) -> list[str] | None:
    """Return the words of a command after *program*, None where it is not called.

    What the shell expands, a pipe and what follows it are nobody's arguments.
    """
    words = shlex.split(re.split(r" [|&;>]", text)[0])
    while words and (re.match(r"[A-Z_]+=", words[0]) or words[0] in ("docker", "exec", "-it")):
        words = words[1:]
    if words[:1] == ["qlines"] and text.startswith("docker"):
        words = words[1:]
    return words[1:] if words[:1] == [program] else None
