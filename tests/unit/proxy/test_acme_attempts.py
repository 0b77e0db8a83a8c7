from proxy.acme_attempts import (
    ELSEWHERE,
    ISSUED,
    NOT_DUE,
    REFUSED,
    RENEWED,
    State,
    after_attempt,
    from_document,
    to_document,
)


def test_failures_of_one_kind_are_counted_until_something_else_happens():
    first = after_attempt(None, 1, REFUSED, "no")
    second = after_attempt(first, 2, REFUSED, "no")
    other = after_attempt(second, 3, ELSEWHERE, "not here")
    good = after_attempt(other, 4, ISSUED, "came", "https://ca")

    assert [one.failures for one in (first, second, other, good)] == [1, 2, 1, 0]
    assert good.succeeded_at == 4


def test_a_failure_forgets_neither_the_last_success_nor_the_authority():
    issued = after_attempt(None, 4, ISSUED, "came", "https://ca")
    refused = after_attempt(issued, 9, REFUSED, "no")
    waiting = after_attempt(refused, 12, NOT_DUE, "later")

    assert (refused.succeeded_at, refused.server) == (4, "https://ca")
    assert (waiting.succeeded_at, waiting.server, waiting.failures) == (4, "https://ca", 0)
    assert after_attempt(waiting, 20, RENEWED, "new", "https://ca").succeeded_at == 20


def test_what_is_written_is_read_back():
    state = State(77.5, {"one.test": after_attempt(None, 1, REFUSED, "no")})

    assert from_document(to_document(state)) == state
