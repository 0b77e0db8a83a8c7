"""Read the settings from the environment, once, and refuse invalid ones.

``python -m qlines.settings`` checks them; it prints one sentence and exits with 2 when one is
invalid.
"""

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from appliance.shared import twin
from appliance.shared.settings import PREFIX, SettingsError, read_all
from qlines import programs
from qlines.addresses import clickhouse, kafka
from qlines.addresses.kafka import KafkaAddress
from qlines.setting_table import MONGODB, MONGODB_OF_TWINS, SETTINGS, Kept

# Generated at first boot by the entrypoint; read when the environment does not set them.
SECRETS = {
    "ADMIN_PASSWORD": "admin_password",
    "SECRET_KEY": "secret_key",
    "HEALTH_TOKEN": "health_token",
    "BACKUP_PASSWORD": "backup_password",
}


@dataclass(frozen=True)
class Settings:
    """Every setting, checked; one field each, named as the variable without its prefix."""

    admin_email: str
    admin_password: str
    secret_key: str
    retention_days: int
    spool_sync: str
    spool_limit_mb: int
    disk_guard_percent: int
    device_messages_per_second: int
    device_points_per_second: int
    owner_messages_per_second: int
    owner_points_per_second: int
    device_connections: int
    drain_clients_per_second: int
    device_keys: int
    alarm_pairs: int
    person_queries: int
    query_seconds: int
    query_rows: int
    node: str
    kafka: str
    kafka_security_protocol: str
    kafka_sasl_mechanism: str
    kafka_username: str
    kafka_password: str
    kafka_ca_file: str
    kafka_cert_file: str
    kafka_key_file: str
    kafka_topic_prefix: str
    kafka_replication_factor: int
    kafka_partitions: int
    mongodb: str
    clickhouse: str
    clickhouse_cluster: str
    clickhouse_write_quorum: int
    redis: str
    roles: frozenset[str]
    smtp_url: str
    smtp_ca_file: str
    owner_mails_per_day: int
    telegram_bot_token: str
    public_url: str
    apprise: bool
    webhook_http: bool
    webhook_private_addresses: bool
    mqtt_port: int
    health_token: str
    backup_repository: str
    backup_second_repository: str
    backup_second_prune: bool
    backup_password: str
    backup_secrets_password: str
    backup_every: float | None
    drill_every: float | None
    backup_keep: Kept
    backup_max_shrink_percent: int
    log_level: str
    data_dir: Path
    run_dir: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every setting; raise SettingsError for the first invalid one."""
        values = read_all(SETTINGS, env)
        uses_key = not values["roles"].isdisjoint({"gunicorn", "messenger"})
        if values["node"] and uses_key and not values["secret_key"]:
            raise SettingsError(
                "QLINES_NODE needs QLINES_SECRET_KEY, the same at every node: each reads the"
                " cookies that another one has signed, and sends to browsers in its name"
            )
        for name, file_name in SECRETS.items():
            file = values["data_dir"] / "secrets" / file_name
            if not values[name.lower()] and file.is_file():
                values[name.lower()] = file.read_text().strip()
        if values["node"]:
            values["roles"] |= programs.FOR_NODES
        else:
            values["roles"] -= programs.FOR_NODES
        if not twin.is_paired(values["data_dir"]):
            values["roles"] -= programs.FOR_TWINS
        elif values["mongodb"] == MONGODB:
            values["mongodb"] = MONGODB_OF_TWINS
        settings = cls(**values)
        settings._refuse_contradictions()
        return settings

    @property
    def kafka_address(self) -> KafkaAddress:
        """What Kafka's clients need to know."""
        return KafkaAddress(
            self.kafka,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_username,
            self.kafka_password,
            self.kafka_ca_file,
            self.kafka_cert_file,
            self.kafka_key_file,
            self.kafka_topic_prefix,
            self.kafka_replication_factor,
            self.kafka_partitions,
        )

    @property
    def stores(self) -> dict[str, str]:
        """Where each store is, for people: without users and passwords."""
        return {
            "kafka": self.kafka
            + (f" {self.kafka_topic_prefix}" if self.kafka_topic_prefix else ""),
            "mongodb": without_sign_in(self.mongodb),
            "clickhouse": without_sign_in(self.clickhouse),
            "redis": without_sign_in(self.redis),
        }

    @property
    def clickhouse_insert_settings(self) -> dict[str, int]:
        """ClickHouse's settings for each insert of readings."""
        quorum = self.clickhouse_write_quorum
        return {"insert_quorum": quorum} if quorum else {}

    def _refuse_contradictions(self) -> None:
        """Raise SettingsError when each setting is valid, but not beside the others."""
        if sentence := kafka.contradiction(self.kafka_address):
            raise SettingsError(sentence)
        if self.clickhouse_write_quorum and not self.clickhouse_cluster:
            raise SettingsError(
                "QLINES_CLICKHOUSE_WRITE_QUORUM needs QLINES_CLICKHOUSE_CLUSTER: without a cluster"
                " there is one replica"
            )
        if "clickhouse" in self.roles and self.clickhouse_cluster:
            raise SettingsError(
                "QLINES_CLICKHOUSE_CLUSTER is for a ClickHouse elsewhere: take clickhouse, which"
                " runs one without a cluster in this container, out of QLINES_ROLES"
            )
        if "clickhouse" in self.roles and clickhouse.parse(self.clickhouse).database != "default":
            raise SettingsError(
                "the database in QLINES_CLICKHOUSE must be 'default' while this container runs"
                " ClickHouse: take clickhouse out of QLINES_ROLES if it is elsewhere"
            )
        if self.node:
            self._refuse_own_stores()
        if self.kafka_topic_prefix and "kafka" in self.roles:
            raise SettingsError(
                "QLINES_KAFKA_TOPIC_PREFIX is for a Kafka that others use too: take kafka, which"
                " runs one in this container, out of QLINES_ROLES"
            )

    def _refuse_own_stores(self) -> None:
        """Raise SettingsError for a node of several that has a store, or a twin, of its own."""
        if twin.is_paired(self.data_dir):
            raise SettingsError(
                "QLINES_NODE is for nodes that share their stores, and this one is a twin, which"
                " has its own: end the pairing with `make twin-leave`, or unset QLINES_NODE"
            )
        if own := sorted(self.roles & {*programs.STORES, "redis"}):
            raise SettingsError(
                f"QLINES_NODE is for nodes that share their stores: take {', '.join(own)}, which"
                " this container runs for itself, out of QLINES_ROLES"
            )

    @property
    def own_mongodb(self) -> str:
        """The address for what must continue while the twin, or the majority, is away.

        It is this side's own member of the twins' set, which can then only be read; without a twin,
        or with an address that somebody has set, it is *mongodb*. Raise TwinError.
        """
        pairing = twin.read(self.data_dir)
        if pairing is None or self.mongodb != MONGODB_OF_TWINS:
            return self.mongodb
        return f"mongodb://{pairing.address}:27017/?directConnection=true"


