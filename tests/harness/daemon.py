"""Run a single daemon of the image without the others, on a free port of this host."""

import re
from collections.abc import Mapping
from pathlib import Path

from tests.harness.docker import free_ports, new_name, run, session_label


class Daemon:
    """One daemon in its own container; its data is removed with it.

    It listens on the same *port* inside and outside, because MongoDB and Kafka send their address
    to their clients; so it does with *second_port*, if there is one.
    *files* are configuration files by their paths in the container.
    """

    def __init__(
        self,
        image: str,
        *command: str,
        port: int,
        files: Mapping[str, Path] | None = None,
        environment: Mapping[str, str] | None = None,
        second_port: int | None = None,
    ) -> None:
        self.name = new_name()
        self.port = port
        self.second_port = second_port
        self.address = f"127.0.0.1:{port}"
        ports = [port] if second_port is None else [port, second_port]
        mounts = [f"{file}:{path}:ro" for path, file in (files or {}).items()]
        settings = [f"{name}={value}" for name, value in (environment or {}).items()]
        run(
            "docker", "run", "-d", "--name", self.name, "--label", session_label(),
            *[word for one in ports for word in ("-p", f"127.0.0.1:{one}:{one}")],
            "--tmpfs", "/tmp",
            *[word for mount in mounts for word in ("-v", mount)],
            *[word for setting in settings for word in ("-e", setting)],
            image, *command,
        )  # fmt: skip

    def __enter__(self) -> "Daemon":
        return self

    def __exit__(self, *_error: object) -> None:
        run("docker", "rm", "-f", "-v", self.name)

    def freeze(self) -> None:
        """Pause every process in the container, as if its machine hung."""
        run("docker", "pause", self.name)

    def thaw(self) -> None:
        """Resume every process in the container."""
        run("docker", "unpause", self.name)

    def kill(self) -> None:
        """Kill the daemon with SIGKILL."""
        run("docker", "kill", self.name)

    def start(self) -> None:
        """Start the daemon again after it was killed."""
        run("docker", "start", self.name)


def mongodb(image: str) -> Daemon:
    """Return a running MongoDB whose replica set is not initiated yet."""
    (port,) = free_ports(1)
    return Daemon(
        image, "/opt/mongodb/mongod", "--dbpath", "/data", "--bind_ip_all", "--replSet", "qlines",
        "--port", str(port), "--networkMessageCompressors", "snappy", port=port,
    )  # fmt: skip


def redis(image: str) -> Daemon:
    """Return an empty Redis that writes nothing to disk."""
    (port,) = free_ports(1)
    return Daemon(
        image, "/usr/bin/redis-server", "--port", str(port), "--bind", "0.0.0.0",
        "--protected-mode", "no", "--save", "", port=port,
    )  # fmt: skip


def kafka(image: str, etc: Path, folder: Path) -> Daemon:
    """Return a running Kafka without topics, with the appliance's settings except for its port."""
    (port,) = free_ports(1)
    properties = (etc / "kafka" / "server.properties").read_text()
    properties = properties.replace(
        "listeners=LOCAL://127.0.0.1:9092", f"listeners=LOCAL://0.0.0.0:{port}", 1
    )
    properties = properties.replace(
        "advertised.listeners=LOCAL://127.0.0.1:9092",
        f"advertised.listeners=LOCAL://127.0.0.1:{port}",
    )
    file = folder / "server.properties"
    file.write_text(properties)
    file.chmod(0o644)
    return Daemon(
        image, "sh", "/opt/qlines/etc/kafka/start", port=port,
        files={"/opt/qlines/etc/kafka/server.properties": file},
    )  # fmt: skip


def clickhouse(image: str, etc: Path, folder: Path) -> Daemon:
    """Return a running ClickHouse without tables, with the appliance's settings except its port."""
    (port,) = free_ports(1)
    configure_clickhouse(etc, folder, port=port, listen="0.0.0.0")
    return Daemon(
        image, "/opt/clickhouse/clickhouse-server", "--config-file=/etc/clickhouse/config.xml",
        port=port, files={"/etc/clickhouse": folder},
        environment={"LD_LIBRARY_PATH": "/opt/clickhouse/lib"},
    )  # fmt: skip


def configure_clickhouse(
    etc: Path, folder: Path, *, port: int, listen: str, data: str = "/data/clickhouse"
) -> None:
    """Write the appliance's configuration with another port and another data folder."""
    config = (etc / "clickhouse" / "config.xml").read_text()
    config = config.replace("/data/clickhouse/", f"{data}/")
    config = config.replace("<tcp_port>9000<", f"<tcp_port>{port}<")
    for name in ("http_port", "interserver_http_port"):
        config = re.sub(f"<{name}>.*</{name}>", "", config)
    config = config.replace("<listen_host>127.0.0.1<", f"<listen_host>{listen}<")
    users = (etc / "clickhouse" / "users.xml").read_text()
    (folder / "config.xml").write_text(config)
    (folder / "users.xml").write_text(users.replace("<ip>127.0.0.1</ip>", "<ip>::/0</ip>"))
    folder.chmod(0o755)
