"""Send single commands to one member of a set, without authentication, by OP_MSG.

pymongo, which follows sets and pools connections, costs a program 13 MB. Formats:
https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg
"""

import socket
import struct
from typing import Any

import bson

from qlines.errors import QLinesError, StoreUnavailableError

OP_MSG = 2013
HEADER = struct.Struct("<iiii")  # length with the header, request id, id answered, operation
FLAGS_AND_KIND = struct.Struct("<IB")  # no flags; the only section is a document
MAX_ANSWER_BYTES = 48_000_000

Answer = dict[str, Any]


class CommandFailedError(QLinesError):
    """MongoDB answered that it did not run a command; *code* is its number for the reason."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(str(answer.get("errmsg", answer)))
        self.code = int(answer.get("code", 0))


class Member:
    """The MongoDB at *host*, "address:port", over a connection that is made again when it broke."""

    def __init__(self, host: str, timeout_seconds: float) -> None:
        address, _, port = host.rpartition(":")
        self._address = address, int(port)
        self._timeout_seconds = timeout_seconds
        self._socket: socket.socket | None = None

    def command(
        self, name: str, value: Any = 1, *, answer_seconds: float | None = None, **options: Any
    ) -> Answer:
        """Run a command of the database admin and return its answer; times are naive, in UTC.

        It waits for the answer for *answer_seconds*, else as long as for a connection. Raise
        CommandFailedError, and StoreUnavailableError when there is no answer: it may have run then.
        """
        request = bson.encode({name: value, **options, "$db": "admin"})
        try:
            answer = self._exchange(request, answer_seconds or self._timeout_seconds)
        except (OSError, bson.errors.BSONError) as error:
            self.close()
            raise StoreUnavailableError("mongodb", error) from error
        if not answer.get("ok"):
            raise CommandFailedError(answer)
        return answer

    def close(self) -> None:
        """Close the connection; the next command makes one."""
        if self._socket:
            self._socket.close()
        self._socket = None

    def _exchange(self, request: bytes, answer_seconds: float) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(self._address, self._timeout_seconds)
        self._socket.settimeout(answer_seconds)
        length = HEADER.size + FLAGS_AND_KIND.size + len(request)
        self._socket.sendall(
            HEADER.pack(length, 1, 0, OP_MSG) + FLAGS_AND_KIND.pack(0, 0) + request
        )
        return self._answer(self._socket)

    def _answer(self, connection: socket.socket) -> Answer:
        length, _, _, operation = HEADER.unpack(_read(connection, HEADER.size))
        if operation != OP_MSG or not HEADER.size < length <= MAX_ANSWER_BYTES:
            raise ConnectionError(f"the answer is not MongoDB's: operation {operation}")
        body = _read(connection, length - HEADER.size)
        return bson.decode(body[FLAGS_AND_KIND.size :])


def _read(connection: socket.socket, count: int) -> bytes:
    parts = bytearray()
    while len(parts) < count:
        part = connection.recv(count - len(parts))
        if not part:
            raise ConnectionResetError("MongoDB closed the connection")
        parts += part
    return bytes(parts)
