"""Malformed packets, and how the broker must refuse each.

The statement of the specification is in brackets: [MQTT-…] of MQTT 3.1.1, [v5 …] of MQTT 5. A
server closes the connection (MQTT 3.1.1, 4.8); in MQTT 5 it sends a reason before (4.13).
"""

import struct

from tests.integration.broker.raw_mqtt import TELEMETRY, packet, text


def connect(
    protocol: bytes = b"MQTT",
    version: int = 4,
    flags: int = 0x82,
    *,
    keepalive: bytes = b"\x00\x3c",
    properties: bytes = b"",
    rest: bytes | None = None,
    first_byte: int = 0x10,
) -> bytes:
    """Return a CONNECT with an empty client id and the user name `nobody`, or with *rest*."""
    body = text(protocol) + bytes([version, flags]) + keepalive
    if version == 5:
        body += bytes([len(properties)]) + properties
    return packet(first_byte, body + (text("") + text("nobody") if rest is None else rest))


def publish(
    topic: str | bytes = TELEMETRY, *, first_byte: int = 0x32, message_id: int = 9
) -> bytes:
    """Return a PUBLISH of MQTT 3.1.1 whose payload is an object."""
    return packet(first_byte, text(topic) + struct.pack(">H", message_id) + b"{}")


def publish5(properties: bytes, topic: str = TELEMETRY) -> bytes:
    """Return a PUBLISH of MQTT 5 with these properties."""
    head = text(topic) + struct.pack(">H", 9) + bytes([len(properties)])
    return packet(0x32, head + properties + b"{}")


