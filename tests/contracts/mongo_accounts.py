"""What store/ promises about users and what is theirs, on the fake and on mongod."""

from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId

from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import api_keys, audit, exports, password_links, sessions, users
from qlines.store.hidden_owner import HIDDEN_OWNER

NOW = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALICE, BOB = ObjectId("a" * 24), ObjectId("b" * 24)


class UsersContract:
    def test_an_address_is_found_in_any_case_and_is_unique(self, db):
        added = users.add(db, "Amy@Example.com", "hash", admin=True)

        assert users.find_by_email(db, " AMY@example.com ") == added
        assert users.find(db, added["_id"]) == added
        assert added["email"] == "amy@example.com"
        with pytest.raises(ConflictError, match="already exists"):
            users.add(db, "amy@example.com", "hash")

    @pytest.mark.parametrize("email", ["", "amy", "a@b@c", "a b@c", "x" * 250 + "@example.com"])
    def test_it_refuses_what_is_not_an_address(self, db, email):
        with pytest.raises(FieldError, match="email must be an e-mail address such as"):
            users.add(db, email, "hash")

    def test_an_unknown_user_is_not_found(self, db):
        with pytest.raises(NotFoundError):
            users.find_by_email(db, "amy@example.com")
        with pytest.raises(NotFoundError):
            users.set_password(db, ObjectId(), "hash")

    def test_a_new_password_ends_every_other_session(self, db):
        amy = users.add(db, "amy@example.com", "old")["_id"]
        here, there = (sessions.start(db, amy, address="", agent="", now=NOW) for _ in range(2))

        users.set_password(db, amy, "new", keep_session=sessions.session_id(here))

        assert users.find(db, amy)["password_hash"] == "new"
        assert sessions.find(db, here, now=NOW) is not None
        assert sessions.find(db, there, now=NOW) is None

    def test_a_link_sets_a_password_once_and_then_another_link_does(self, db):
        amy = users.add(db, "amy@example.com", "invited", link_id="first")["_id"]
        there = sessions.start(db, amy, address="", agent="", now=NOW)

        assert not users.set_password_by_link(db, amy, "again", "first")
        assert users.find(db, amy)["password_hash"] == "invited"
        assert sessions.find(db, there, now=NOW) is not None

        assert users.set_password_by_link(db, amy, "reset", "second")
        assert not users.set_password_by_link(db, amy, "again", "second")
        assert users.find(db, amy)["password_hash"] == "reset"
        assert sessions.find(db, there, now=NOW) is None

    def test_users_are_listed_by_address(self, db):
        for email in ("z@example.com", "b@example.com"):
            users.add(db, email, "hash")

        emails = [user["email"] for user in users.list_all(db)]
        assert emails == ["b@example.com", "z@example.com"]

    def test_a_disabled_user_has_no_session_and_is_still_listed(self, db):
        amy = users.add(db, "amy@example.com", "hash")["_id"]
        secret = sessions.start(db, amy, address="", agent="", now=NOW)

        assert users.set_disabled(db, amy, disabled=True)["disabled"] is True

        assert sessions.find(db, secret, now=NOW) is None
        assert [user["_id"] for user in users.list_all(db)] == [amy]
        assert users.set_disabled(db, amy, disabled=False)["disabled"] is False

    def test_a_role_is_changed_of_a_user_who_exists_and_is_visible(self, db):
        amy = users.add(db, "amy@example.com", "hash")["_id"]

        assert users.set_admin(db, str(amy), admin=True)["admin"] is True

        for unknown in (ObjectId(), HIDDEN_OWNER, "no id"):
            with pytest.raises(NotFoundError):
                users.set_admin(db, unknown, admin=True)


class PasswordLinksContract:
    def test_a_link_is_found_by_its_secret_which_is_not_stored_until_it_is_removed(self, db):
        secret = password_links.add(db, "amy@example.com", admin=True, by="root", now=NOW)

        link = password_links.find(db, secret, now=NOW)

        assert (link["email"], link["admin"], link["by"]) == ("amy@example.com", True, "root")
        assert secret not in str(db.password_links.find_one({}))
        password_links.remove(db, link)
        assert password_links.find(db, secret, now=NOW) is None

    def test_it_is_good_for_72_hours(self, db):
        secret = password_links.add(db, "amy@example.com", admin=False, by="root", now=NOW)

        before, after = NOW + timedelta(hours=72) - MINUTE, NOW + timedelta(hours=72)

        assert password_links.find(db, secret, now=before) is not None
        assert password_links.find(db, secret, now=after) is None
        assert len(password_links.list_all(db, now=before)) == 1
        assert password_links.list_all(db, now=after) == []

    def test_a_new_one_or_a_withdrawal_ends_those_of_the_address_only(self, db):
        first, second, other = (
            password_links.add(db, f"{name}@example.com", admin=False, by="root", now=NOW)
            for name in ("amy", "amy", "bob")
        )
        assert password_links.find(db, first, now=NOW) is None

        assert password_links.withdraw(db, "amy@example.com")

        assert password_links.find(db, second, now=NOW) is None
        assert password_links.find(db, other, now=NOW) is not None
        assert not password_links.withdraw(db, "amy@example.com")


