"""The connection of a poll: taken from the server, it is answered and closed."""

import http.client
import logging
import os
import socket

import pytest

from qlines.web.device import connection as module
from qlines.web.device.answers import Answer, json_answer
from qlines.web.device.connection import RequestConnection


@pytest.fixture
def line(socket_enabled):
    """Return both ends of a connection: the server's, and the device's."""
    assert socket_enabled is None
    server, device = socket.socketpair()
    with server, device:
        yield server, device


@pytest.fixture
def taken(line, monkeypatch):
    """Return a connection that was taken; the server has closed its own end of it."""
    server, _ = line
    monkeypatch.setattr(module, "take_connection", lambda _environ: os.dup(server.fileno()))
    connection = RequestConnection({"gunicorn.socket": server})
    assert connection.take()
    server.close()
    return connection


def read_response(device):
    response = http.client.HTTPResponse(device)
    response.begin()
    return response


def test_the_device_gets_a_complete_response_and_the_end_of_the_connection(taken, line):
    taken.answer(json_answer(b'{"id":1}'))

    response = read_response(line[1])

    assert (response.status, response.reason) == (200, "OK")
    assert response.getheader("Content-Type") == "application/json"
    assert response.getheader("Connection") == "close"
    assert response.getheader("Date").endswith("GMT")
    assert response.read() == b'{"id":1}'
    assert line[1].recv(1) == b""


def test_an_answer_without_a_body_says_so(taken, line):
    taken.answer(Answer(408))

    response = read_response(line[1])

    assert (response.status, response.getheader("Content-Length")) == (408, "0")


def test_a_connection_that_was_taken_says_when_the_device_hangs_up(taken, line):
    assert not taken.has_left()

    line[1].close()

    assert taken.has_left()


def test_asking_does_not_close_it(taken, line):
    assert [taken.has_left() for _ in range(3)] == [False, False, False]

    taken.answer(Answer(408))

    assert read_response(line[1]).status == 408


def test_one_that_was_answered_has_left_whatever_its_number_stands_for_now(taken):
    taken.answer(Answer(408))

    assert taken.has_left()


def test_a_device_that_has_left_gets_nothing_and_is_no_error(taken, line, caplog):
    line[1].close()

    with caplog.at_level(logging.DEBUG):
        taken.answer(json_answer(b"x" * 100_000))

    assert [record.levelname for record in caplog.records] == ["DEBUG"]


def test_of_another_server_it_is_not_known_whether_a_device_has_left():
    assert not RequestConnection({}).has_left()


def test_a_connection_that_the_server_keeps_is_not_taken(line):
    server, device = line
    connection = RequestConnection({"gunicorn.socket": server})

    assert not connection.take()

    assert not connection.has_left()
    device.close()
    assert connection.has_left()
