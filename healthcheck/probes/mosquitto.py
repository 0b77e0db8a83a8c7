"""Send the broker a CONNECT that it must refuse with a CONNACK.

Protocol level 9 does not exist, so the answer is return code 1, "unacceptable protocol version"
(MQTT 3.1.1, 3.1.2.2), before the plugin sees a token: a probe with an unknown token would add a
sighting to the list of unregistered devices every few seconds.
"""

from healthcheck.probes.connection import ProbeError, connection

CONNECT = 0x10
CONNACK = 0x20
LEVEL = 9
# protocol name, level, flags (clean session), keep alive 5 s, client id "h"
_BODY = b"\x00\x04MQTT" + bytes([LEVEL, 0x02]) + b"\x00\x05" + b"\x00\x01h"
REQUEST = bytes([CONNECT, len(_BODY)]) + _BODY


def probe(port: int, timeout_seconds: float) -> str:
    """Return that the broker speaks MQTT; raise ProbeError otherwise."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        return judge(sock.recv(16))


def judge(reply: bytes) -> str:
    """Return a sentence for any CONNACK: a broker that refuses by the protocol's rules is well.

    Raise ProbeError for any other reply.
    """
    if not reply or reply[0] != CONNACK:
        raise ProbeError("answers CONNECT without a CONNACK")
    return "answers CONNECT"
