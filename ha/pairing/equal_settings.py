"""The settings that must be equal on both VMs, and how they come into the other's .env; pure.

Not among them: names, ports and disks, which are of the machine, and how much is logged.
"""

import re
from collections.abc import Iterable, Mapping

EQUAL = (
    # What people and devices see must not depend on which VM they reach.
    "QLINES_APP_DOMAINS",
    "QLINES_PUBLIC_URL",
    "QLINES_MQTT_PLAIN",
    "QLINES_BLOG_SITES",
    "QLINES_BLOG_TITLES",
    "QLINES_BLOG_LANGUAGE",
    "QLINES_BLOG_MAIL_FROM",
    "QLINES_BLOG_PLUGINS",
    "QLINES_ADMIN_EMAIL",
    "QLINES_SMTP_URL",
    "QLINES_SMTP_CA_FILE",
    "QLINES_OWNER_MAILS_PER_DAY",
    "QLINES_TELEGRAM_BOT_TOKEN",
    # Certificates are requested by one of them for both.
    "QLINES_ACME_EMAIL",
    "QLINES_ACME_SERVER",
    "QLINES_ACME_CA_FILE",
    # The address moves between the two; the interface that gets it is of the machine.
    "QLINES_VIRTUAL_ADDRESS",
    "QLINES_VIRTUAL_ROUTER_ID",
    # What one stores the other deletes or refuses, if these differ.
    "QLINES_RETENTION_DAYS",
    "QLINES_SPOOL_SYNC",
    "QLINES_DEVICE_MESSAGES_PER_SECOND",
    "QLINES_DEVICE_POINTS_PER_SECOND",
    "QLINES_OWNER_MESSAGES_PER_SECOND",
    "QLINES_OWNER_POINTS_PER_SECOND",
    "QLINES_DEVICE_CONNECTIONS",
    "QLINES_DEVICE_KEYS",
    "QLINES_ALARM_PAIRS",
    "QLINES_DRAIN_CLIENTS_PER_SECOND",
    "QLINES_PERSON_QUERIES",
    "QLINES_QUERY_SECONDS",
    "QLINES_QUERY_ROWS",
    "QLINES_APPRISE",
    "QLINES_WEBHOOK_HTTP",
    "QLINES_WEBHOOK_PRIVATE_ADDRESSES",
    # The active one makes the backups, whichever it is.
    "QLINES_BACKUP_REPOSITORY",
    "QLINES_BACKUP_SECOND_REPOSITORY",
    "QLINES_BACKUP_SECOND_PRUNE",
    "QLINES_BACKUP_SECRETS_PASSWORD",
    "QLINES_BACKUP_EVERY",
    "QLINES_DRILL_EVERY",
    "QLINES_BACKUP_KEEP",
    "QLINES_BACKUP_MAX_SHRINK_PERCENT",
)
# Of these: settings that each VM may read from a file of its own. Their values are shared.
FROM_FILES = (
    "QLINES_SMTP_URL", "QLINES_TELEGRAM_BOT_TOKEN", "QLINES_BACKUP_SECRETS_PASSWORD",
)  # fmt: skip
# Of these: files of the folder secrets/PART, which each VM must have itself, by their parts.
FILES = {"QLINES_ACME_CA_FILE": "proxy", "QLINES_SMTP_CA_FILE": "app"}
# Taken over as files of the volumes: a value of this VM would have priority over them.
TAKEN_OVER = (
    "QLINES_ADMIN_PASSWORD",
    "QLINES_ADMIN_PASSWORD_FILE",
    "QLINES_SECRET_KEY",
    "QLINES_SECRET_KEY_FILE",
    "QLINES_HEALTH_TOKEN",
    "QLINES_HEALTH_TOKEN_FILE",
    "QLINES_BACKUP_PASSWORD",
    "QLINES_BACKUP_PASSWORD_FILE",
    # Two equal sites install themselves once: the other VM's.
    "QLINES_BLOG_ADMIN_EMAIL",
    "QLINES_BLOG_ADMIN_PASSWORD",
    "QLINES_BLOG_ADMIN_PASSWORD_FILE",
)
SWITCH = {"QLINES_TWIN": "on"}
HEADING = "# Equal on both VMs; written by `make twin-join`."


def chosen(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings to share, those that are set."""
    return {name: environment[name] for name in EQUAL if environment.get(name)}


def read(lines: Iterable[str]) -> dict[str, str]:
    """Return the settings in lines NAME=value, such as those of .env."""
    found = (re.fullmatch(r"(QLINES_\w+)=(['\"]?)(.*)\2", line.rstrip("\n")) for line in lines)
    return {match[1]: match[3] for match in found if match}


def merged(env_file: str, settings: Mapping[str, str]) -> str:
    """Return the text of .env with the other VM's settings.

    A setting that differs is replaced where it stands; one that the other VM does not set, or that
    is taken over, becomes a comment, which says so.
    """
    wanted = {name: value for name, value in settings.items() if name in EQUAL} | SWITCH
    elsewhere = {*EQUAL, *TAKEN_OVER, *(f"{name}_FILE" for name in FROM_FILES)}
    lines, written = [], set()
    for line in env_file.splitlines():
        name = line.partition("=")[0] if re.match(r"QLINES_\w+=", line) else ""
        if name in wanted and name not in written:
            lines.append(f"{name}={_quoted(wanted[name])}")
            written.add(name)
        elif name in elsewhere or name in wanted:
            lines += ["# As on the other VM:", f"# {name}="]
        else:
            lines.append(line)
    missing = [f"{name}={_quoted(value)}" for name, value in wanted.items() if name not in written]
    return "\n".join([*lines, *(["", HEADING, *missing] if missing else []), ""])


def _quoted(value: str) -> str:
    """Return the value so that compose takes it as it is; in single quotes it expands nothing."""
    return f"'{value}'" if re.search(r"[\s#$\"\\]", value) and "'" not in value else value
