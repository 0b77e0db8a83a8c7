"""Refused connections are logged in one line, however many come from however many addresses."""

import ctypes

import pytest

LINE_BYTES = 200


@pytest.fixture
def refusals(plugin):
    plugin.refusals_take.restype = ctypes.c_uint64
    table = ctypes.create_string_buffer(64 * 1024)  # larger than struct refusals
    line = ctypes.create_string_buffer(LINE_BYTES)

    class Refusals:
        def count(self, address: bytes | None) -> None:
            plugin.refusals_count(table, address)

        def take(self) -> tuple[int, str]:
            return plugin.refusals_take(
                table, line, ctypes.c_size_t(LINE_BYTES)
            ), line.value.decode()

    return Refusals()


def test_it_counts_by_address(refusals):
    for address in (b"10.0.0.5", b"10.0.0.6", b"10.0.0.5", None):
        refusals.count(address)

    assert refusals.take() == (4, "10.0.0.5 2, 10.0.0.6 1, unknown 1")


def test_it_resets_the_counts_after_each_line(refusals):
    refusals.count(b"10.0.0.5")
    refusals.take()

    assert refusals.take() == (0, "")


def test_it_also_counts_what_does_not_fit_the_line(refusals):
    for number in range(1000):
        refusals.count(b"10.0.%d.%d" % (number % 7, number))

    total, line = refusals.take()

    assert total == 1000
    assert len(line) < LINE_BYTES


def test_it_takes_an_address_of_any_length(refusals):
    refusals.count(b"x" * 5000)
    refusals.count(b"x" * 5000)

    total, line = refusals.take()

    assert total == 2
    assert line == "x" * 63 + " 2"
