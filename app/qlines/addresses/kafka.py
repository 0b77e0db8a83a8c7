"""Kafka's address: its brokers, how to sign in, and what the topics there are called; pure.

The words are librdkafka's (security.protocol, sasl.mechanism):
https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
"""

import re
from dataclasses import dataclass, field

PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
# Those that need nothing but a user and a password.
MECHANISMS = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")
MAX_NODE_CHARACTERS = 120  # Kafka takes 249, a collection in MongoDB is named after it too
MAX_PREFIX_CHARACTERS = 200  # a topic's name has at most 249


@dataclass(frozen=True)
class KafkaAddress:
    """Where Kafka is, and who asks.

    *servers* are host:port, several separated by commas; an IPv6 host is in brackets. Files are
    paths of PEM files, "" for none. *replication_factor* and *partitions* are those of a topic that
    has to be made; 0 leaves the replicas to the brokers.
    """

    servers: str
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""
    topic_prefix: str = ""
    replication_factor: int = 1
    partitions: int = 1

    @property
    def has_tls(self) -> bool:
        """Return whether the brokers speak TLS."""
        return self.security_protocol.endswith("SSL")

    @property
    def has_sign_in(self) -> bool:
        """Return whether the brokers want a user and a password."""
        return self.security_protocol.startswith("SASL")

    def named(self, name: str) -> str:
        """Return the name of a topic or a group as it is in this Kafka."""
        return self.topic_prefix + name


def security_protocol(text: str) -> str:
    """Return one of PROTOCOLS, which librdkafka takes in small letters too; raise ValueError."""
    if text.upper() not in PROTOCOLS:
        raise ValueError("one of " + ", ".join(PROTOCOLS))
    return text.upper()


def sasl_mechanism(text: str) -> str:
    """Return one of MECHANISMS, or ""; raise ValueError."""
    if text and text.upper() not in MECHANISMS:
        raise ValueError("one of " + ", ".join(MECHANISMS))
    return text.upper()


def topic_prefix(text: str) -> str:
    """Return what the names of topics and groups begin with; raise ValueError."""
    if not re.fullmatch(rf"[A-Za-z0-9._-]{{0,{MAX_PREFIX_CHARACTERS}}}", text):
        raise ValueError(
            f"at most {MAX_PREFIX_CHARACTERS} letters, digits, dots, dashes and underscores"
        )
    return text


def node(text: str) -> str:
    """Return a node's name, which Kafka gets as group.instance.id; raise ValueError."""
    is_allowed = re.fullmatch(rf"[A-Za-z0-9._-]{{0,{MAX_NODE_CHARACTERS}}}", text)
    if not is_allowed or text in {".", "..", "a", "b"}:  # a and b are the sides of twins
        raise ValueError(
            f"at most {MAX_NODE_CHARACTERS} letters, digits, dots, dashes and underscores, such as"
            " node-1, and not a or b"
        )
    return text


def contradiction(address: KafkaAddress) -> str | None:
    """Return a sentence when the settings do not fit together, with what to set; else None."""
    protocol = f"QLINES_KAFKA_SECURITY_PROTOCOL={address.security_protocol}"
    sign_in = {
        "QLINES_KAFKA_SASL_MECHANISM": address.sasl_mechanism,
        "QLINES_KAFKA_USERNAME": address.username,
        "QLINES_KAFKA_PASSWORD": address.password,
    }
    files = {
        "QLINES_KAFKA_CA_FILE": address.ca_file,
        "QLINES_KAFKA_CERT_FILE": address.cert_file,
        "QLINES_KAFKA_KEY_FILE": address.key_file,
    }
    missing = [name for name, value in sign_in.items() if not value]
    if address.has_sign_in and missing:
        return f"{protocol} needs {' and '.join(missing)} too"
    unused = [name for name, value in sign_in.items() if value]
    if not address.has_sign_in and unused:
        return f"{unused[0]} is of no use with {protocol}: that must be SASL_SSL or SASL_PLAINTEXT"
    unused = [name for name, value in files.items() if value]
    if not address.has_tls and unused:
        return f"{unused[0]} is of no use with {protocol}: that must be SSL or SASL_SSL"
    if address.key_file and not address.cert_file:
        return "QLINES_KAFKA_KEY_FILE needs QLINES_KAFKA_CERT_FILE, the certificate of that key"
    return None
