"""A real Kafka with SASL/SCRAM over TLS and rights, as somebody else runs it."""

from dataclasses import replace
from pathlib import Path

import pytest
from kafka.admin import (
    ACL,
    ACLOperation,
    ACLPermissionType,
    ResourcePattern,
    ResourceType,
)

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_access, kafka_topic
from qlines.errors import StoreRefusedError, StoreUnavailableError
from tests.harness import secured_daemon
from tests.harness.authority import Authority
from tests.harness.deadline import PATIENCE, eventually
from tests.harness.ready_stores import is_done
from tests.harness.secured_daemon import PASSWORD, USER

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"
TOPIC = "telemetry"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def running(image, tmp_path_factory, authority):
    with secured_daemon.kafka(image, ETC, tmp_path_factory.mktemp("kafka"), authority) as running:
        yield running


@pytest.fixture(scope="module")
def address(running, authority):
    address = KafkaAddress(
        f"localhost:{running.port}", "SASL_SSL", "SCRAM-SHA-512", USER, PASSWORD,
        str(authority.file), topic_prefix="acme.",
    )  # fmt: skip
    eventually(lambda: is_done(lambda: kafka_topic.ensure(address, TOPIC, {})), 60, "Kafka answers")
    return address


@pytest.fixture(scope="module")
def limited(address):
    """Return the address of a user who may use the topic and its groups, and create nothing."""
    user = replace(address, username="limited")
    rights = [
        (ResourceType.TOPIC, ACLOperation.READ),
        (ResourceType.TOPIC, ACLOperation.WRITE),
        (ResourceType.TOPIC, ACLOperation.DESCRIBE),
        (ResourceType.GROUP, ACLOperation.READ),
    ]
    names = {ResourceType.TOPIC: "acme.telemetry", ResourceType.GROUP: "acme.writer"}
    with kafka_topic._admin(address) as admin:
        admin.create_acls(
            [
                ACL(
                    "User:limited", "*", operation, ACLPermissionType.ALLOW,
                    ResourcePattern(kind, names[kind]),
                )
                for kind, operation in rights
            ]
        )  # fmt: skip
    return user


def refusal(address, ask=None):
    with pytest.raises(StoreRefusedError) as raised:
        (ask or kafka.producer)(address)
    assert PASSWORD not in str(raised.value)
    return str(raised.value)


def test_records_arrive_with_the_right_password_and_a_prefix(address):
    producer = kafka.producer(address)
    producer.send(address.named(TOPIC), value=b"[1]").get(timeout=20 * PATIENCE)
    producer.close(timeout=5)

    consumer = kafka.consumer(address, TOPIC, "writer")
    values = eventually(lambda: kafka.fetch(consumer, 1_000), 20, "a record arrives")
    kafka.commit(consumer, dict.fromkeys(consumer.assignment(), 1))
    consumer.close()

    assert [(record.partition.topic, record.value) for record in values] == [
        ("acme.telemetry", b"[1]")
    ]


def test_the_version_is_known_once_it_has_signed_in(address):
    assert kafka_access.check_access(address) >= (4, 0)


def test_a_wrong_password_is_refused_with_the_settings_to_correct(address):
    assert refusal(replace(address, password="wrong")) == (
        f"kafka refuses this program: {address.servers}: it does not accept"
        " QLINES_KAFKA_USERNAME=qlines with QLINES_KAFKA_PASSWORD: correct them, or add that user"
        " to Kafka"
    )


def test_another_mechanism_is_refused_with_those_that_the_broker_offers(address):
    text = refusal(replace(address, sasl_mechanism="PLAIN"))

    assert "QLINES_KAFKA_SASL_MECHANISM is PLAIN, the broker offers SCRAM-SHA-512" in text


def test_an_unknown_authority_is_refused_with_the_setting_that_names_it(address):
    text = refusal(replace(address, ca_file=""))

    assert "name that authority's certificate in QLINES_KAFKA_CA_FILE" in text


def test_a_host_that_the_certificate_does_not_name_is_refused(address):
    elsewhere = replace(address, servers=address.servers.replace("localhost", "127.0.0.1"))

    assert "its certificate is not for 127.0.0.1: use a host that" in refusal(elsewhere)


def test_clear_text_to_a_port_with_tls_says_which_protocol_to_set(address):
    clear = KafkaAddress(address.servers)

    with pytest.raises(StoreUnavailableError, match="QLINES_KAFKA_SECURITY_PROTOCOL"):
        kafka.producer(clear)


def test_a_file_that_holds_no_certificate_is_refused_with_its_setting(address, tmp_path):
    (tmp_path / "ca.pem").write_text("not a certificate")

    text = refusal(replace(address, ca_file=str(tmp_path / "ca.pem")))

    assert "QLINES_KAFKA_CA_FILE" in text
    assert "is not a usable PEM file" in text


def test_a_sign_in_where_none_is_wanted_is_refused(address, running, authority):
    by_password = replace(
        address,
        servers=f"localhost:{running.second_port}",
        cert_file=str(authority.sign("localhost")),
    )

    assert "it wants no sign-in at this port" in refusal(by_password)


def test_a_certificate_is_a_sign_in_too(address, running, authority):
    by_certificate = KafkaAddress(
        f"localhost:{running.second_port}", "SSL", ca_file=str(authority.file),
        cert_file=str(authority.sign("localhost")), topic_prefix="acme.",
    )  # fmt: skip

    assert kafka_topic.describe(by_certificate, TOPIC).partitions == 1


def test_without_the_certificate_it_is_refused_with_the_settings_that_name_it(running, authority):
    without = KafkaAddress(f"localhost:{running.second_port}", "SSL", ca_file=str(authority.file))

    assert "see QLINES_KAFKA_CERT_FILE and QLINES_KAFKA_KEY_FILE" in refusal(without)


def test_a_topic_that_is_there_need_not_be_one_that_it_may_create(limited):
    assert kafka_topic.ensure(limited, TOPIC, {}) is False


def test_a_topic_that_it_may_not_create_is_named_with_what_to_do(limited):
    text = refusal(
        limited, lambda address: kafka_topic.ensure(address, "other", {"retention.ms": "-1"})
    )

    assert "the topic acme.other is not there, or may not be seen" in text
    assert "grant CREATE, or create it with 1 partitions and retention.ms=-1" in text


def test_a_right_that_is_missing_is_named_when_it_is_needed(limited):
    consumer = kafka.consumer(limited, TOPIC, "another-group")

    text = refusal(limited, lambda _address: kafka.positions(consumer))
    consumer.close()

    assert "QLINES_KAFKA_USERNAME lacks a right there: GroupAuthorizationFailedError" in text
