"""Mails that a demonstration keeps."""

from datetime import UTC, datetime, timedelta

from qlines.store import caught_mail
from tests.fakes.mongo import FakeMongo

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)


def test_the_newest_hundred_are_kept_the_newest_first():
    db = FakeMongo()

    for number in range(105):
        caught_mail.keep(db, "a@example.com", f"{number}", "hot", NOW + timedelta(seconds=number))

    kept = caught_mail.newest(db)
    assert [mail["subject"] for mail in kept[:2]] == ["104", "103"]
    assert (len(kept), kept[-1]["subject"]) == (100, "5")
