"""What a device's name, tags and token may be."""

import pytest

from qlines.errors import FieldError
from qlines.store.device_rules import checked_name, checked_tags, checked_token, make_token


@pytest.mark.parametrize("name", ["x", "x" * 128, "Größe", "a / b", "<b>", " padded ", "日本"])
def test_a_name_is_returned_unchanged(name):
    assert checked_name(name) == name


@pytest.mark.parametrize("name", ["", "  ", "x" * 129, "a\nb", "a\x00b", "\x7f", "\ud800"])
def test_it_refuses_names_that_cannot_be_shown(name):
    with pytest.raises(FieldError, match="name must have 1 to 128 characters"):
        checked_name(name)


def test_tags_lose_duplicates_and_retain_their_order():
    assert checked_tags(["b", "a", "b"]) == ["b", "a"]


@pytest.mark.parametrize("tags", [[""], ["a\nb"], ["x" * 65]])
def test_it_refuses_bad_tags(tags):
    with pytest.raises(FieldError, match="tags must have 1 to 64 characters"):
        checked_tags(tags)


@pytest.mark.parametrize("tag", ["a|b", "a,b", "a;b"])
def test_a_tag_does_not_contain_what_separates_tags(tag):
    with pytest.raises(FieldError, match="make several tags of it"):
        checked_tags([tag])


def test_a_tag_loses_the_spaces_around_it():
    assert checked_tags([" north side ", "north side"]) == ["north side"]


def test_it_refuses_more_than_twenty_tags():
    with pytest.raises(FieldError, match="tags must be at most 20, got 21"):
        checked_tags([str(number) for number in range(21)])


@pytest.mark.parametrize("token", ["x", "A1_-.~!", "x" * 64])
def test_a_token_is_returned_unchanged(token):
    assert checked_token(token) == token


@pytest.mark.parametrize("token", ["", "x" * 65, "a b", "a/b", "a+b", "a#b", "ü", "a\n", "a\x00"])
def test_it_refuses_tokens_that_no_topic_or_url_can_hold_and_does_not_show_them(token):
    with pytest.raises(FieldError) as error:
        checked_token(token)

    assert str(error.value) == (
        "token must have 1 to 64 printable ASCII characters, but no space, '/', '+' or '#'"
    )


def test_it_refuses_the_word_by_which_devices_ask_for_their_token():
    with pytest.raises(FieldError, match="must be another word"):
        checked_token("provision")


def test_a_made_token_has_twenty_letters_and_digits():
    made = {make_token() for _ in range(100)}

    assert len(made) == 100
    assert all(len(token) == 20 and token.isalnum() and checked_token(token) for token in made)
