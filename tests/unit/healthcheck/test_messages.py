from healthcheck import messages


def test_messages_that_are_due_for_two_minutes_are_a_problem():
    counted = {"oldest_due_seconds": 300, "messages_due": 1_200}

    assert messages.problems(counted) == [
        "messages about alarms are not sent: 1,200 are due, the oldest for 5 min"
    ]


def test_a_message_that_is_being_sent_is_none():
    assert messages.problems({"oldest_due_seconds": 25, "messages_due": 3}) == []


def test_without_the_evaluator_nobody_knows_of_messages():
    assert messages.problems(None) == []


def test_a_mail_server_that_takes_no_mail_is_a_problem_and_one_refusal_is_not():
    assert messages.problems({"mail_outage_seconds": 60}) == []
    assert messages.problems({"mail_outage_seconds": 720}) == [
        "the mail server has taken no mail for 12 min"
    ]
