"""The command line of rsync, and what is logged of its output."""

from pathlib import Path

from blog.twin.files import Source, command, last_line, told

OUTPUT = """\
deleting one/wp-content/uploads/2026/
deleting one/wp-content/uploads/2026/dot.gif

Number of files: 1,205
Number of regular files transferred: 1,003
"""


def test_what_was_fetched_and_deleted_is_counted_and_named():
    assert told(OUTPUT) == (
        "fetched 1,003 files of the other VM, deleted 1 files that it does not have: "
        "one/wp-content/uploads/2026/dot.gif"
    )
    assert told("Number of regular files transferred: 0\n") == ""


def test_only_a_few_names_are_told():
    lines = "".join(f"deleting {number}\n" for number in range(9))

    assert told(lines).endswith("deleted 9 files that it does not have: 0, 1, 2, 3, 4, …")


def test_a_password_is_on_no_command_line_and_caches_are_left_alone():
    found = command(Source("rsync://me@127.0.1.1:8730/sites/", Path("/run/p")), Path("/data/sites"))

    assert found[-2:] == ("rsync://me@127.0.1.1:8730/sites/", "/data/sites/")
    assert "--password-file=/run/p" in found
    assert "--delete-after" in found
    assert "--exclude=/*/wp-content/cache/" in found


def test_the_reason_of_a_failure_is_its_last_line():
    assert last_line("a\nrsync error: timeout\n\n") == "rsync error: timeout"
    assert last_line("") == "no reason"
