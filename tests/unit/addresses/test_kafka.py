import pytest

from appliance.shared.settings import SettingsError
from qlines.settings import Settings

SIGN_IN = {
    "QLINES_KAFKA_SECURITY_PROTOCOL": "sasl_ssl",
    "QLINES_KAFKA_SASL_MECHANISM": "scram-sha-512",
    "QLINES_KAFKA_USERNAME": "qlines",
    "QLINES_KAFKA_PASSWORD": "hunter2!",
}
ELSEWHERE = {"QLINES_ROLES": "writer,init"}


def address(**more):
    env = SIGN_IN | {f"QLINES_KAFKA_{name}": text for name, text in more.items()}
    return Settings.from_env(env | ELSEWHERE).kafka_address


def test_a_node_that_has_its_own_stores_shares_nothing():
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({"QLINES_NODE": "node-1", "QLINES_ROLES": "kafka,redis,writer"})

    assert str(raised.value) == (
        "QLINES_NODE is for nodes that share their stores: take kafka, redis, which this container"
        " runs for itself, out of QLINES_ROLES"
    )
    assert Settings.from_env({"QLINES_NODE": "node-1", **ELSEWHERE}).node == "node-1"


@pytest.mark.parametrize("name", ["node 1", "a/b", "..", "b", "n" * 121])
def test_the_name_of_a_node_is_one_that_kafka_takes(name):
    with pytest.raises(SettingsError, match="QLINES_NODE must be at most 120 letters, digits"):
        Settings.from_env({"QLINES_NODE": name, **ELSEWHERE})


def test_without_settings_it_is_the_containers_own_kafka_in_clear_text():
    own = Settings.from_env({}).kafka_address

    assert (own.servers, own.security_protocol) == ("127.0.0.1:9092", "PLAINTEXT")
    assert not own.has_tls
    assert not own.has_sign_in
    assert (own.replication_factor, own.partitions) == (1, 1)
    assert own.named("telemetry") == "telemetry"


def test_librdkafkas_words_may_be_in_small_letters():
    signed_in = address()

    assert (signed_in.security_protocol, signed_in.sasl_mechanism) == ("SASL_SSL", "SCRAM-SHA-512")
    assert signed_in.has_tls
    assert signed_in.has_sign_in


def test_the_password_is_in_no_text_of_the_address():
    assert "hunter2!" not in repr(address())


def test_a_prefix_is_before_the_names():
    assert address(TOPIC_PREFIX="acme.").named("telemetry") == "acme.telemetry"


REFUSED = {
    "QLINES_KAFKA_SECURITY_PROTOCOL must be one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL,"
    " got 'TLS'": {"SECURITY_PROTOCOL": "TLS"},
    "QLINES_KAFKA_SASL_MECHANISM must be one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512,"
    " got 'GSSAPI'": {"SASL_MECHANISM": "GSSAPI"},
    "QLINES_KAFKA_CA_FILE must be the path of a file that can be read (No such file or directory),"
    " got '/nowhere/ca.pem'": {"CA_FILE": "/nowhere/ca.pem"},
    "QLINES_KAFKA_TOPIC_PREFIX must be at most 200 letters, digits, dots, dashes and underscores,"
    " got 'a b'": {"TOPIC_PREFIX": "a b"},
    "QLINES_KAFKA_SECURITY_PROTOCOL=SASL_SSL needs QLINES_KAFKA_SASL_MECHANISM and"
    " QLINES_KAFKA_PASSWORD too": {"SECURITY_PROTOCOL": "SASL_SSL", "USERNAME": "qlines"},
    "QLINES_KAFKA_PASSWORD is of no use with QLINES_KAFKA_SECURITY_PROTOCOL=PLAINTEXT:"
    " that must be SASL_SSL or SASL_PLAINTEXT": {"PASSWORD": "hunter2!"},
    "QLINES_KAFKA_CA_FILE is of no use with QLINES_KAFKA_SECURITY_PROTOCOL=PLAINTEXT:"
    " that must be SSL or SASL_SSL": {"CA_FILE": __file__},
    "QLINES_KAFKA_KEY_FILE needs QLINES_KAFKA_CERT_FILE, the certificate of that key": {
        "SECURITY_PROTOCOL": "SSL", "KEY_FILE": __file__,
    },
    "QLINES_KAFKA_TOPIC_PREFIX is for a Kafka that others use too: take kafka, which runs one in"
    " this container, out of QLINES_ROLES": {"TOPIC_PREFIX": "acme."},
}  # fmt: skip


@pytest.mark.parametrize(("sentence", "settings"), REFUSED.items())
def test_settings_that_make_no_sense_are_refused(sentence, settings):
    with pytest.raises(SettingsError) as raised:
        Settings.from_env({f"QLINES_KAFKA_{name}": text for name, text in settings.items()})

    assert str(raised.value) == sentence
