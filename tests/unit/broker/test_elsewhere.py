"""The clients that connected to another broker: a line each, of a time and a client id."""

import ctypes

import pytest


@pytest.fixture
def parse(plugin):
    plugin.elsewhere_parse.restype = ctypes.c_char_p
    plugin.elsewhere_parse.argtypes = [ctypes.c_char_p, ctypes.POINTER(ctypes.c_uint64)]

    def parse(line):
        before_us = ctypes.c_uint64()
        client_id = plugin.elsewhere_parse(
            ctypes.create_string_buffer(line), ctypes.byref(before_us)
        )
        return client_id and (before_us.value, client_id)

    return parse


def test_a_client_id_may_have_blanks(parse):
    assert parse(b"1700000000000000 device/my pump 1\n") == (
        1_700_000_000_000_000, b"device/my pump 1",
    )  # fmt: skip


@pytest.mark.parametrize(
    "line", [b"\n", b"17\n", b"17 \n", b" device/x\n", b"device/x\n", b"1234567890123456789 x\n"]
)
def test_any_other_line_names_nobody(parse, line):
    assert parse(line) is None
