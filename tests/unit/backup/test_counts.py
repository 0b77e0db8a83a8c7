import pytest

from backup.counts import in_words


@pytest.mark.parametrize(
    ("number", "name", "words"),
    [
        (0, "devices", "0 devices"),
        (1, "devices", "1 device"),
        (1_000, "devices", "1,000 devices"),
        (1, "readings of 20261123", "1 reading of 20261123"),
    ],
)
def test_a_single_thing_is_named_in_the_singular(number, name, words):
    assert in_words(number, name) == words
