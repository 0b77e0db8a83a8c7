"""What the health checker hears."""

from pathlib import Path

from blog.twin.role import Word
from blog.twin.told import Told
from blog.twin.view import Decision, Replication, Role

WHOLE = Replication(is_receiving=True, is_connected=True, is_applying=True, seconds_behind=2)
TOLD = Told(
    word=Word(Role.REPLICA, "b is active", 0.0), decision=Decision(None, "is a replica"),
    replication=WHOLE, seconds_alone=0.0, copy_progress="", files_at=100.0, files_error="",
    kept=(),
)  # fmt: skip


def test_a_replica_tells_how_far_behind_it_is():
    assert TOLD.document() == {
        "role": "replica", "sentence": "is a replica", "is_problem": False,
        "seconds_behind": 2, "files_at": 100.0, "files_error": "", "kept": [],
    }  # fmt: skip


def test_a_replica_without_its_primary_is_behind_since_it_heard_last():
    cut = WHOLE._replace(is_connected=False)

    assert TOLD._replace(replication=cut, seconds_alone=71.4).document()["seconds_behind"] == 71


def test_kept_folders_are_named_whatever_the_blog_is():
    for role in Role:
        told = TOLD._replace(word=Word(role, "", 0.0), kept=[Path("/data/diverged/x")])

        assert told.document()["kept"] == ["/data/diverged/x"]


def test_a_copy_tells_its_progress():
    assert TOLD._replace(copy_progress="3 of about 9 MB").document()["sentence"] == (
        "is a replica, 3 of about 9 MB"
    )


def test_a_read_only_blog_says_why():
    silent = Word(Role.READ_ONLY, "the proxy is silent", 0.0)

    document = TOLD._replace(word=silent, decision=Decision(None, "is read-only")).document()

    assert document["sentence"] == "is read-only: the proxy is silent"
    assert document["seconds_behind"] is None
