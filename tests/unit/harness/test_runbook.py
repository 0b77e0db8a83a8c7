import pytest

from tests.harness.runbook import Command, blocks, commands, headings

PAGE = """\
# Title

## How do I start (quickly)?

On the first machine:

    make first NAME=a.example.com
    make second      # on B

Then, after a while:

    # of the whole list
    docker exec qlines qlines twins

## What then?

Nothing.
"""


@pytest.fixture
def page(tmp_path):
    file = tmp_path / "README.md"
    file.write_text(PAGE)
    return file


def test_the_headings_are_in_order(page):
    assert headings(page) == ["How do I start (quickly)?", "What then?"]


def test_a_heading_is_text_and_no_pattern(page):
    assert blocks("How do I start (quickly)?", page) == [
        "make first NAME=a.example.com\nmake second      # on B",
        "# of the whole list\ndocker exec qlines qlines twins",
    ]


def test_each_line_is_a_command_and_what_is_behind_it_is_a_note(page):
    assert commands("How do I start (quickly)?", page) == [
        Command("make first NAME=a.example.com", ""),
        Command("make second", "on B"),
        Command("docker exec qlines qlines twins", ""),
    ]


def test_a_section_without_a_block_has_no_command(page):
    assert commands("What then?", page) == []


def test_a_heading_that_was_renamed_is_a_failure(page):
    with pytest.raises(AssertionError, match="has no section How do I stop"):
        commands("How do I stop?", page)
