import pytest

from qlines.errors import FieldError
from qlines.store.readings import decode_cursor, encode_cursor, stretches


@pytest.mark.parametrize("key", ["a", "ü:x", "", "k" * 255])
def test_a_cursor_holds_its_place(key):
    cursor = encode_cursor(1_800_000_000_000_001, key)

    assert cursor.isascii()
    assert "=" not in cursor
    assert decode_cursor(cursor) == (1_800_000_000_000_001, key)


@pytest.mark.parametrize("cursor", ["x", "!!!!", "aGVsbG8", "ü", "OTk5OTk5OTk5OTk5OTk5OTk5OTk6YQ"])
def test_a_cursor_that_no_page_returned_is_refused(cursor):
    with pytest.raises(FieldError, match="cursor must come from the previous page"):
        decode_cursor(cursor)


def test_it_joins_blocks_until_a_stretch_is_full():
    blocks = [(1, 40), (2, 40), (3, 40), (9, 200), (10, 1)]

    assert list(stretches(blocks, 100)) == [(1, 2), (3, 3), (9, 9), (10, 10)]


def test_no_blocks_make_no_stretch():
    assert list(stretches([], 100)) == []
