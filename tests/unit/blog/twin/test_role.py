"""For how long the proxy's word is good."""

import pytest

from blog.twin.role import RoleAsker, RoleError, parsed
from blog.twin.view import Role

DOCUMENT = {"role": "primary", "sentence": "its app is active", "valid_seconds": 10.0}


class Proxy:
    def __init__(self):
        self.document = DOCUMENT
        self.now = 100.0

    def ask(self):
        if self.document is None:
            raise RoleError("no answer")
        return self.document


def test_the_word_is_good_for_a_second_less_than_it_says_from_the_question_on():
    word = parsed(DOCUMENT, 100.0)

    assert word.at(108.9).role is Role.PRIMARY
    assert word.at(109.0).role is Role.READ_ONLY


def test_a_primary_that_hears_nothing_is_read_only_when_its_word_ends():
    proxy = Proxy()
    asker = RoleAsker(proxy.ask, lambda: proxy.now)
    asker.ask_once()
    proxy.document = None

    proxy.now = 108.0
    asker.ask_once()
    assert asker.word.role is Role.PRIMARY
    proxy.now = 112.0
    asker.ask_once()

    assert asker.word.role is Role.READ_ONLY
    assert "has not said for 3 s" in asker.word.sentence


def test_nothing_is_permitted_before_the_first_word():
    assert RoleAsker(Proxy().ask, lambda: 0.0).word.role is Role.READ_ONLY


def test_another_role_is_told_at_once():
    proxy = Proxy()
    asker = RoleAsker(proxy.ask, lambda: proxy.now)
    asker.ask_once()
    assert asker.changed.is_set()
    asker.changed.clear()

    asker.ask_once()
    assert not asker.changed.is_set()


@pytest.mark.parametrize(
    "change", [{"role": "king"}, {"valid_seconds": "long"}, {"valid_seconds": None}]
)
def test_an_answer_that_is_not_valid_is_none(change):
    with pytest.raises(RoleError, match="not valid"):
        parsed(DOCUMENT | change, 100.0)
