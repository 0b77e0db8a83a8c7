"""What this app overrides in its libraries: a new release that changes it fails here."""

import inspect
import logging
import os
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from qlines.web import extensions
from qlines.web.extensions import PatientRedisManager, QuietDisconnects, client_has_left
from qlines.web.light_socketio import socketio


def parameters(function):
    return list(inspect.signature(function).parameters.values())


def test_the_overridden_method_is_there_and_has_the_same_parameters():
    name = "_redis_listen_with_retries"

    assert name in vars(socketio.RedisManager)
    assert name in inspect.getsource(socketio.RedisManager._listen), "the parent calls it"
    assert parameters(getattr(PatientRedisManager, name)) == parameters(
        getattr(socketio.RedisManager, name)
    )


def test_behind_sentinels_it_listens_with_our_client_however_long_it_is_quiet():
    manager = PatientRedisManager("redis+sentinel://one/2/mymaster", channel="flask-socketio")

    manager._redis_connect()

    pool = manager.redis.connection_pool
    assert (pool.service_name, pool.connection_kwargs["socket_timeout"]) == ("mymaster", None)
    assert manager.pubsub.ignore_subscribe_messages
    assert manager.connected


class FakePubSub:
    """A subscription that breaks off so many times before it delivers a message."""

    def __init__(self, failures):
        self._failures = failures
        self.channels = []

    def subscribe(self, channel):
        self.channels.append(channel)

    def listen(self):
        if len(self.channels) <= self._failures:
            raise ConnectionError("gone")
        yield {"channel": b"flask-socketio", "type": "message", "data": b"news"}


@pytest.fixture
def queue(monkeypatch):
    pubsub, sleeps = FakePubSub(failures=7), []

    def connect(self):
        self.pubsub = pubsub

    monkeypatch.setattr(socketio.RedisManager, "_redis_connect", connect)
    monkeypatch.setattr(extensions.sockets, "sleep", sleeps.append)
    manager = PatientRedisManager("redis://localhost:1/0", channel="flask-socketio")
    manager.sleeps, manager.channels = sleeps, pubsub.channels
    return manager


def test_it_reconnects_every_two_seconds_however_long_redis_is_away(queue, caplog):
    message = next(queue._listen())

    assert message == b"news"
    assert queue.sleeps == [2] * 7
    assert queue.channels == ["flask-socketio"] * 8


PROGRAM = """
import logging, sys
import eventlet.websocket as websocket
from qlines.web.extensions import QuietDisconnects

written = []
environ = {"PATH_INFO": "/socket.io/", "wsgi.errors": sys.stderr}
QuietDisconnects(lambda environ, _start: written.append(environ))(environ, None)
sockets = websocket.RFC6455WebSocket(None, written[0], client=False)
assert isinstance(sockets.log, QuietDisconnects), sockets.log
"""


def run_with_eventlet(program):
    """Run a program in a process of its own: importing eventlet patches this one's threads."""
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": ":".join(filter(None, sys.path)), "EVENTLET_NO_GREENDNS": "yes"},
        timeout=60,
    )

    assert result.returncode == 0, result.stderr


def test_eventlets_web_socket_writes_to_the_stream_of_the_request():
    run_with_eventlet(PROGRAM)


LOOK_UP = """
import eventlet
eventlet.monkey_patch()
import socket
from eventlet.patcher import original
from qlines.web import extensions

others_run, asked = original("threading").Event(), []

def slow(host, port, family, type, proto, flags):
    if flags & socket.AI_NUMERICHOST and host != "127.0.0.1":
        raise socket.gaierror("not numeric")
    asked.append(host)
    if host == "unknown":
        raise socket.gaierror("unknown")
    assert host == "127.0.0.1" or others_run.wait(20), "every other request waits"
    return [host]

socket.getaddrinfo = slow
extensions.prepare_real_threads()
assert socket.getaddrinfo("127.0.0.1", 27017) == ["127.0.0.1"]
eventlet.spawn_after(0, others_run.set)
assert socket.getaddrinfo("mongodb-2", 27017, type=socket.SOCK_STREAM) == ["mongodb-2"]
try:
    socket.create_connection(("unknown", 1))
except socket.gaierror:
    pass
else:
    raise AssertionError("it was looked up otherwise")
assert asked == ["127.0.0.1", "mongodb-2", "unknown"], asked
"""


def test_while_a_name_is_looked_up_other_requests_are_answered():
    run_with_eventlet(LOOK_UP)


@pytest.mark.parametrize(("path", "is_quiet"), [("/socket.io/", True), ("/api/data", False)])
def test_only_sockets_write_to_the_debug_log(caplog, path, is_quiet):
    environ = {"PATH_INFO": path, "wsgi.errors": None}
    inner = QuietDisconnects(lambda environ, _start: environ["wsgi.errors"])

    stream = inner(environ, None)

    assert (stream is inner) == is_quiet
    if is_quiet:
        with caplog.at_level(logging.DEBUG):
            stream.write("socket shutdown error: broken pipe\n")
            stream.flush()
        assert [(r.levelname, r.getMessage()) for r in caplog.records] == [
            ("DEBUG", "a socket was closed: socket shutdown error: broken pipe")
        ]


def test_without_a_green_worker_a_function_runs_in_the_callers_thread():
    assert extensions.ASYNC_MODE == "threading"
    assert extensions.off_the_loop(lambda number: number + 1, 1) == 2


@pytest.fixture
def line(socket_enabled):
    """Return both ends of a connection: the server's, and its client's."""
    assert socket_enabled is None
    server, client = socket.socketpair()
    with server, client:
        yield server, client


@pytest.mark.parametrize("is_green", [False, True])
def test_a_client_has_left_once_its_connection_is_closed(line, is_green):
    server, client = line
    connection = SimpleNamespace(fd=server) if is_green else server
    assert not client_has_left(connection)
    client.send(b"its next request")
    assert not client_has_left(connection)
    server.recv(100)

    client.close()

    assert client_has_left(connection)


def test_a_connection_that_was_reset_is_one_that_was_left(line):
    server, _ = line
    server.close()

    assert client_has_left(server)


def test_a_green_worker_lets_go_of_a_connection_that_is_taken(line, monkeypatch):
    server, client = line
    flag = SimpleNamespace(already_handled=False)
    monkeypatch.setattr(extensions, "ASYNC_MODE", "eventlet")
    monkeypatch.setitem(sys.modules, "eventlet.wsgi", SimpleNamespace(WSGI_LOCAL=flag))

    taken = extensions.take_connection({"gunicorn.socket": server})

    assert flag.already_handled, "the worker sends no answer"
    server.close()
    os.write(taken, b"still open")
    os.close(taken)
    assert client.recv(100) == b"still open"


@pytest.mark.parametrize("environ", [{}, {"gunicorn.socket": None}])
def test_another_server_lets_go_of_nothing(environ):
    assert extensions.take_connection(environ) is None
