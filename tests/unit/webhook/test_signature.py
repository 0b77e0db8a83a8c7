import base64

from qlines.webhook.signature import headers, make_id, make_secret


def test_the_signature_is_that_of_the_standards_own_example():
    # From the specification's reference libraries, which test with it.
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

    named = dict(
        headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    )

    assert named == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_there_are_two_while_a_secret_is_being_replaced():
    old, new = make_secret(), make_secret()

    signed = dict(headers([new, old], "msg_1", 1, b"{}"))["webhook-signature"]

    each = [dict(headers([one], "msg_1", 1, b"{}"))["webhook-signature"] for one in (new, old)]
    assert signed.split(" ") == each
    assert each[0] != each[1]


def test_a_secret_and_an_id_are_random_and_in_the_standards_form():
    assert make_secret() != make_secret()
    assert len(base64.b64decode(make_secret().removeprefix("whsec_"), validate=True)) == 32
    assert make_id() != make_id()
    assert make_id().startswith("msg_")
