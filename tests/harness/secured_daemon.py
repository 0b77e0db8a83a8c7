"""The daemons of the image as somebody else runs them: with TLS, users and passwords.

Each listens at *localhost*, the only host that its certificate names. The user ``qlines`` may do
everything; PASSWORD is that of all users.
"""

from pathlib import Path

from tests.harness.authority import Authority
from tests.harness.daemon import Daemon
from tests.harness.docker import free_ports

HOST = "localhost"
USER, PASSWORD = "qlines", "correct-horse"
KAFKA_USERS = (USER, "limited")
PEM, CA = "/etc/tls/server.pem", "/etc/tls/ca.pem"


def kafka(image: str, etc: Path, folder: Path, authority: Authority) -> Daemon:
    """Return a running Kafka with SASL/SCRAM over TLS; *limited* gets only what ACLs allow it."""
    (port,) = free_ports(1)
    properties = (etc / "kafka" / "server.properties").read_text()
    file = folder / "server.properties"
    file.write_text(
        properties
        + f"""
listeners=LOCAL://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093,SECURED://0.0.0.0:{port}
advertised.listeners=LOCAL://127.0.0.1:9092,SECURED://{HOST}:{port}
listener.security.protocol.map=LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={PEM}
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{USER}
"""
    )
    file.chmod(0o644)
    users = " ".join(
        f"--add-scram 'SCRAM-SHA-512=[name={user},password={PASSWORD}]'" for user in KAFKA_USERS
    )
    java = "/opt/java/bin/java @/opt/qlines/etc/kafka/jvm.options @/opt/kafka/classpath"
    config = "/etc/kafka/server.properties"
    return Daemon(
        image, "sh", "-c",
        f"{java} kafka.tools.StorageTool format --cluster-id=AAAAAAAAAAAAAAAAAAAAAQ"
        f" --config {config} {users} >/dev/null && exec {java} kafka.Kafka {config}",
        port=port,
        files={config: file, PEM: authority.sign(HOST)},
    )  # fmt: skip
