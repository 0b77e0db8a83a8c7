"""A topic: make it, describe it, and change its settings.

Names of topics are without the prefix that the address gives them.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType
from kafka.errors import AuthorizationError, PolicyViolationError, TopicAlreadyExistsError

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka_access
from qlines.clients.kafka import CONNECTION, raising_unavailable
from qlines.errors import StoreRefusedError

TOPIC_MS = 5_000
BROKERS_DEFAULT = -1  # for the number of replicas


class Topic(NamedTuple):
    """A topic: the id of its cluster, its partitions, and the settings that are its own."""

    cluster: str
    partitions: int
    configs: dict[str, str]


def ensure(
    address: KafkaAddress, topic: str, configs: dict[str, str], *, partitions: int | None = None
) -> bool:
    """Create the topic if it does not exist; return whether it was created.

    An existing topic keeps its settings, and nothing is wrong when this program may not create one
    then. Without *partitions* it gets those of *address*. Raise StoreUnavailableError when no
    broker answers, and StoreRefusedError when it must be created by somebody else.
    """
    name = address.named(topic)
    spec = {
        "num_partitions": partitions or address.partitions,
        "replication_factor": address.replication_factor or BROKERS_DEFAULT,
        "configs": configs,
    }
    with _admin(address) as admin:
        try:
            admin.create_topics({name: spec}, timeout_ms=TOPIC_MS)
        except TopicAlreadyExistsError:
            return False
        except (AuthorizationError, PolicyViolationError) as error:
            if _exists(admin, name):
                return False
            raise StoreRefusedError("kafka", _who_creates(name, spec)) from error
        return True


def describe(address: KafkaAddress, topic: str) -> Topic:
    """Return what the broker knows; raise StoreUnavailableError without a broker or the topic."""
    name = address.named(topic)
    with _admin(address) as admin:
        # A topic that was created just now is there a moment later.
        admin.wait_for_topics([name], timeout_ms=TOPIC_MS)
        (described,) = admin.describe_topics([name])
        asked = [ConfigResource(ConfigResourceType.TOPIC, name)]
        configs = admin.describe_configs(asked)["topic"][name]
        cluster = admin.describe_cluster()["cluster_id"]
    return Topic(
        str(cluster),
        len(described["partitions"]),
        {name: str(config["value"]) for name, config in configs.items()},
    )


def configure(address: KafkaAddress, topic: str, configs: Mapping[str, str]) -> None:
    """Change these settings of the topic and no others.

    Raise StoreUnavailableError when no broker answers.
    """
    with _admin(address) as admin:
        resource = ConfigResource(ConfigResourceType.TOPIC, address.named(topic), dict(configs))
        admin.alter_configs([resource])


@contextmanager
def _admin(address: KafkaAddress) -> Iterator[KafkaAdminClient]:
    with raising_unavailable():
        kafka_access.check_access(address)
        admin = KafkaAdminClient(**CONNECTION, **kafka_access.options(address))
        try:
            yield admin
        finally:
            admin.close()


def _exists(admin: KafkaAdminClient, name: str) -> bool:
    """Return whether the topic is there and this program may see it."""
    (described,) = admin.describe_topics([name])
    return not described["error_code"]


def _who_creates(name: str, spec: dict[str, Any]) -> str:
    settings = ", ".join(f"{key}={value}" for key, value in spec["configs"].items())
    return (
        f"the topic {name} is not there, or may not be seen, and QLINES_KAFKA_USERNAME may not"
        f" create it: grant CREATE, or create it with {spec['num_partitions']} partitions and"
        f" {settings}"
    )
