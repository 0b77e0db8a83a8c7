"""The daemons of the image as somebody else runs them: with TLS, users and passwords.

Each listens at *localhost*, the only host that its certificate names. The user ``qlines`` may do
everything; PASSWORD is that of all users.
"""

from pathlib import Path

from tests.harness.authority import Authority
from tests.harness.daemon import Daemon, configure_clickhouse
from tests.harness.docker import free_ports, run

HOST = "localhost"
USER, PASSWORD, SENTINEL_PASSWORD = "qlines", "correct-horse", "battery-staple"
KAFKA_USERS = (USER, "limited")
PEM, CA = "/etc/tls/server.pem", "/etc/tls/ca.pem"


def kafka(image: str, etc: Path, folder: Path, authority: Authority) -> Daemon:
    """Return a running Kafka with SASL/SCRAM over TLS; *limited* gets only what ACLs allow it.

    At the second port it wants a certificate instead; one for HOST may do everything.
    """
    port, mutual_port = free_ports(2)
    properties = (etc / "kafka" / "server.properties").read_text()
    file = folder / "server.properties"
    file.write_text(
        properties
        + f"""
listeners=LOCAL://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093,SECURED://0.0.0.0:{port},MUTUAL://0.0.0.0:{mutual_port}
advertised.listeners=LOCAL://127.0.0.1:9092,SECURED://{HOST}:{port},MUTUAL://{HOST}:{mutual_port}
listener.security.protocol.map=LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURED:SASL_SSL,MUTUAL:SSL
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.secured.scram-sha-512.sasl.jaas.config=\
org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location={PEM}
ssl.truststore.type=PEM
ssl.truststore.location={CA}
listener.name.mutual.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS;User:{USER};User:CN={HOST}
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
        port=port, second_port=mutual_port,
        files={config: file, PEM: authority.sign(HOST), CA: authority.file},
    )  # fmt: skip


def clickhouse(image: str, etc: Path, folder: Path, authority: Authority) -> Daemon:
    """Return a running ClickHouse with a user, TLS and the database ``iot``.

    *limited* may only read.
    """
    (port,) = free_ports(1)
    configure_clickhouse(etc, folder, port=port, listen="0.0.0.0")
    config, users = folder / "config.xml", folder / "users.xml"
    config.write_text(
        config.read_text()
        .replace("tcp_port>", "tcp_port_secure>")
        .replace(
            "</yandex>",
            f"<openSSL><server><certificateFile>{PEM}</certificateFile>"
            f"<privateKeyFile>{PEM}</privateKeyFile><verificationMode>none</verificationMode>"
            "<disableProtocols>sslv2,sslv3</disableProtocols></server></openSSL></yandex>",
        )
    )
    users.write_text(
        users.read_text()
        .replace("</profiles>", "<readonly><readonly>1</readonly></readonly></profiles>")
        .replace("</users>", _user(USER, "default") + _user("limited", "readonly") + "</users>")
    )
    return Daemon(
        image, "sh", "-c",
        "mkdir -p /data/clickhouse/data/iot /data/clickhouse/metadata/iot"
        " && exec /opt/clickhouse/clickhouse-server --config-file=/etc/clickhouse/config.xml",
        port=port, files={"/etc/clickhouse": folder, PEM: authority.sign(HOST)},
        environment={"LD_LIBRARY_PATH": "/opt/clickhouse/lib"},
    )  # fmt: skip


def _user(name: str, profile: str) -> str:
    return (
        f"<{name}><password>{PASSWORD}</password><networks><ip>::/0</ip></networks>"
        f"<profile>{profile}</profile><quota>default</quota></{name}>"
    )


def mongodb(image: str, authority: Authority) -> Daemon:
    """Return a running MongoDB with TLS whose replica set ``rs`` and users are not made yet.

    Until there is a user, a client inside the container may make the set and the first one.
    """
    (port,) = free_ports(1)
    return Daemon(
        image, "sh", "-c",
        "umask 077 && echo aKeyBetweenMembers >/tmp/key && exec /opt/mongodb/mongod"
        f" --dbpath /data --bind_ip_all --port {port} --replSet rs --keyFile /tmp/key"
        f" --tlsMode requireTLS --tlsCertificateKeyFile {PEM} --tlsCAFile {CA}"
        " --tlsAllowConnectionsWithoutCertificates",
        port=port, files={PEM: authority.sign(HOST), CA: authority.file},
    )  # fmt: skip


def make_mongodb_users(running: Daemon) -> None:
    """Make the set and the users, *limited* without rights; MongoDB must answer already."""
    address = f"mongodb://{HOST}:{running.port}/?directConnection=true&tls=true&tlsCAFile={CA}"
    run("docker", "exec", "-i", running.name, "python", "-", text=MONGODB_USERS.format(
        address=address, host=f"{HOST}:{running.port}", user=USER, password=PASSWORD,
    ))  # fmt: skip


MONGODB_USERS = """
import time
from pymongo import MongoClient
admin = MongoClient("{address}").admin
admin.command("replSetInitiate", dict(_id="rs", members=[dict(_id=0, host="{host}")]))
while not admin.command("hello")["isWritablePrimary"]:
    time.sleep(0.05)
admin.command("createUser", "{user}", pwd="{password}", roles=["root"])
MongoClient("{address}", username="{user}", password="{password}").admin.command(
    "createUser", "limited", pwd="{password}", roles=[]
)
"""


def redis(image: str, authority: Authority) -> Daemon:
    """Return an empty Redis with TLS and users, and a Sentinel that watches it as ``mymaster``.

    *limited* may only read. The Sentinel is at the second port, with TLS and a password too.
    """
    port, sentinel_port = free_ports(2)
    tls = (
        f"--port 0 --bind 0.0.0.0 --tls-cert-file {PEM} --tls-key-file {PEM}"
        f" --tls-ca-cert-file {CA} --tls-auth-clients no --tls-replication yes"
    )
    config = (
        f"sentinel resolve-hostnames yes\nsentinel announce-hostnames yes\n"
        f"sentinel monitor mymaster {HOST} {port} 1\nsentinel auth-pass mymaster {PASSWORD}\n"
    )
    return Daemon(
        image, "sh", "-c",
        f"printf '{config}' >/tmp/sentinel.conf; redis-server /tmp/sentinel.conf --sentinel {tls}"
        f" --tls-port {sentinel_port} --requirepass {SENTINEL_PASSWORD} &"
        f" exec redis-server {tls} --tls-port {port} --save ''"
        f" --user default on '>{PASSWORD}' '~*' '&*' +@all"
        f" --user limited on '>{PASSWORD}' '~*' '&*' +@read +@connection",
        port=port, second_port=sentinel_port,
        files={PEM: authority.sign(HOST), CA: authority.file},
    )  # fmt: skip
