import io

from qlines.jobs import csv_text


def written(*readings: tuple[int, str, object]) -> list[str]:
    file = io.StringIO()
    csv_text.write(file, readings)
    return file.getvalue().splitlines()


def test_it_writes_the_time_in_two_forms_then_key_and_value() -> None:
    assert written((1_800_000_000_123_456, "temperature", 21.5)) == [
        "time,ts,key,value",
        "2027-01-15T08:00:00.123456Z,1800000000123,temperature,21.5",
    ]


def test_it_writes_values_as_json() -> None:
    assert csv_text.cell(True) == "true"
    assert csv_text.cell(-3) == "-3"
    assert csv_text.cell({"a": [1, "ü"]}) == '{"a":[1,"ü"]}'


def test_it_leaves_text_as_it_is() -> None:
    assert csv_text.cell("running") == "running"


def test_it_escapes_text_that_a_spreadsheet_would_run() -> None:
    assert csv_text.cell("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert csv_text.cell("+1") == "'+1"
    assert csv_text.cell("-1") == "'-1"
    assert csv_text.cell("@SUM(A1)") == "'@SUM(A1)"
    assert csv_text.cell("\t=1") == "'\t=1"


def test_it_escapes_keys_too() -> None:
    assert written((0, "=cmd", 1))[1] == "1970-01-01T00:00:00.000000Z,0,'=cmd,1"


def test_it_quotes_separators_and_line_breaks() -> None:
    file = io.StringIO()

    count = csv_text.write(file, [(0, "text", 'a,"b"\nc')])

    assert count == 1
    assert file.getvalue().endswith(',text,"a,""b""\nc"\n')
