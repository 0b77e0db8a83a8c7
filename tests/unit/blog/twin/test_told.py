from blog.twin.role import Word
from blog.twin.told import Told
from blog.twin.view import Decision, Replication, Role

WHOLE = Replication(is_receiving=True, is_connected=True, is_applying=True, seconds_behind=3)
REPLICA = Told(
    Word(Role.REPLICA, "", 9.0), Decision(None, "is a replica"), WHOLE, 0.0, "", 1_000.0, "",
)  # fmt: skip


def test_a_replica_says_how_far_behind_it_is():
    assert REPLICA.document() == {
        "role": "replica", "sentence": "is a replica", "is_problem": False,
        "seconds_behind": 3, "files_at": 1_000.0, "files_error": "",
    }  # fmt: skip


def test_one_that_hears_nothing_is_as_far_behind_as_it_has_been_alone():
    alone = REPLICA._replace(replication=WHOLE._replace(is_connected=False), seconds_alone=61.4)

    assert alone.document()["seconds_behind"] == 61


def test_a_copy_says_its_progress_and_a_fenced_side_its_reason():
    copying = REPLICA._replace(replication=None, copy_progress="3 of about 9 MB")
    fenced = REPLICA._replace(
        word=Word(Role.READ_ONLY, "no app is active", 9.0), decision=Decision(None, "is read-only")
    )

    assert copying.document()["sentence"] == "is a replica, 3 of about 9 MB"
    assert fenced.document()["sentence"] == "is read-only: no app is active"
    assert fenced.document()["seconds_behind"] is None
