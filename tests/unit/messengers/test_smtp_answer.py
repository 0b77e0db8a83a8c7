import pytest

from qlines.messengers.smtp_answer import of_answer

# Gmail's: several lines, as smtplib gives them.
GMAIL = (
    b"5.4.5 Daily user sending limit exceeded. For more information on Gmail\n"
    b"5.4.5 sending limits go to\n5.4.5  https://support.google.com/a/answer/166852"
)
EXCHANGE = (
    b"5.7.233 Message can't be sent because tenant exceeded its daily limit for sending email"
)


@pytest.mark.parametrize(
    ("code", "text"),
    [
        (550, GMAIL),
        (550, EXCHANGE),
        (554, b"5.7.0 Sending quota exceeded"),
        (550, b"4.7.1 try again later"),
        (451, b"5.7.1 greylisted"),
        (421, b"no status at all"),
    ],
)
def test_what_is_over_by_itself_is_tried_again_whatever_the_code(code, text):
    assert of_answer("mail.example.com", code, text).kind == "retry"


@pytest.mark.parametrize(
    "text",
    [
        b"5.1.1 no such user",
        b"5.7.1 rejected as spam",
        b"5.3.4 message size limit exceeded",
        b"the daily limit is exceeded, says one without a status",
        b"5.4.50 unknown",
        b"5.4.5.1 is an address",
    ],
)
def test_every_other_answer_from_500_on_is_final(text):
    assert of_answer("mail.example.com", 550, text).kind == "refused"


def test_the_sentence_has_the_answer_in_one_line():
    answer = of_answer("mail.example.com", 550, GMAIL)

    assert answer.sentence.startswith(
        "the mail server mail.example.com answered 550 5.4.5 Daily user sending limit exceeded."
    )
    assert "\n" not in answer.sentence
    assert not answer.is_receivers
