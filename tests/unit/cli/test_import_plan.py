from typing import Any

from qlines.cli import import_plan
from qlines.cli.import_plan import NewDevice, Wrong

USERS = [{"_id": "u1", "email": "amy@example.com"}, {"_id": "u2", "email": "bob@example.com"}]
PUMP: dict[str, Any] = {
    "owner": "u1",
    "name": "Pump",
    "token": "pump-token",
    "gateway": False,
    "tags": ["wet"],
    "old_tokens": [{"token": "old-token"}],
}


def imported(text: str) -> import_plan.Plan:
    wanted, wrong = import_plan.read(text.splitlines(keepends=True))
    plan = import_plan.plan(wanted, import_plan.registry_of(USERS, [PUMP]))
    return plan._replace(errors=sorted(wrong + plan.errors))


def test_it_reads_all_columns_in_any_order() -> None:
    plan = imported("Tags,name,OWNER,gateway,token\nroof|north,Fan,Amy@example.com,yes,fan-token\n")

    assert plan.added == [
        NewDevice(2, "Fan", "amy@example.com", "fan-token", True, ["roof", "north"])
    ]


def test_it_reads_what_a_spreadsheet_separates_by_semicolons() -> None:
    plan = imported("name;owner;tags\nFan;amy@example.com;roof,north\n")

    assert plan.added[0].tags == ["roof", "north"]


def test_it_makes_do_with_name_and_owner() -> None:
    plan = imported("name,owner\nFan,amy@example.com\n\n")

    assert plan.added == [NewDevice(2, "Fan", "amy@example.com", None, False, [])]


def test_it_says_which_columns_there_must_be() -> None:
    plan = imported("device,owner\nFan,amy@example.com\n")

    assert plan.added == []
    assert plan.errors[0].line == 1
    assert "must name the columns name, owner" in plan.errors[0].reason
    assert "got device, owner" in plan.errors[0].reason


def test_an_empty_file_has_no_columns() -> None:
    assert imported("").errors[0].reason.endswith("got nothing")


def test_it_skips_a_device_that_is_there_as_asked() -> None:
    plan = imported("name,owner,token,tags\nPump,amy@example.com,pump-token,wet\n")

    assert (plan.added, plan.skipped, plan.errors) == ([], 1, [])


def test_it_skips_a_device_that_is_there_when_no_token_is_asked_for() -> None:
    assert imported("name,owner,tags\nPump,amy@example.com,wet\n").skipped == 1


def test_it_refuses_to_change_a_device_that_is_there() -> None:
    plan = imported("name,owner,token,tags\nPump,amy@example.com,another,wet\n")

    assert plan.errors == [Wrong(2, "the owner has a device named 'Pump' already, and it differs")]


def test_two_owners_may_use_the_same_name() -> None:
    assert len(imported("name,owner\nPump,bob@example.com\n").added) == 1


def test_it_skips_a_line_that_repeats_another() -> None:
    plan = imported("name,owner\nFan,amy@example.com\nFan,amy@example.com\n")

    assert (len(plan.added), plan.skipped) == (1, 1)


def test_it_names_the_line_that_a_line_contradicts() -> None:
    plan = imported("name,owner,gateway\nFan,amy@example.com,yes\nFan,amy@example.com,no\n")

    assert plan.errors == [Wrong(3, "line 2 has the same owner and name, and differs")]


def test_it_refuses_a_token_that_another_line_has() -> None:
    plan = imported("name,owner,token\nA,amy@example.com,t1\nB,amy@example.com,t1\n")

    assert plan.errors == [Wrong(3, "the token is that of line 2")]


def test_it_refuses_a_token_that_is_in_use_or_still_kept() -> None:
    plan = imported("name,owner,token\nA,amy@example.com,pump-token\nB,amy@example.com,old-token\n")

    assert [wrong.line for wrong in plan.errors] == [2, 3]


def test_it_refuses_an_owner_who_is_not_there() -> None:
    plan = imported("name,owner\nFan,eve@example.com\n")

    assert plan.errors == [Wrong(2, "there is no user with the address 'eve@example.com'")]


def test_it_names_the_line_of_each_bad_cell() -> None:
    plan = imported(
        "name,owner,token,gateway\n"
        ",amy@example.com,,\n"
        "Fan,amy@example.com,with space,\n"
        "Fan,amy@example.com,,perhaps\n"
        "Fan,amy@example.com\n"
        '"Two\nlines",amy@example.com,,\n'
        "Good,amy@example.com,,\n"
    )

    assert [wrong.line for wrong in plan.errors] == [2, 3, 4, 5, 6]
    assert "got 'perhaps'" in plan.errors[2].reason
    assert "must have 4 cells, got 2" in plan.errors[3].reason
    assert [device.line for device in plan.added] == [8]
