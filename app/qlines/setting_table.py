"""The table of the app's settings: names, defaults, meanings and rules."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import NamedTuple

from appliance.shared import twin
from appliance.shared.settings import (
    Setting,
    duration,
    email,
    folder,
    log_level,
    on_or_off,
    one_of,
    password,
    port,
    readable_file,
    url,
    whole_number,
)
from qlines import programs
from qlines.addresses import clickhouse, kafka, mongodb, redis
from qlines.addresses.servers import servers


class Kept(NamedTuple):
    """How many backups are kept, the newest of each day, week and month."""

    daily: int
    weekly: int
    monthly: int


def _roles(text: str) -> frozenset[str]:
    if text == "all":
        return frozenset(programs.NAMES)
    names = frozenset(name.strip() for name in text.split(","))
    if not names <= frozenset(programs.NAMES):
        raise ValueError("'all' or a comma-separated list of " + ", ".join(programs.NAMES))
    return names


def _repository(text: str) -> str:
    is_folder = text.startswith("/")
    if text and not is_folder and not re.match(r"(sftp|rest|s3|b2|azure|gs|swift|rclone):.", text):
        raise ValueError(
            "an absolute folder or an address of restic, such as sftp:user@host:/folder,"
            " s3:https://host/bucket or rest:https://host/"
        )
    return text


def _bot_token(text: str) -> str:
    if text and not re.fullmatch(r"[0-9]{3,20}:[A-Za-z0-9_-]{20,100}", text):
        raise ValueError("a token as @BotFather gives it, a number, a colon and letters")
    return text


def _address(store: ModuleType) -> Callable[[str], str]:
    """Return the rule for the address of a store, whose files must be there to be read."""

    def parse(text: str) -> str:
        address: str = store.check(text)
        for file in store.files(address):
            try:
                readable_file(file)
            except ValueError as error:
                raise ValueError(f"an address in which {file} is {error}") from None
        return address

    return parse


def _kept(text: str) -> Kept:
    numbers = re.fullmatch(r"([0-9]{1,3})d,([0-9]{1,3})w,([0-9]{1,3})m", text)
    if not numbers or not any(map(int, numbers.groups())):
        raise ValueError("numbers of days, weeks and months such as 7d,4w,12m, not all of them 0")
    return Kept(*map(int, numbers.groups()))


MAX_PER_SECOND = 10_000_000
MONGODB = "mongodb://127.0.0.1:27017/?replicaSet=qlines"
# The witness serves no clients. Without a primary, pages still read from a secondary; one that is
# gone is noticed within a second.
MONGODB_OF_TWINS = (
    f"mongodb://{twin.ADDRESSES['a']}:27017,{twin.ADDRESSES['b']}:27017/?replicaSet=qlines"
    "&readPreference=primaryPreferred&heartbeatFrequencyMS=1000"
)

SETTINGS = (
    Setting("ADMIN_EMAIL", "admin@example.com", "who signs in first", email),
    Setting(
        "ADMIN_PASSWORD",
        "",
        "the first admin's password; generated at first boot",
        password,
        is_secret=True,
    ),
    Setting("SECRET_KEY", "", "signs cookies; generated at first boot", password, is_secret=True),
    Setting(
        "RETENTION_DAYS", "365", "readings older than this are deleted", whole_number(1, 36500)
    ),
    Setting(
        "SPOOL_SYNC",
        "interval",
        "when an accepted message is synced to the disk: each second, or before its PUBACK",
        one_of("interval", "always"),
    ),
    Setting(
        "SPOOL_LIMIT_MB",
        "0",
        "the spool quota; 0 means half of the free space",
        whole_number(0, 100_000_000),
    ),
    Setting(
        "DISK_GUARD_PERCENT",
        "90",
        "how full the disk may be before old data is deleted to make room",
        whole_number(50, 98),
    ),
    # The broker's plugin reads these too (appliance/broker/options.c).
    Setting(
        "DEVICE_MESSAGES_PER_SECOND",
        "2000",
        "messages that one device may send; 0 means no limit",
        whole_number(0, MAX_PER_SECOND),
    ),
    Setting(
        "DEVICE_POINTS_PER_SECOND",
        "20000",
        "values that one device may send; 0 means no limit",
        whole_number(0, MAX_PER_SECOND),
    ),
    Setting(
        "OWNER_MESSAGES_PER_SECOND",
        "100000",
        "messages that all devices of one owner may send together; 0 means no limit",
        whole_number(0, MAX_PER_SECOND),
    ),
    Setting(
        "OWNER_POINTS_PER_SECOND",
        "500000",
        "values that all devices of one owner may send together; 0 means no limit",
        whole_number(0, MAX_PER_SECOND),
    ),
    Setting(
        "DEVICE_CONNECTIONS",
        "50",
        "MQTT connections that one device may have; 0 means no limit",
        whole_number(0, 100_000),
    ),
    Setting(
        "DRAIN_CLIENTS_PER_SECOND",
        "200",
        "MQTT connections that a drained twin sends to the other side",
        whole_number(1, 100_000),
    ),
    Setting(
        "DEVICE_KEYS", "1000", "keys that one device may have in all", whole_number(1, 100_000)
    ),
    Setting(
        "ALARM_PAIRS",
        "50000",
        "pairs of an alarm rule and a device that one owner may have",
        whole_number(1, 10_000_000),
    ),
    Setting(
        "PERSON_QUERIES",
        "2",
        "queries over the history that one person may run at the same time",
        whole_number(1, 8),
    ),
    Setting("QUERY_SECONDS", "10", "how long such a query may take", whole_number(1, 3600)),
    Setting(
        "QUERY_ROWS",
        "100000000",
        "points that such a query may read",
        whole_number(100_000, 999_999_999),
    ),
    Setting(
        "NODE",
        "",
        "this container's name among several that share the work beside the same stores",
        kafka.node,
    ),
    Setting("KAFKA", "127.0.0.1:9092", "Kafka's bootstrap servers", servers),
    Setting(
        "KAFKA_SECURITY_PROTOCOL",
        "PLAINTEXT",
        "whether Kafka speaks TLS (SSL), wants a sign-in (SASL_PLAINTEXT), or both (SASL_SSL)",
        kafka.security_protocol,
    ),
    Setting(
        "KAFKA_SASL_MECHANISM",
        "",
        "how to sign in to Kafka: PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512",
        kafka.sasl_mechanism,
    ),
    Setting("KAFKA_USERNAME", "", "who signs in to Kafka"),
    Setting("KAFKA_PASSWORD", "", "the password of that user", is_secret=True),
    Setting(
        "KAFKA_CA_FILE",
        "",
        "the certificates, PEM, of the authorities that Kafka's certificate may be signed by",
        readable_file,
    ),
    Setting(
        "KAFKA_CERT_FILE",
        "",
        "this program's certificate for Kafka, PEM",
        readable_file,
    ),
    Setting(
        "KAFKA_KEY_FILE",
        "",
        "the key of that certificate, PEM, without a password",
        readable_file,
    ),
    Setting(
        "KAFKA_TOPIC_PREFIX",
        "",
        "what the names of the topic and of the groups in Kafka begin with",
        kafka.topic_prefix,
    ),
    Setting(
        "KAFKA_REPLICATION_FACTOR",
        "1",
        "the replicas of a topic that has to be made; 0 means the brokers' default",
        whole_number(0, 100),
    ),
    Setting(
        "KAFKA_PARTITIONS",
        "1",
        "the partitions of a topic that has to be made",
        whole_number(1, 10_000),
    ),
    Setting(
        "MONGODB",
        MONGODB,
        "MongoDB's address; it must be a replica set",
        _address(mongodb),
        is_secret=True,
    ),
    Setting(
        "CLICKHOUSE",
        "127.0.0.1:9000",
        "ClickHouse's native port, or its address with user, database and TLS",
        _address(clickhouse),
        is_secret=True,
    ),
    Setting(
        "CLICKHOUSE_CLUSTER",
        "",
        "the cluster, by its name in ClickHouse's configuration, whose replicas have the tables",
        clickhouse.cluster,
    ),
    Setting(
        "CLICKHOUSE_WRITE_QUORUM",
        "0",
        "how many replicas must have what was written before it counts; 0 means one",
        whole_number(0, 100),
    ),
    Setting(
        "REDIS",
        "redis://127.0.0.1:6379/0",
        "Redis's address",
        _address(redis),
        is_secret=True,
    ),
    Setting("ROLES", "all", "which programs this container runs", _roles),
    Setting(
        "SMTP_URL",
        "",
        "the mail server for notifications; none are sent without it",
        url("smtp", "smtps", example="smtp://user:password@host:587"),
        is_secret=True,
    ),
    Setting(
        "SMTP_CA_FILE",
        "",
        "the certificates, PEM, of the authorities that the mail server's may be signed by",
        readable_file,
    ),
    Setting(
        "OWNER_MAILS_PER_DAY",
        "300",
        "mails about alarms that one owner may have a day; 0 means no limit",
        whole_number(0, 1_000_000),
    ),
    Setting(
        "TELEGRAM_BOT_TOKEN",
        "",
        "the bot of Telegram that sends messages to the chats that people link by a code",
        _bot_token,
        is_secret=True,
    ),
    Setting(
        "PUBLIC_URL",
        "http://localhost:5000",
        "the address people open in the browser",
        url("http", "https", example="https://devices.example.com"),
    ),
    Setting(
        "APPRISE",
        "off",
        "whether people may add channels of Apprise, which reach the services that it knows",
        on_or_off,
    ),
    Setting(
        "WEBHOOK_HTTP",
        "off",
        "whether people may set webhooks without TLS, which others on the way can read",
        on_or_off,
    ),
    Setting(
        "WEBHOOK_PRIVATE_ADDRESSES",
        "off",
        "whether people may set webhooks at private addresses, such as 192.168.1.5",
        on_or_off,
    ),
    Setting(
        "MQTT_PORT",
        "1883",
        "the port at which devices reach the broker, shown in the commands to copy",
        port,
    ),
    Setting(
        "HEALTH_TOKEN",
        "",
        "opens /health/deep from outside; generated at first boot",
        password,
        is_secret=True,
    ),
    Setting(
        "BACKUP_REPOSITORY",
        "",
        "where backups are kept, in restic's notation; a folder in /data without it",
        _repository,
    ),
    Setting(
        "BACKUP_SECOND_REPOSITORY",
        "",
        "a second place to which every backup is copied",
        _repository,
    ),
    Setting(
        "BACKUP_SECOND_PRUNE",
        "on",
        "whether old backups are deleted in the second place too",
        on_or_off,
    ),
    Setting(
        "BACKUP_PASSWORD",
        "",
        "encrypts the backups; generated at first boot",
        password,
        is_secret=True,
    ),
    Setting(
        "BACKUP_SECRETS_PASSWORD",
        "",
        "encrypts secrets and certificates in a repository of their own",
        password,
        is_secret=True,
    ),
    Setting("BACKUP_EVERY", "6h", "the interval of backups; off for none", duration),
    Setting("DRILL_EVERY", "7d", "the interval of restore drills; off for none", duration),
    Setting(
        "BACKUP_KEEP",
        "7d,4w,12m",
        "how many daily, weekly and monthly backups are kept",
        _kept,
    ),
    Setting(
        "BACKUP_MAX_SHRINK_PERCENT",
        "50",
        "how much less than the last one a backup may hold",
        whole_number(1, 100),
    ),
    Setting("LOG_LEVEL", "info", "how much is logged", log_level),
    Setting("DATA_DIR", "/data", "where everything that must survive is kept", folder),
    Setting("RUN_DIR", "/run/qlines", "sockets and heartbeats; may be lost", folder),
)
