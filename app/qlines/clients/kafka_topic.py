"""A topic as its broker describes it, and changes of its settings."""

from collections.abc import Mapping
from typing import NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from qlines.clients.kafka import CONNECTION, raising_unavailable
from qlines.clients.tcp_check import tcp_check

TOPIC_MS = 5_000


class Topic(NamedTuple):
    """A topic: the id of its cluster, its partitions, and the settings that are its own."""

    cluster: str
    partitions: int
    configs: dict[str, str]


def describe(bootstrap: str, topic: str) -> Topic:
    """Return what the broker knows; raise StoreUnavailableError without a broker or the topic."""
    with raising_unavailable():
        tcp_check(bootstrap)
        admin = KafkaAdminClient(**CONNECTION, bootstrap_servers=bootstrap.split(","))
        try:
            # A topic that was created just now is there a moment later.
            admin.wait_for_topics([topic], timeout_ms=TOPIC_MS)
            (described,) = admin.describe_topics([topic])
            asked = [ConfigResource(ConfigResourceType.TOPIC, topic)]
            configs = admin.describe_configs(asked)["topic"][topic]
            cluster = admin.describe_cluster()["cluster_id"]
        finally:
            admin.close()
    return Topic(
        str(cluster),
        len(described["partitions"]),
        {name: str(config["value"]) for name, config in configs.items()},
    )


def configure(bootstrap: str, topic: str, configs: Mapping[str, str]) -> None:
    """Change these settings of the topic and no others.

    Raise StoreUnavailableError when no broker answers.
    """
    with raising_unavailable():
        admin = KafkaAdminClient(**CONNECTION, bootstrap_servers=bootstrap.split(","))
        try:
            admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, dict(configs))])
        finally:
            admin.close()
