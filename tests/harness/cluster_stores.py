"""The stores of docker-compose.cluster.yml: several of each, with TLS, users and passwords."""

import re

import yaml

from tests.harness.cluster import CLICKHOUSE, Cluster
from tests.harness.docker import ROOT, run
from tests.harness.shared_stores import ROLES, SECRET_KEY

OF_STORES = re.compile(r"QLINES_(KAFKA|MONGODB|CLICKHOUSE|REDIS)")
MOUNTED = "/etc/qlines/"
# Run inside a replica, whose own user comes from there only.
NUMBERS = """
import sys
from qlines.clients import clickhouse
for (number,) in clickhouse.connect("127.0.0.1:9000").execute(sys.stdin.read()):
    print(number)
"""


class ClusterStores:
    """What SharedStores is, of a cluster that runs no node.

    A container that uses them needs *authority* as the file *authority_path*.
    """

    authority_path = "/data/secrets/ca.pem"

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self.network = f"{cluster.name}_stores"
        self.authority = cluster.secret("nodes/ca.pem")
        self.kafka = self.settings("any")["QLINES_KAFKA"]

    def settings(self, name: str) -> dict[str, str]:
        """Return the settings of a node of that name: those of the file, with secrets as values."""
        text = (ROOT / "docker-compose.cluster.yml").read_text()
        of_nodes = yaml.safe_load(text)["x-settings"]
        of_stores = dict(
            self._as_value(variable, value)
            for variable, value in of_nodes.items()
            if OF_STORES.match(variable)
        )
        own = {"QLINES_NODE": name, "QLINES_ROLES": ROLES, "QLINES_SECRET_KEY": SECRET_KEY}
        return own | of_stores

    def with_wrong_password(self, name: str) -> dict[str, str]:
        """Return such settings that ClickHouse does not accept."""
        settings = self.settings(name)
        wrong = re.sub(r"qlines:\w+@", "qlines:wrong@", settings["QLINES_CLICKHOUSE"])
        return settings | {"QLINES_CLICKHOUSE": wrong}

    def numbers(self, query: str) -> list[float]:
        """Return the single column of a query at the first replica of ClickHouse."""
        container = f"{self._cluster.name}-{CLICKHOUSE[0]}"
        command = ("docker", "exec", "-i", "-e", "LD_LIBRARY_PATH=", container, "python", "-c")
        return [float(line) for line in run(*command, NUMBERS, text=query).splitlines()]

    def _as_value(self, variable: str, value: str) -> tuple[str, str]:
        if value.startswith(f"{MOUNTED}QLINES_"):
            variable = variable.removesuffix("_FILE")
            value = self._cluster.secret(f"nodes/{variable}")
        return variable, value.replace(f"{MOUNTED}ca.pem", self.authority_path)