# Instead of a CONNECT.
FIRST = {
    "a packet type of 0": b"\x00\x00",
    "a packet type of 15 in MQTT 3.1.1": b"\xf0\x00",
    "a PUBLISH before CONNECT [MQTT-3.1.0-1]": publish(),
    "a SUBSCRIBE before CONNECT [MQTT-3.1.0-1]": b"\x82\x02\x00\x01",
    "a PINGREQ before CONNECT [MQTT-3.1.0-1]": b"\xc0\x00",
    "a CONNECT with flags in its first byte": connect(first_byte=0x11),
    "the protocol name HTTP [MQTT-3.1.2-1]": connect(b"HTTP"),
    "an empty protocol name [MQTT-3.1.2-1]": connect(b""),
    "a protocol name in small letters": connect(b"mqtt"),
    "protocol level 77 [MQTT-3.1.2-2]": connect(version=77),
    "the reserved flag of CONNECT [MQTT-3.1.2-3]": connect(flags=0x83),
    "a will of QoS 3 [MQTT-3.1.2-14]": connect(
        flags=0x9E, rest=text("") + text("t") + text("w") + text("nobody")
    ),
    "will flags without a will [MQTT-3.1.2-13]": connect(flags=0x8A),
    "a retained will without a will [MQTT-3.1.2-15]": connect(flags=0xA2),
    "a password without a user name [MQTT-3.1.2-22]": connect(flags=0x42),
    "an empty client id without a clean session [MQTT-3.1.3-8]": connect(flags=0x80),
    "a CONNECT that ends in its client id": connect(rest=b"\x00\x09abc"),
    "a CONNECT without the user name that it announces": connect(rest=text("")),
    "bytes behind the last field of a CONNECT": connect(rest=text("") + text("nobody") + b"more"),
    "a client id that is not UTF-8 [MQTT-1.5.3-1]": connect(
        rest=text(b"\xff\xfe") + text("nobody")
    ),
    "a client id with U+0000 [MQTT-1.5.3-2]": connect(rest=text(b"a\0b") + text("nobody")),
    "a length of five bytes": b"\x10\xff\xff\xff\xff\x7f",
    "a length of 256 MB": b"\x10\xff\xff\xff\x7f",
}
# After a CONNECT that succeeded.
CONNECTED = {
    "a second CONNECT [MQTT-3.1.0-2]": connect(),
    "a CONNACK from a client": b"\x20\x02\x00\x00",
    "a SUBACK from a client": b"\x90\x03\x00\x01\x00",
    "a PINGRESP from a client": b"\xd0\x00",
    "a PUBLISH of QoS 3 [MQTT-3.3.1-4]": publish(first_byte=0x36),
    "a DUP flag with QoS 0 [MQTT-3.3.1-2]": packet(0x38, text(TELEMETRY) + b"{}"),
    "a topic with + [MQTT-3.3.2-2]": publish("v1/+/me/telemetry"),
    "a topic with # [MQTT-3.3.2-2]": publish("v1/#"),
    "an empty topic [MQTT-4.7.3-1]": publish(""),
    "a topic that is not UTF-8 [MQTT-1.5.3-1]": publish(b"v1/\xc3\x28"),
    "a topic with a surrogate [MQTT-1.5.3-1]": publish(b"v1/\xed\xa0\x80"),
    "a topic with U+0000 [MQTT-1.5.3-2]": publish(b"v1\0x"),
    "a topic longer than its packet": packet(0x32, b"\xff\xffv1"),
    "a PUBLISH without a message id": packet(0x32, text(TELEMETRY)),
    "a PUBLISH whose message id is 0 [MQTT-2.3.1-1]": publish(message_id=0),
    "an empty PUBLISH": b"\x32\x00",
    "a PUBACK without a message id": b"\x40\x00",
    "a PUBACK with half a message id": b"\x40\x01\x00",
    "a PUBACK of an unknown id": b"\x40\x02\x12\x34",
    "a PUBREC of an unknown id": b"\x50\x02\x12\x34",
    "a PUBCOMP of an unknown id": b"\x70\x02\x12\x34",
    "a PUBREL of an unknown id": b"\x62\x02\x12\x34",
    "a PUBREL with wrong flags [MQTT-3.6.1-1]": b"\x60\x02\x00\x01",
    "a SUBSCRIBE without topics [MQTT-3.8.3-3]": b"\x82\x02\x00\x01",
    "a SUBSCRIBE with wrong flags [MQTT-3.8.1-1]": packet(
        0x80, b"\x00\x01" + text("v2/a") + b"\x01"
    ),
    "a SUBSCRIBE of QoS 3 [MQTT-3.8.3-4]": packet(0x82, b"\x00\x01" + text("v2/a") + b"\x03"),
    "a SUBSCRIBE to an empty filter [MQTT-4.7.3-1]": packet(0x82, b"\x00\x01" + text("") + b"\x00"),
    "a SUBSCRIBE to a/#/b [MQTT-4.7.1-2]": packet(0x82, b"\x00\x01" + text("a/#/b") + b"\x00"),
    "a SUBSCRIBE that ends in its filter": packet(0x82, b"\x00\x01\x00\x20v2"),
    "an UNSUBSCRIBE without topics [MQTT-3.10.3-2]": b"\xa2\x02\x00\x01",
    "a DISCONNECT with a body in MQTT 3.1.1": b"\xe0\x01\x00",
    "a PINGREQ with a body": b"\xc0\x01\x00",
    "a length of five bytes later": b"\x30\xff\xff\xff\xff\x7f",
    "a packet above max_packet_size": packet(0x32, text(TELEMETRY) + b"\0\1" + b"x" * 140_000),
}
# The same of MQTT 5.
FIRST_5 = {
    "a receive maximum of 0 [v5 3.1.2.11.3]": connect(version=5, properties=b"\x21\x00\x00"),
    "a maximum packet size of 0 [v5 3.1.2.11.4]": connect(
        version=5, properties=b"\x27\x00\x00\x00\x00"
    ),
    "an authentication method that nobody knows": connect(
        version=5, properties=b"\x15" + text("SCRAM")
    ),
    "authentication data without a method": connect(version=5, properties=b"\x16\x00\x01x"),
}
CONNECTED_5 = {
    "a property length beyond the packet": packet(0x32, text(TELEMETRY) + b"\0\1\x7f"),
    "an unknown property": publish5(b"\x7f\x01"),
    "a property of another packet [v5 2.2.2.2]": publish5(b"\x11\x00\x00\x00\x01"),
    "the same property twice [v5 3.3.2.3.2]": publish5(b"\x01\x01\x01\x01"),
    "a topic alias of 0 [v5 3.3.2-8]": publish5(b"\x23\x00\x00"),
    "a topic alias above the maximum [v5 3.3.2-9]": publish5(b"\x23\xff\xff"),
    "a topic alias that was never set": publish5(b"\x23\x00\x01", ""),
    "a subscription identifier from a client [v5 3.3.4-6]": publish5(b"\x0b\x01"),
    "a payload format of 9": publish5(b"\x01\x09"),
    "a response topic with # [v5 3.3.2-14]": publish5(b"\x08" + text("a/#")),
    "a user property cut short": publish5(b"\x26\x00\x09a"),
    "an AUTH packet out of turn": b"\xf0\x02\x18\x00",
    "a DISCONNECT with an unknown reason": b"\xe0\x02\x33\x00",
    "a subscription identifier of 0 [v5 3.8.2.1.2]": packet(
        0x82, b"\x00\x01\x02\x0b\x00" + text("v2/a") + b"\x00"
    ),
    "reserved subscription options [v5 3.8.3-5]": packet(
        0x82, b"\x00\x01\x00" + text("v2/a") + b"\xc0"
    ),
    "a retain handling of 3": packet(0x82, b"\x00\x01\x00" + text("v2/a") + b"\x30"),
    "a no-local shared subscription [v5 3.8.3-4]": packet(
        0x82, b"\x00\x01\x00" + text("$share/g/v2/a") + b"\x04"
    ),
}

