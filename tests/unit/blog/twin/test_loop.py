from blog.twin.loop import attempt
from blog.twin.role import Word
from blog.twin.view import Role

WORD = Word(Role.REPLICA, "the other side is active", 10.0)


class Controller:
    def __init__(self, error=None):
        self.error = error

    def pass_once(self, word):
        if self.error:
            raise self.error
        return word() is WORD


def test_a_pass_says_whether_more_will_be_due_in_a_moment():
    assert attempt(Controller(), lambda: WORD)


def test_a_pass_that_fails_is_logged_and_repeated_like_another(caplog):
    assert not attempt(Controller(OSError("no space left on device")), lambda: WORD)

    assert "no space left on device" in caplog.text
