from typing import Any

from qlines.store import import_plan
from qlines.store.import_plan import DeviceLine, LineError

OWNERS: dict[str, Any] = {"amy@example.com": "u1", "bob@example.com": "u2"}
PUMP: dict[str, Any] = {
    "owner": "u1",
    "name": "Pump",
    "token": "pump-token",
    "gateway": False,
    "tags": ["wet"],
    "old_tokens": [{"token": "old-token"}],
}


def imported(text: str) -> import_plan.Plan:
    lines, errors = import_plan.read(text)
    plan = import_plan.plan(lines, import_plan.registry_of(OWNERS, [PUMP]))
    return plan._replace(errors=sorted(errors + plan.errors))


def test_it_reads_all_columns_in_any_order() -> None:
    plan = imported("Tags,name,OWNER,gateway,token\nroof|north,Fan,Amy@example.com,yes,fan-token\n")

    assert plan.added == [
        DeviceLine(2, "Fan", "amy@example.com", "fan-token", True, ["roof", "north"])
    ]


def test_columns_may_be_separated_by_semicolons() -> None:
    plan = imported("name;owner;tags\nFan;amy@example.com;roof,north\n")

    assert plan.added[0].tags == ["roof", "north"]


def test_name_and_owner_are_enough() -> None:
    plan = imported("name,owner\nFan,amy@example.com\n\n")

    assert plan.added == [DeviceLine(2, "Fan", "amy@example.com", None, False, [])]


def test_it_names_the_required_columns() -> None:
    plan = imported("device,owner\nFan,amy@example.com\n")

    assert plan.added == []
    assert plan.errors[0].line == 1
    assert "must name the columns name, owner" in plan.errors[0].reason
    assert "got device, owner" in plan.errors[0].reason


def test_a_column_that_no_file_has_is_an_error_of_the_first_line() -> None:
    assert imported(f"{'x' * 200_000}\nFan\n").errors[0].line == 1


def test_an_empty_file_has_no_columns() -> None:
    assert imported("").errors[0].reason.endswith("got nothing")


def test_it_skips_a_device_that_exists_with_these_properties() -> None:
    plan = imported("name,owner,token,tags\nPump,amy@example.com,pump-token,wet\n")

    assert (plan.added, plan.skipped, plan.errors) == ([], 1, [])


def test_a_line_without_a_token_matches_an_existing_device() -> None:
    assert imported("name,owner,tags\nPump,amy@example.com,wet\n").skipped == 1


def test_it_does_not_change_an_existing_device() -> None:
    plan = imported("name,owner,token,tags\nPump,amy@example.com,another,wet\n")

    assert plan.errors == [
        LineError(2, "the owner already has a device named 'Pump' with other properties", "name")
    ]


def test_two_owners_may_use_the_same_name() -> None:
    assert len(imported("name,owner\nPump,bob@example.com\n").added) == 1


def test_it_skips_a_line_that_repeats_another() -> None:
    plan = imported("name,owner\nFan,amy@example.com\nFan,amy@example.com\n")

    assert (len(plan.added), plan.skipped) == (1, 1)


def test_it_names_the_earlier_line_that_a_line_contradicts() -> None:
    plan = imported("name,owner,gateway\nFan,amy@example.com,yes\nFan,amy@example.com,no\n")

    reason = "line 2 has the same owner and name but other properties"
    assert plan.errors == [LineError(3, reason, "name")]


def test_it_refuses_a_token_that_another_line_has() -> None:
    plan = imported("name,owner,token\nA,amy@example.com,t1\nB,amy@example.com,t1\n")

    assert plan.errors == [LineError(3, "line 2 has the same token", "token")]


def test_it_refuses_a_token_that_is_in_use_or_still_valid() -> None:
    plan = imported("name,owner,token\nA,amy@example.com,pump-token\nB,amy@example.com,old-token\n")

    assert [error.line for error in plan.errors] == [2, 3]


