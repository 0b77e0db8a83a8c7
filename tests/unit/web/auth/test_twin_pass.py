"""The pass by which one twin gets a file from the other."""

import pytest

from qlines.web.auth.twin_pass import MAX_APART_SECONDS, VALID_SECONDS, is_valid, make

NOW = 1_800_000_000.0


@pytest.mark.parametrize("apart", [-5, 0, 5])
def test_it_opens_the_export_whichever_clock_is_ahead(apart):
    assert is_valid(make("secret", "1", NOW), "secret", "1", NOW + apart)


@pytest.mark.parametrize(("secret", "export"), [("other", "1"), ("secret", "2")])
def test_it_opens_nothing_else(secret, export):
    assert not is_valid(make("secret", "1", NOW), secret, export, NOW)


def test_it_expires():
    key = make("secret", "1", NOW)

    assert not is_valid(key, "secret", "1", NOW + VALID_SECONDS + MAX_APART_SECONDS + 1)


def test_one_for_the_far_future_is_refused():
    assert not is_valid(make("secret", "1", NOW + 3600), "secret", "1", NOW)


@pytest.mark.parametrize(
    "text", ["", ".", "x.y", "1800000030", "1800000030.", "-1.x", "1e9.x", "٣.x"]
)
def test_any_other_text_is_refused(text):
    assert not is_valid(text, "secret", "1", NOW)
