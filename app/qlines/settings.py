"""Read the settings from the environment, once, and refuse what makes no sense.

``python -m qlines.settings`` checks them and ends with one sentence and status 2 when one is wrong.
"""

import os
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from qlines.errors import SettingsError

PROGRAMS = (
    "redis", "mongodb", "clickhouse", "kafka", "init", "registry", "mosquitto",
    "ingest", "writer", "live", "rqworker", "cron", "gunicorn", "healthd",
)  # fmt: skip
PREFIX = "QLINES_"


class Setting(NamedTuple):
    """One setting: its name without the prefix, its default, its meaning, how its text is read."""

    name: str
    default: str
    help: str
    parse: Callable[[str], Any] = str


def _whole_number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"\d{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return int(text)

    return parse


def _one_of(*words: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("one of " + ", ".join(words))
        return text

    return parse


def _url(*schemes: str, example: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text and (urlsplit(text).scheme not in schemes or "//" not in text):
            raise ValueError(f"an address such as {example}")
        return text

    return parse


def _addresses(text: str) -> str:
    for address in text.split(","):
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or not 0 < int(port) < 65536:
            raise ValueError("host:port, several separated by commas")
    return text


def _email(text: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", text) or len(text) > 254:
        raise ValueError("an e-mail address such as me@example.com")
    return text.lower()


def _password(text: str) -> str:
    if text and len(text) < 8:
        raise ValueError("at least 8 characters long")
    return text


def _roles(text: str) -> frozenset[str]:
    if text == "all":
        return frozenset(PROGRAMS)
    names = frozenset(name.strip() for name in text.split(","))
    if not names <= frozenset(PROGRAMS):
        raise ValueError("'all' or a comma-separated list of " + ", ".join(PROGRAMS))
    return names


def _folder(text: str) -> Path:
    if not text.startswith("/"):
        raise ValueError("an absolute path")
    return Path(text)


SETTINGS = (
    Setting("ADMIN_EMAIL", "admin@example.com", "who signs in first", _email),
    Setting("ADMIN_PASSWORD", "", "the first admin's password; made at first boot", _password),
    Setting("SECRET_KEY", "", "signs cookies; made at first boot", _password),
    Setting(
        "RETENTION_DAYS", "365", "readings older than this are deleted", _whole_number(1, 36500)
    ),
    Setting(
        "SPOOL_SYNC",
        "interval",
        "when an accepted message is forced to the disk: each second, or before its PUBACK",
        _one_of("interval", "always"),
    ),
    Setting(
        "SPOOL_LIMIT_MB",
        "0",
        "the spool's largest size; 0 means half of the free space",
        _whole_number(0, 100_000_000),
    ),
    Setting("KAFKA", "127.0.0.1:9092", "Kafka's bootstrap servers", _addresses),
    Setting(
        "MONGODB",
        "mongodb://127.0.0.1:27017/?replicaSet=qlines",
        "MongoDB's address; it must be a replica set",
        _url("mongodb", "mongodb+srv", example="mongodb://host:27017/?replicaSet=rs0"),
    ),
    Setting("CLICKHOUSE", "127.0.0.1:9000", "ClickHouse's native port", _addresses),
    Setting(
        "REDIS",
        "redis://127.0.0.1:6379/0",
        "Redis's address",
        _url("redis", "rediss", "unix", example="redis://host:6379/0"),
    ),
    Setting("ROLES", "all", "which programs this container runs", _roles),
    Setting(
        "SMTP_URL",
        "",
        "the mail server for notifications; none are sent without it",
        _url("smtp", "smtps", example="smtp://user:password@host:587"),
    ),
    Setting(
        "PUBLIC_URL",
        "http://localhost:5000",
        "the address people open in the browser",
        _url("http", "https", example="https://devices.example.com"),
    ),
    Setting(
        "MQTT_PORT",
        "1883",
        "the port at which devices reach the broker, shown in the commands to copy",
        _whole_number(1, 65535),
    ),
    Setting("HEALTH_TOKEN", "", "opens /health/deep from outside; made at first boot", _password),
    Setting(
        "LOG_LEVEL", "info", "how much is logged", _one_of("debug", "info", "warning", "error")
    ),
    Setting("DATA_DIR", "/data", "where everything that must survive is kept", _folder),
    Setting("RUN_DIR", "/run/qlines", "sockets and signs of life; may be lost", _folder),
)

# Made at first boot by the entrypoint; the file is the truth when the environment says nothing.
SECRETS = {
    "ADMIN_PASSWORD": "admin_password",
    "SECRET_KEY": "secret_key",
    "HEALTH_TOKEN": "health_token",
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
    kafka: str
    mongodb: str
    clickhouse: str
    redis: str
    roles: frozenset[str]
    smtp_url: str
    public_url: str
    mqtt_port: int
    health_token: str
    log_level: str
    data_dir: Path
    run_dir: Path

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "Settings":
        """Read every setting; raise SettingsError for the first that makes no sense."""
        values = {item.name.lower(): _read(item, env) for item in SETTINGS}
        for name, file_name in SECRETS.items():
            file = values["data_dir"] / "secrets" / file_name
            if not values[name.lower()] and file.is_file():
                values[name.lower()] = file.read_text().strip()
        return cls(**values)


# Read by `make up`, by compose or by the parts beside the appliance: no field here.
ELSEWHERE = re.compile(
    r"NAME|BASE|(WEB|HEALTH|HTTP|HTTPS|MQTTS|PROXY_HEALTH)_PORT|BACKUP_\w+|DRILL_\w+|ACME_\w+"
    r"|APP_DOMAINS|BLOG_\w+|UPSTREAMS|MQTT_PLAIN|ACCESS_LOG|SECRETS_DIR|BOOKWORM_BASE"
)


def unknown_variables(env: Mapping[str, str]) -> list[str]:
    """Return the variables that look like settings and are none, most likely misspelt."""
    known = {PREFIX + item.name + ending for item in SETTINGS for ending in ("", "_FILE")}
    return sorted(
        variable
        for variable in env
        if variable.startswith(PREFIX)
        and variable not in known
        and not ELSEWHERE.fullmatch(variable.removeprefix(PREFIX))
    )


def _read(item: Setting, env: Mapping[str, str]) -> Any:
    variable = PREFIX + item.name
    text = env.get(variable, "")
    file = env.get(f"{variable}_FILE", "")
    if text and file:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one of them")
    if file:
        text = _read_file(f"{variable}_FILE", file)
    try:
        return item.parse(text or item.default)
    except ValueError as error:
        got = "a value that is not shown here" if item.name in SECRETS else repr(text)
        raise SettingsError(f"{variable} must be {error}, got {got}") from None


def _read_file(variable: str, file: str) -> str:
    try:
        return Path(file).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable} must name a text file that can be read: {error}") from None


def main() -> int:
    """Check the environment: status 2 for nonsense, a warning for a name that is unknown."""
    try:
        Settings.from_env(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for variable in unknown_variables(os.environ):
        sys.stderr.write(
            f"{variable} is ignored: it is no setting of QLines, appliance/README.md lists them\n"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
