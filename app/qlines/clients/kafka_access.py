"""Try Kafka's address before a client is made of it: reached, signed in, which version.

kafka-python repeats a refused sign-in without end and keeps its cause to itself, so this asks ahead
of it: ApiVersions, SaslHandshake, SaslAuthenticate, Metadata (https://kafka.apache.org/protocol).
"""

import socket
import ssl
from contextlib import closing
from typing import Any

from kafka.errors import KafkaError
from kafka.net.sasl import get_sasl_mechanism
from kafka.protocol.broker_version_data import BrokerVersionData
from kafka.protocol.metadata import ApiVersionsRequest, MetadataRequest
from kafka.protocol.parser import KafkaProtocol
from kafka.protocol.sasl import SaslAuthenticateRequest, SaslHandshakeRequest

from qlines.addresses import tls
from qlines.addresses.kafka import KafkaAddress
from qlines.errors import StoreRefusedError

CONNECT_TIMEOUT_SECONDS = 2
ANSWER_TIMEOUT_SECONDS = 3
PROTOCOL = "QLINES_KAFKA_SECURITY_PROTOCOL"
MAX_ANSWER_BYTES = 1_000_000


def options(address: KafkaAddress) -> dict[str, Any]:
    """Return the options of kafka-python's clients; raise StoreRefusedError for unusable files."""
    found: dict[str, Any] = {"bootstrap_servers": address.servers.split(",")}
    if address.security_protocol != "PLAINTEXT":
        found["security_protocol"] = address.security_protocol
    if address.has_tls:
        found["ssl_context"] = _tls_context(address)
    return found | _sign_in_options(address)


def check_access(address: KafkaAddress) -> tuple[int, ...]:
    """Return the version of the first broker that answers, such as (4, 1).

    Raise StoreRefusedError when a broker refuses this program, and OSError when none answers.
    """
    cause = OSError("no address")
    for server in address.servers.split(","):
        try:
            return _version_of(address, server)
        except OSError as error:
            cause = error
    raise cause


def _sign_in_options(address: KafkaAddress) -> dict[str, str]:
    if not address.has_sign_in:
        return {}
    return {
        "sasl_mechanism": address.sasl_mechanism,
        "sasl_plain_username": address.username,
        "sasl_plain_password": address.password,
    }


def _tls_context(address: KafkaAddress) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=address.ca_file or None)
    except (OSError, ssl.SSLError) as error:
        raise _unusable("QLINES_KAFKA_CA_FILE", address.ca_file, error) from error
    if address.cert_file:
        try:
            # Without a password for the key OpenSSL would ask for it at the terminal.
            context.load_cert_chain(address.cert_file, address.key_file or None, password=bytes)
        except (OSError, ssl.SSLError) as error:
            names = "QLINES_KAFKA_CERT_FILE with QLINES_KAFKA_KEY_FILE"
            raise _unusable(names, address.cert_file, error) from error
    return context


def _unusable(setting: str, path: str, error: Exception) -> StoreRefusedError:
    return StoreRefusedError("kafka", f"{setting} ({path}) is not a usable PEM file: {error}")


def _version_of(address: KafkaAddress, server: str) -> tuple[int, ...]:
    host, _, port = server.rpartition(":")
    host = host.strip("[]")
    connection = socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_SECONDS)
    with closing(connection):
        if not address.has_tls:
            return _ask_all(_Broker(connection, server), address)
        with closing(_secured(connection, address, host, server)) as wrapped:
            return _ask_all(_Broker(wrapped, server), address)


def _secured(
    connection: socket.socket, address: KafkaAddress, host: str, server: str
) -> ssl.SSLSocket:
    context = _tls_context(address)
    try:
        return context.wrap_socket(connection, server_hostname=host)
    except ssl.SSLError as error:
        raise _refused_tls(server, error) from error


