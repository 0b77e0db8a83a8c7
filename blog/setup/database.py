"""Write the SQL that creates the sites' databases and users; idempotent.

MariaDB runs it at each start as its ``init_file``, with all rights and before it accepts
connections, so no program has to sign in as root for it.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

# Of the other side's MariaDB: it reads all tables and follows the changes. By the link it comes
# from this address, and no site's user may.
_LINK = "127.0.0.1"
_TWIN_RIGHTS = (
    "SELECT, RELOAD, PROCESS, SHOW VIEW, TRIGGER, EVENT, BINLOG MONITOR, REPLICA MONITOR, "
    "REPLICATION SLAVE"
)


class TwinUser(NamedTuple):
    """The user as whom the other side's MariaDB comes; *is_new* before the first change."""

    name: str
    password: str
    is_new: bool


def statements(
    root_password: str, passwords: Mapping[str, str], twin: TwinUser | None = None
) -> str:
    """Return one statement per line; *passwords* holds the sites' database passwords by name."""
    lines = [*(_of_twin(twin) if twin else ()), *_system_users(root_password)]
    for name, password in passwords.items():
        lines += _site(name, password)
    return "".join(f"{line};\n" for line in lines)


def _system_users(root_password: str) -> Iterable[str]:
    yield "DROP USER IF EXISTS ''@'localhost', ''@'%'"
    yield "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@'%'"
    yield "DELETE FROM mysql.proxies_priv WHERE Host NOT IN ('', 'localhost')"
    # A password, not the socket's user: PHP runs as the same user and must not be root here.
    yield f"ALTER USER 'root'@'localhost' IDENTIFIED BY {_quoted(root_password)}"


def _of_twin(twin: TwinUser) -> Iterable[str]:
    # Each side does this for itself: what one logged the other would do again.
    yield "SET SESSION sql_log_bin = 0"
    if twin.is_new:
        # Of a pairing before this one.
        yield "SET GLOBAL gtid_slave_pos = ''"
    user = f"'{twin.name}'@'{_LINK}'"
    yield f"CREATE USER IF NOT EXISTS {user}"
    yield f"ALTER USER {user} IDENTIFIED BY {_quoted(twin.password)}"
    yield f"GRANT {_TWIN_RIGHTS} ON *.* TO {user}"


def _site(name: str, password: str) -> Iterable[str]:
    user = f"'{name}'@'localhost'"
    yield f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4"
    yield f"CREATE USER IF NOT EXISTS {user}"
    yield f"ALTER USER {user} IDENTIFIED BY {_quoted(password)} WITH MAX_USER_CONNECTIONS 10"
    # In a GRANT "_" matches any character: unescaped, wordpress_a would see wordpressXa.
    pattern = name.replace("_", r"\_")
    yield f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO {user}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