# The first byte and the reason code of what is sent before the connection is closed. Without a row
# it is closed without an answer.
ANSWERS = {
    "protocol level 77 [MQTT-3.1.2-2]": (0x20, 0x01),
    "an empty client id without a clean session [MQTT-3.1.3-8]": (0x20, 0x02),
    "an authentication method that nobody knows": (0x20, 0x8C),
    "authentication data without a method": (0x20, 0x87),
    "a property length beyond the packet": (0xE0, 0x81),
    "an unknown property": (0xE0, 0x81),
    "a property of another packet [v5 2.2.2.2]": (0xE0, 0x82),
    "the same property twice [v5 3.3.2.3.2]": (0xE0, 0x82),
    "a topic alias of 0 [v5 3.3.2-8]": (0xE0, 0x82),
    "a topic alias above the maximum [v5 3.3.2-9]": (0xE0, 0x94),
    "a topic alias that was never set": (0xE0, 0x82),
    "a payload format of 9": (0xE0, 0x82),
    "a response topic with # [v5 3.3.2-14]": (0xE0, 0x82),
    "a user property cut short": (0xE0, 0x81),
    "an AUTH packet out of turn": (0xE0, 0x82),
    "a subscription identifier of 0 [v5 3.8.2.1.2]": (0xE0, 0x81),
    "reserved subscription options [v5 3.8.3-5]": (0xE0, 0x81),
    "a retain handling of 3": (0xE0, 0x81),
    "a no-local shared subscription [v5 3.8.3-4]": (0xE0, 0x82),
}
# Harmless, and answered or ignored: the connection stays. MQTT 3.1.1 does not say what to do about
# an unknown id; MQTT 5 forbids the identifier, and Mosquitto 2.0.21 does not look.
STAYS = {
    "a PUBACK of an unknown id",
    "a PUBREC of an unknown id",
    "a PUBCOMP of an unknown id",
    "a PUBREL of an unknown id",
    "a subscription identifier from a client [v5 3.3.4-6]",
}
