"""Make the statements of a migration those of a cluster: ON CLUSTER, with replicated tables.

Each server of the cluster needs the macros {shard} and {replica}, as a replicated table does
everywhere: https://clickhouse.com/docs/en/engines/table-engines/mergetree-family/replication.
A table keeps its path in ZooKeeper when it is renamed, so the path has the name of its creation.
"""

import re
from typing import Any

from clickhouse_driver import Client

FOLDER = "/clickhouse/tables/{shard}"
CREATE = re.compile(r"(CREATE (?:TABLE|MATERIALIZED VIEW|VIEW) IF NOT EXISTS (\w+))")
CHANGE = re.compile(r"(?:DROP|RENAME) TABLE ")
ENGINE = re.compile(r"ENGINE = (\w*MergeTree)(?:\(([^)]*)\))?")


def on_cluster(statement: str, cluster: str, database: str) -> str:
    """Return the statement for all servers of *cluster*; what changes no table stays as it is.

    *database* keeps the paths of two databases in one ZooKeeper apart.
    """
    if CHANGE.match(statement):
        return f"{statement} ON CLUSTER '{cluster}'"
    created = CREATE.search(statement)
    if not created:
        return statement

    def replicated(engine: re.Match[str]) -> str:
        arguments = [f"'{FOLDER}/{database}/{created[2]}'", "'{replica}'"]
        arguments += [engine[2]] if engine[2] else []
        return f"ENGINE = Replicated{engine[1]}({', '.join(arguments)})"

    everywhere = CREATE.sub(rf"\1 ON CLUSTER '{cluster}'", statement, count=1)
    return ENGINE.sub(replicated, everywhere)


class OnCluster:
    """A client for a migration: its statements are run by all servers of the cluster."""

    def __init__(self, client: Client, cluster: str, database: str) -> None:
        self._client = client
        self._cluster = cluster
        self._database = database

    def execute(self, query: str, *arguments: Any) -> Any:
        """Return the answer of the server that this client is connected to."""
        return self._client.execute(on_cluster(query, self._cluster, self._database), *arguments)
