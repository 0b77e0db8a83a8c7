"""The four stores of the image, each in a container of its own, in one Docker network."""

import re
from pathlib import Path

from tests.harness.appliance import QUERY, Appliance
from tests.harness.docker import HARDENED, ROOT, run
from tests.harness.proxy import Network

ETC = ROOT / "appliance" / "etc"
# What a node runs beside them.
ROLES = (
    "init,registry,mosquitto,ingest,writer,live,alarms,rqworker,messenger,cron,gunicorn,healthd,"
    "node"
)
SECRET_KEY = "TheSecretKeyOfATestWhichAllNodesHave"


class SharedStores:
    """Kafka, MongoDB, ClickHouse and Redis under their own names in *network*."""

    kafka = "kafka:9092"
    authority = ""  # they have no certificates

    def __init__(self, network: Network, image: str, folder: Path, *, partitions: int) -> None:
        self.network = network.name
        self._image = image
        self._partitions = partitions
        network.run(
            image, "/usr/bin/redis-server", "--bind", "0.0.0.0", "--protected-mode", "no",
            "--save", "", aliases=["redis"], options=["--tmpfs", "/tmp"],
        )  # fmt: skip
        network.run(
            image, "/opt/mongodb/mongod", "--dbpath", "/data", "--bind_ip_all", "--replSet",
            "qlines", "--networkMessageCompressors", "snappy",
            aliases=["mongodb"], options=["--tmpfs", "/tmp"],
        )  # fmt: skip
        network.run(
            image, "sh", "/opt/qlines/etc/kafka/start", aliases=["kafka"],
            options=["--tmpfs", "/tmp", *_mounted(_kafka_properties(folder))],
        )  # fmt: skip
        self.clickhouse = network.run(
            image, "/opt/clickhouse/clickhouse-server", "--config-file=/etc/clickhouse/config.xml",
            aliases=["clickhouse"],
            options=[
                "--tmpfs", "/tmp", "-e", "LD_LIBRARY_PATH=/opt/clickhouse/lib",
                "-v", f"{_clickhouse_folder(folder)}:/etc/clickhouse:ro",
            ],
        )  # fmt: skip

    def settings(self, name: str) -> dict[str, str]:
        """Return the settings of a node of that name."""
        return {
            "QLINES_NODE": name,
            "QLINES_ROLES": ROLES,
            "QLINES_SECRET_KEY": SECRET_KEY,
            "QLINES_KAFKA": self.kafka,
            "QLINES_KAFKA_PARTITIONS": str(self._partitions),
            "QLINES_MONGODB": "mongodb://mongodb:27017/?replicaSet=qlines",
            "QLINES_CLICKHOUSE": "clickhouse:9000",
            "QLINES_REDIS": "redis://redis:6379/0",
        }

    def with_wrong_password(self, name: str) -> dict[str, str]:
        """Return such settings that ClickHouse does not accept."""
        wrong = {"QLINES_CLICKHOUSE": "clickhouse://default:wrong@clickhouse:9000"}
        return self.settings(name) | wrong

    def node(self, name: str, **settings: str) -> Appliance:
        """Return a node of that name, not started."""
        environment = self.settings(name) | settings
        options = [*HARDENED, "--network", self.network]
        return Appliance(self._image, environment=environment, options=options)

    def numbers(self, query: str) -> list[float]:
        """Return the single column of a query in ClickHouse."""
        text = f"{query} FORMAT TabSeparated"
        answer = run("docker", "exec", "-i", self.clickhouse, "python3", "-c", QUERY, text=text)
        return [float(line) for line in answer.splitlines()]


def _kafka_properties(folder: Path) -> Path:
    text = (ETC / "kafka" / "server.properties").read_text()
    text = text.replace(
        "advertised.listeners=LOCAL://127.0.0.1:9092", "advertised.listeners=LOCAL://kafka:9092"
    )
    text = re.sub(
        r"^listeners=LOCAL://127.0.0.1:9092", "listeners=LOCAL://0.0.0.0:9092", text, flags=re.M
    )
    file = folder / "server.properties"
    file.write_text(text)
    file.chmod(0o644)
    return file


def _mounted(file: Path) -> tuple[str, str]:
    return "-v", f"{file}:/opt/qlines/etc/kafka/server.properties:ro"


def _clickhouse_folder(folder: Path) -> Path:
    config = (ETC / "clickhouse" / "config.xml").read_text()
    users = (ETC / "clickhouse" / "users.xml").read_text()
    into = folder / "clickhouse"
    into.mkdir()
    (into / "config.xml").write_text(
        config.replace("<listen_host>127.0.0.1<", "<listen_host>0.0.0.0<")
    )
    (into / "users.xml").write_text(users.replace("<ip>127.0.0.1</ip>", "<ip>::/0</ip>"))
    into.chmod(0o755)
    return into
