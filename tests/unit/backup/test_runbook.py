"""Every command of backup/README.md exists, with the goals, the variables and the options it names.

The long story backup_runbook tries them as written.
"""

import re

import pytest

from qlines.cli.__main__ import make_parser
from tests.harness.docker import ROOT
from tests.harness.runbook import BACKUPS, commands, goals, headings, words_after

SCRIPT = (ROOT / "appliance" / "backup.sh").read_text()
# What has a quoted script is a command of the shell alone.
COMMANDS = [
    command.text
    for heading in headings(BACKUPS)
    for command in commands(heading, BACKUPS)
    if "'" not in command.text
]
MADE = [text for text in COMMANDS if words_after("make", text) is not None]
CALLED = [text for text in COMMANDS if words_after("qlines", text) is not None]


def test_this_test_sees_the_commands_of_the_page():
    assert "make backup" in MADE
    assert "docker exec qlines qlines backup restore latest --only device:DEVICE" in CALLED


@pytest.mark.parametrize("text", dict.fromkeys(MADE))
def test_a_goal_of_make_exists_with_the_variables_that_the_page_gives_it(text):
    goal, *_ = words_after("make", text)

    assert goal in goals()
    variables = re.findall(r"\b([A-Z_]+)=", text)
    assert [name for name in variables if f"${{{name}" not in SCRIPT] == []


@pytest.mark.parametrize("text", dict.fromkeys(CALLED))
def test_a_command_of_qlines_exists_with_the_options_that_the_page_gives_it(text):
    args = make_parser().parse_args(words_after("qlines", text))

    assert callable(args.run)
