import pytest

from blog.twin.role import MARGIN_SECONDS, RoleAsker, RoleError, parsed
from blog.twin.view import Role

PRIMARY = {"role": "primary", "sentence": "its app is active", "valid_seconds": 10.0}


class Proxy:
    """What the proxy answers, and the time."""

    def __init__(self):
        self.now, self.document = 0.0, PRIMARY

    def ask(self):
        if self.document is None:
            raise RoleError("refused")
        return self.document


@pytest.fixture
def proxy():
    return Proxy()


@pytest.fixture
def asker(proxy):
    return RoleAsker(proxy.ask, now=lambda: proxy.now)


def test_before_the_first_answer_nothing_may_be_changed(asker):
    assert asker.word.role is Role.READ_ONLY


def test_a_word_is_good_until_a_moment_before_its_time(asker, proxy):
    asker.ask_once()
    assert asker.word.role is Role.PRIMARY
    assert asker.changed.is_set()

    proxy.document = None
    proxy.now = 10.0 - MARGIN_SECONDS - 0.1
    asker.ask_once()
    assert asker.word.role is Role.PRIMARY

    proxy.now = 10.0 - MARGIN_SECONDS
    assert asker.word.role is Role.READ_ONLY
    assert "the proxy has not said" in asker.word.sentence


def test_its_time_counts_from_the_question():
    assert parsed(PRIMARY, 100.0).until == 110.0 - MARGIN_SECONDS


@pytest.mark.parametrize(
    "document",
    [{}, PRIMARY | {"role": "king"}, PRIMARY | {"valid_seconds": "soon"}, {"role": "primary"}],
)
def test_an_answer_that_says_no_role_is_none(document):
    with pytest.raises(RoleError, match="the proxy's answer is not valid"):
        parsed(document, 0.0)
