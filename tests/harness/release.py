"""The last release: what runs at the operators' while the next version is made."""

from tests.harness.docker import ROOT, run

SUBJECT = "^release: "  # as CONTRIBUTING.md has it


def last_release() -> str:
    """Return the commit of the last release; fail where the history does not go so far back."""
    command = ("git", "-C", str(ROOT), "log", "-1", "--format=%H", "--grep", SUBJECT)
    commit = run(*command).strip()
    assert commit, "no release in the history: is this a shallow clone?"
    return commit