def _refused_tls(server: str, error: ssl.SSLError) -> StoreRefusedError:
    sentence = tls.reason(
        error,
        address=f"QLINES_KAFKA or {PROTOCOL}",
        authority="QLINES_KAFKA_CA_FILE",
        certificate="QLINES_KAFKA_CERT_FILE and QLINES_KAFKA_KEY_FILE",
    )
    return StoreRefusedError("kafka", f"{server}: {sentence or error}")


class HangUpError(ConnectionError):
    """The broker ended the connection instead of answering."""


class _Broker:
    """One connection that asks and waits for the answer."""

    def __init__(self, connection: socket.socket, server: str) -> None:
        connection.settimeout(ANSWER_TIMEOUT_SECONDS)
        self._socket = connection
        self._protocol = KafkaProtocol(
            client_id="qlines", receive_message_max_bytes=MAX_ANSWER_BYTES
        )
        self.server = server

    def ask(self, request: Any) -> Any:
        """Return the answer; raise StoreRefusedError, or HangUpError."""
        self._protocol.send_request(request)
        try:
            self._socket.sendall(self._protocol.send_bytes())
            while not (answers := self._protocol.receive_bytes(self._received())):
                pass
        except ConnectionError as error:
            raise HangUpError(str(error)) from error
        except ssl.SSLError as error:  # TLS 1.3 refuses a client's certificate after the handshake
            raise _refused_tls(self.server, error) from error
        ((_, answer),) = answers
        return answer

    def refused(self, reason: str) -> StoreRefusedError:
        """Return the error that names this broker."""
        return StoreRefusedError("kafka", f"{self.server}: {reason}")

    def _received(self) -> bytes:
        received = self._socket.recv(65536)
        if not received:
            raise HangUpError("the connection was closed without an answer")
        return received


def _ask_all(broker: _Broker, address: KafkaAddress) -> tuple[int, ...]:
    version = _ask_version(broker)
    if address.has_sign_in:
        _sign_in(broker, address)
    try:
        broker.ask(MetadataRequest(version=1, topics=[]))
    except HangUpError as error:
        reason = f"it hangs up after the first request: {PROTOCOL} must be its listener's"
        raise broker.refused(reason) from error
    return version


def _ask_version(broker: _Broker) -> tuple[int, ...]:
    """Return the version, which kafka-python derives from the requests that the broker knows.

    Who hangs up may be a tunnel without a broker behind it, or a broker that expects TLS.
    """
    try:
        answer = broker.ask(ApiVersionsRequest(version=0))
    except HangUpError as error:
        hint = f"is {PROTOCOL} that of its listener?"
        raise HangUpError(f"{broker.server} hangs up without an answer ({hint})") from error
    except KafkaError as error:
        reason = f"it does not speak Kafka's protocol in clear text; if it speaks TLS, {PROTOCOL}"
        raise broker.refused(f"{reason} must be SSL or SASL_SSL") from error
    known = {api.api_key: (api.min_version, api.max_version) for api in answer.api_keys}
    version: tuple[int, ...] = BrokerVersionData(api_versions=known).broker_version
    return version


def _sign_in(broker: _Broker, address: KafkaAddress) -> None:
    answer = broker.ask(SaslHandshakeRequest(version=1, mechanism=address.sasl_mechanism))
    if answer.error_code:
        if not answer.mechanisms:
            raise broker.refused(f"it wants no sign-in at this port: {PROTOCOL} has SASL")
        offered = ", ".join(answer.mechanisms)
        raise broker.refused(
            f"QLINES_KAFKA_SASL_MECHANISM is {address.sasl_mechanism}, the broker offers {offered}"
        )
    mechanism = get_sasl_mechanism(address.sasl_mechanism)(
        host=broker.server, security_protocol=address.security_protocol, **_sign_in_options(address)
    )
    while not mechanism.is_done():
        request = SaslAuthenticateRequest(version=0, auth_bytes=mechanism.auth_bytes())
        answer = broker.ask(request)
        if answer.error_code:
            raise broker.refused(
                f"it does not accept QLINES_KAFKA_USERNAME={address.username} with"
                " QLINES_KAFKA_PASSWORD: correct them, or add that user to Kafka"
            )
        mechanism.receive(answer.auth_bytes)
