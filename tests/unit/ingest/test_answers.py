import pytest

from qlines.errors import InvalidReading
from qlines.ingest.answers import GatewayAnswer, decode_gateway_answer, number_in, text_of

MAX_NUMBER = 2_147_483_647


@pytest.mark.parametrize("number", [1, 42, MAX_NUMBER])
def test_the_number_of_the_command_is_the_end_of_the_topic(number):
    assert number_in(f"v1/devices/me/rpc/response/{number}") == number


@pytest.mark.parametrize(
    ("tail", "got"),
    [
        ("0", "0"),
        ("2147483648", "2147483648"),
        ("-1", '"-1"'),
        ("x", '"x"'),
        ("", '""'),
        ("1.0", '"1.0"'),
        (" 1", '" 1"'),
        ("१", '"१"'),
        ("1" * 5000, '"' + "1" * 40 + '…"'),
    ],
)
def test_it_rejects_what_is_no_number_of_a_command(tail, got):
    with pytest.raises(InvalidReading) as error:
        number_in(f"v2/r/res/{tail}")

    assert str(error.value) == (
        f"the number of a command is a whole number from 1 to 2147483647, got {got}: answer under "
        "the number with which the command came"
    )


@pytest.mark.parametrize("text", ["", "done", '{"ok": true}', ' {"a":1e5} ', "0\x00", "é" * 30_000])
def test_an_answer_is_kept_as_it_came(text):
    assert text_of(text.encode()) == text


def test_it_rejects_an_answer_that_is_not_utf8():
    with pytest.raises(InvalidReading) as error:
        text_of(b"ok \xff")

    assert str(error.value) == (
        "an answer must be text in UTF-8, got the byte 0xff at position 3: send JSON, or text in "
        "UTF-8"
    )


def test_a_gateway_names_the_device_and_the_number():
    payload = b'{"device": "pump", "id": 7, "data": {"done": true}}'

    assert decode_gateway_answer(payload) == GatewayAnswer("pump", 7, '{"done": true}')


@pytest.mark.parametrize(
    "data",
    [
        "null",
        "true",
        '"text, with } and \\" and : in it"',
        "[1, 2.50, 1e5]",
        "123456789012345678901234567890",
        "1" * 300,
        '{"data": {"data": [], "é": "\\u00e9"}}',
        "{ }",
    ],
)
@pytest.mark.parametrize(
    "form",
    [
        '{"device":"p","id":1,"data":%s}',
        '{"data":%s,"id":1,"device":"p"}',
        ' { "id" : 1 , "data" : %s , "device" : "p" , "x" : {} } \n',
    ],
)
def test_the_data_of_a_gateway_is_kept_as_it_came(form, data):
    assert decode_gateway_answer((form % data).encode()).text == data


def test_the_last_of_two_data_counts_as_everywhere_in_json():
    assert decode_gateway_answer(b'{"device":"p","id":1,"data":1,"data":2}').text == "2"


def test_a_gateway_without_data_has_answered_with_nothing():
    assert decode_gateway_answer(b'{"device": "pump", "id": 7}').text == ""


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b"", "not JSON: the message is empty"),
        (b"done", "not JSON"),
        (b'{"device": "\xff", "id": 1}', "byte 0xff at position 12 is not UTF-8"),
        (b"[]", 'must be an object such as {"device": "name", "id": 1, "data": {"done": true}}'),
        (b'{"id": 1, "data": 1}', "an answer of a gateway must be an object such as"),
        (b'{"device": "pump", "data": 1}', "an answer of a gateway must be an object such as"),
        (b'{"device": 5, "id": 1}', "5 cannot be a device's name: it must be a text"),
        (b'{"device": "", "id": 1}', '"" cannot be a device\'s name: a key must not be empty'),
        (b'{"device": "a", "id": 0}', "from 1 to 2147483647, got 0"),
        (b'{"device": "a", "id": -1}', "got -1"),
        (b'{"device": "a", "id": 2147483648}', "got 2147483648"),
        (b'{"device": "a", "id": 18446744073709551616}', "got 1.84"),
        (b'{"device": "a", "id": "1"}', 'got "1"'),
        (b'{"device": "a", "id": true}', "got true"),
        (b'{"device": "a", "id": 1.0}', "got 1.0"),
        (b'{"device": "a", "id": null}', "got null"),
        (
            b'{"device": "a", "id": ' + b"[" * 500 + b"]" * 500 + b"}",
            "got a value that is nested too deep",
        ),
        (b'{"device": "a", "id": 1, "data": ' + b"[" * 1010 + b"]" * 1010 + b"}", "flatten it"),
        (b'{"device": "a", "id": 1, "data": ' + b"[" * 5000 + b"]" * 5000 + b"}", "flatten it"),
    ],
)
def test_it_says_why_it_rejects_the_answer_of_a_gateway(payload, reason):
    with pytest.raises(InvalidReading) as error:
        decode_gateway_answer(payload)

    assert reason in str(error.value)