def without_sign_in(address: str) -> str:
    """Return an address without user, password and options; pure."""
    return re.sub(r"//[^/]*@", "//", address).partition("?")[0]


# Read by `make up`, by compose, or by the proxy and the blog: none of them has a field here.
ELSEWHERE = re.compile(
    r"NAME|BASE|(WEB|HEALTH|HTTP|HTTPS|MQTTS|PROXY_HEALTH)_PORT|ACME_\w+"
    r"|APP_DOMAINS|BLOG_\w+|UPSTREAMS|MQTT_PLAIN|ACCESS_LOG|SECRETS_DIR|BOOKWORM_BASE|TWIN\w*"
    r"|(MONGODB|CLICKHOUSE)_IMAGE"
)


def unknown_variables(env: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings but are unknown, most likely misspelt."""
    known = {PREFIX + item.name + ending for item in SETTINGS for ending in ("", "_FILE")}
    return sorted(
        variable
        for variable in env
        if variable.startswith(PREFIX)
        and variable not in known
        and not ELSEWHERE.fullmatch(variable.removeprefix(PREFIX))
    )


def warn_of_unknown_variables(env: Mapping[str, str]) -> None:
    """Print one sentence to standard error for each unknown variable."""
    for variable in unknown_variables(env):
        sys.stderr.write(
            f"{variable} is not a QLines setting and is ignored; appliance/README.md lists them\n"
        )


def main() -> int:
    """Check the environment: status 2 when a setting is invalid, a warning for unknown names."""
    try:
        Settings.from_env(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    warn_of_unknown_variables(os.environ)
    return 0


if __name__ == "__main__":
    sys.exit(main())
