"""Every command of ha/README.md exists, with the goals, the variables and the options it names."""

import argparse
import re

import pytest

from qlines.cli.__main__ import make_parser
from tests.harness.docker import ROOT
from tests.harness.runbook import TWINS, commands, goals, headings, words_after

# Where the goals of the Makefile are implemented, and read their variables.
SCRIPTS = "".join((ROOT / path).read_text() for path in ("ha/twin.sh", "ha/move.sh"))
IN_BLOCKS = [command.text for heading in headings(TWINS) for command in commands(heading, TWINS)]
# In a sentence a command may be quoted too.
QUOTED = re.findall(r"`((?:[A-Z_]+=\S+ )*(?:make|qlines|docker exec) [^`]+)`", TWINS.read_text())
COMMANDS = list(dict.fromkeys([*IN_BLOCKS, *QUOTED]))


MADE = [text for text in COMMANDS if words_after("make", text) is not None]
CALLED = [text for text in COMMANDS if words_after("qlines", text) is not None]


def test_this_test_sees_the_commands_of_the_page():
    assert len(IN_BLOCKS) >= 8
    assert "docker exec qlines qlines twins" in CALLED
    assert any(text.startswith("make twin-invite PEER=") for text in MADE)


@pytest.mark.parametrize("text", MADE)
def test_a_goal_of_make_exists_with_the_variables_that_the_page_gives_it(text):
    goal, *rest = words_after("make", text)

    assert goal in goals()
    variables = re.findall(r"\b([A-Z_]+)=", text)
    assert [name for name in variables if f"${{{name}" not in SCRIPTS] == []
    assert [word for word in rest if "=" not in word] == []


@pytest.mark.parametrize("text", CALLED)
def test_a_command_of_qlines_exists_with_the_options_that_the_page_gives_it(text):
    args = make_parser().parse_args(words_after("qlines", text))

    assert callable(args.run)


@pytest.mark.parametrize("text", ["qlines twins promot", "qlines drain --never", "qlines drian"])
def test_a_command_that_does_not_exist_would_be_noticed(text, capsys):
    with pytest.raises((SystemExit, argparse.ArgumentError)):
        make_parser().parse_args(words_after("qlines", text))

    assert "qlines" in capsys.readouterr().err


def test_every_other_command_is_one_that_a_test_may_try():
    others = [text for text in IN_BLOCKS if text not in (*MADE, *CALLED)]

    assert [text for text in others if not text.startswith("docker exec qlines-")] == []


def test_each_heading_is_a_question():
    assert [heading for heading in headings(TWINS) if not heading.endswith("?")] == []
