from pathlib import Path

from blog.twin.files import Source, command, last_line, told


def test_what_vanished_is_deleted_last_and_caches_are_left_alone(tmp_path):
    words = command(Source("rsync://127.0.1.1:8730/sites", Path("/run/password")), tmp_path)

    assert words[0] == "rsync"
    assert "--delete-after" in words
    assert "--exclude=/*/wp-content/cache/" in words
    assert words[-2:] == ("rsync://127.0.1.1:8730/sites", f"{tmp_path}/")


def test_what_was_fetched_and_deleted_is_a_line_for_the_log():
    output = """
deleting one/wp-content/uploads/old.gif
deleting one/wp-content/uploads/empty/
Number of regular files transferred: 1,204
"""

    assert told(output) == (
        "fetched 1,204 files of the other VM, deleted 1 files that it does not have:"
        " one/wp-content/uploads/old.gif"
    )
    assert told("Number of regular files transferred: 0\n") == ""


def test_more_than_a_few_names_are_not_listed():
    output = "".join(f"deleting file {number}\n" for number in range(9))

    assert "deleted 9 files" in told(output)
    assert told(output).endswith("file 4, …")


def test_the_reason_is_the_last_line_that_says_something():
    assert last_line("rsync: refused\n\n") == "rsync: refused"
    assert last_line("") == "no reason"