def test_it_refuses_an_unknown_owner() -> None:
    plan = imported("name,owner\nFan,eve@example.com\n")

    reason = "there is no user with the address 'eve@example.com'"
    assert plan.errors == [LineError(2, reason, "owner")]


def test_it_names_the_line_of_each_invalid_cell() -> None:
    plan = imported(
        "name,owner,token,gateway\n"
        ",amy@example.com,,\n"
        "Fan,amy@example.com,with space,\n"
        "Fan,amy@example.com,,perhaps\n"
        "Fan,amy@example.com\n"
        '"Two\nlines",amy@example.com,,\n'
        "Good,amy@example.com,,\n"
    )

    assert [error.line for error in plan.errors] == [2, 3, 4, 5, 6]
    assert [error.column for error in plan.errors] == ["name", "token", "gateway", "", "name"]
    assert "got 'perhaps'" in plan.errors[2].reason
    assert "must have 4 cells, got 2" in plan.errors[3].reason
    assert [device.line for device in plan.added] == [8]


def test_the_file_of_one_person_needs_no_owner() -> None:
    lines, errors = import_plan.read("name\nFan\n", owner="amy@example.com")

    assert lines == [DeviceLine(2, "Fan", "amy@example.com", None, False, [])]
    assert errors == []


def test_the_file_of_one_person_cannot_name_another() -> None:
    text = "name,owner\nFan,bob@example.com\nPump,AMY@example.com\nValve,\n"
    lines, errors = import_plan.read(text, owner="amy@example.com")

    assert [line.name for line in lines] == ["Pump", "Valve"]
    reason = "owner must be your address amy@example.com or empty, got 'bob@example.com'"
    assert errors == [LineError(2, reason, "owner")]


def test_a_name_that_was_exported_as_no_formula_gets_its_text_back() -> None:
    assert imported("name,owner\n'=1+1,amy@example.com\n").added[0].name == "=1+1"


def failed(text: str) -> str:
    return import_plan.failed_lines(text, imported(text).errors)


def test_the_lines_with_errors_are_a_file_with_the_reason_of_each() -> None:
    text = (
        "name;owner;tags\nFan;amy@example.com;roof\nVent;eve@example.com;attic\n"
        '"Air\nlock";bob@example.com;\nPipe;bob@example.com\n'
    )

    name = "name must have 1 to 128 characters and no control characters, got 'Air\\nlock'"
    assert failed(text).splitlines() == [
        "name,owner,tags,error",
        "Vent,eve@example.com,attic,line 3: there is no user with the address 'eve@example.com'",
        '"Air',
        f'lock",bob@example.com,,"line 4: {name}"',
        'Pipe,bob@example.com,"line 6: line must have 3 cells, got 2"',
    ]


def test_that_file_is_imported_once_its_lines_are_correct() -> None:
    corrected = failed("name,owner\nFan,eve@example.com\n").replace("eve@", "amy@")

    plan = imported(corrected)

    assert [new.name for new in plan.added] == ["Fan"]
    assert plan.errors == []
    assert import_plan.failed_lines(corrected, []).splitlines() == ["name,owner,error"]


def test_a_line_with_too_few_or_too_many_cells_stays_wrong_until_it_is_corrected() -> None:
    text = "name,owner,token,tags\nPump,amy@example.com,cellar\nFan,amy@example.com,,roof,east\n"

    assert [error.line for error in imported(failed(text)).errors] == [2, 3]


def test_a_text_whose_first_line_is_wrong_is_returned_as_it_is() -> None:
    text = "name,foo\nPump,1\n"

    assert failed(text) == text


def test_a_line_that_is_no_csv_has_its_reason_alone() -> None:
    assert failed('name,owner\n"Fan"x,amy@example.com\n').splitlines()[1].startswith(",,")


def test_a_first_line_that_no_csv_has_is_returned_as_it_is() -> None:
    text = "x" * 200_000

    assert import_plan.failed_lines(text, []) == text
