from tests.harness.outcomes import BEGIN, END, Outcome, row, updated

KILLED = Outcome("`kill -9` of kafka", "kafka (failed): …", "starts it again", 6.4, 0, "nothing")


def document(*rows: str) -> str:
    return "\n".join(["# Health", BEGIN, "", "| a |", "|---|", *rows, "", END, "rest", ""])


def test_a_row_rounds_seconds_up_and_shows_what_was_lost() -> None:
    assert row(KILLED) == (
        "| `kill -9` of kafka | `kafka (failed): …` | starts it again | 7 s | 0 | nothing |"
    )


def test_a_bar_in_a_cell_does_not_end_it() -> None:
    assert "a \\| b" in row(KILLED._replace(by_itself="a | b"))


def test_a_new_event_is_appended_and_a_known_one_keeps_its_place() -> None:
    stopped = KILLED._replace(event="SIGSTOP of kafka")
    text = updated(document(), [KILLED, stopped])

    text = updated(text, [KILLED._replace(seconds=7.6)])

    rows = [line for line in text.splitlines() if line.startswith("| `kill") or "SIGSTOP" in line]
    assert [line.split("|")[1].strip() for line in rows] == [KILLED.event, stopped.event]
    assert "| 8 s |" in rows[0]
    assert text.startswith("# Health\n")
    assert text.endswith("\nrest\n")