class AuditContract:
    def test_the_newest_lines_come_first_and_those_before_a_moment(self, db):
        for number in range(5):
            audit.add(db, who="amy", address="", what=str(number), now=NOW + number * MINUTE)

        assert [line["what"] for line in audit.newest(db, 2)] == ["4", "3"]
        before = audit.newest(db, 2, before=NOW + 3 * MINUTE)
        assert [line["what"] for line in before] == ["2", "1"]


class SessionsContract:
    def test_a_session_ends_thirty_days_after_its_last_use(self, db):
        secret = sessions.start(db, ALICE, address="192.0.2.1", agent="x" * 300, now=NOW)

        session = sessions.find(db, secret, now=NOW + 30 * 24 * 60 * MINUTE - MINUTE)

        assert session["user"] == ALICE
        assert session["agent"] == "x" * 200
        assert sessions.find(db, secret, now=NOW + 30 * 24 * 60 * MINUTE) is None
        assert sessions.find(db, "another", now=NOW) is None

    def test_its_use_is_recorded_at_most_once_a_minute(self, db):
        secret = sessions.start(db, ALICE, address="", agent="", now=NOW)

        for seconds, expected in ((59, NOW), (60, NOW + MINUTE), (119, NOW + MINUTE)):
            now = NOW + timedelta(seconds=seconds)
            sessions.touch(db, sessions.find(db, secret, now=now), now=now)
            assert sessions.find(db, secret, now=now)["last_seen"] == expected

    def test_only_its_user_can_end_it(self, db):
        secret = sessions.start(db, ALICE, address="", agent="", now=NOW)
        session = sessions.session_id(secret)

        assert not sessions.end(db, BOB, session)
        assert sessions.not_ended(db, [session, "another"]) == {session}
        assert sessions.end(db, ALICE, session)
        assert not sessions.end(db, ALICE, session)
        assert sessions.not_ended(db, [session]) == set()

    def test_a_users_sessions_come_with_the_last_used_first(self, db):
        for number, user in enumerate((ALICE, BOB, ALICE)):
            now = NOW + number * MINUTE
            sessions.start(db, user, address=str(number), agent="", now=now)

        assert [session["address"] for session in sessions.of_user(db, ALICE)] == ["2", "0"]
        assert sessions.end_all(db, ALICE) == 2


class ApiKeysContract:
    def test_a_key_is_stored_as_a_hash_and_found_by_its_text(self, db):
        key = api_keys.add(db, ALICE, "script", now=NOW)

        found = api_keys.find(db, key, now=NOW)

        assert (found["user"], found["name"], found["last_used"]) == (ALICE, "script", None)
        assert key not in str(db.api_keys.find_one({}))
        assert api_keys.find(db, "qlk_another", now=NOW) is None

    def test_its_use_is_recorded_at_most_once_a_minute(self, db):
        key = api_keys.add(db, ALICE, "script", now=NOW)

        for seconds, expected in ((0, NOW), (59, NOW), (60, NOW + MINUTE)):
            api_keys.find(db, key, now=NOW + timedelta(seconds=seconds))
            assert api_keys.of_user(db, ALICE)[0]["last_used"] == expected

    def test_only_its_user_can_remove_it(self, db):
        key_id = api_keys.key_id(api_keys.add(db, ALICE, "script", now=NOW))

        assert not api_keys.remove(db, BOB, key_id)
        assert api_keys.remove(db, ALICE, key_id)
        assert api_keys.of_user(db, ALICE) == []

    @pytest.mark.parametrize("name", ["", "x" * 129, "line\nbreak"])
    def test_it_refuses_a_bad_name(self, db, name):
        with pytest.raises(FieldError, match="name must have 1 to 128 printable characters"):
            api_keys.add(db, ALICE, name, now=NOW)


class ExportsContract:
    @pytest.fixture
    def export(self, db):
        return exports.add(
            db, user=ALICE, device=BOB, keys=["a"], from_ms=1, to_ms=2, now=NOW
        )  # fmt: skip

    def test_it_is_queued_running_and_done(self, db, export):
        assert exports.find(db, export, user=ALICE)["state"] == "queued"
        assert exports.unfinished(db) == [export]

        assert exports.unfinished(db, before=NOW) == []
        assert exports.unfinished(db, before=NOW + MINUTE) == [export]

        exports.begin(db, export)
        assert exports.find(db, export)["state"] == "running"
        assert exports.unfinished(db) == [export]

        exports.finish(db, export, "x.csv")
        assert exports.find(db, export)["file"] == "x.csv"
        assert exports.unfinished(db) == []

    def test_a_failed_one_says_why(self, db, export):
        exports.fail(db, export, "the disk is full")

        failed = exports.find(db, export)
        assert (failed["state"], failed["error"]) == ("failed", "the disk is full")

    def test_one_that_was_finished_fails_no_more(self, db, export):
        exports.finish(db, export, "x.csv")

        exports.fail(db, export, "its job is gone")

        finished = exports.find(db, export)
        assert (finished["state"], finished["error"]) == ("done", None)

    def test_another_users_export_is_not_found(self, db, export):
        with pytest.raises(NotFoundError):
            exports.find(db, export, user=BOB)

    def test_old_ones_are_removed_with_the_names_of_their_files(self, db, export):
        exports.finish(db, export, "x.csv")
        later = exports.add(
            db, user=ALICE, device=BOB, keys=[], from_ms=1, to_ms=2, now=NOW + MINUTE
        )

        assert exports.remove_before(db, NOW + MINUTE) == ["x.csv"]
        assert exports.unfinished(db) == [later]
