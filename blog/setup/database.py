"""Say in SQL which databases and users there must be; MariaDB runs it at each start.

It is MariaDB's ``init_file``: run before anybody may connect and with every right, so that no
program has to sign in as root for it. It may run as often as need be.
"""

from collections.abc import Iterable, Mapping


def statements(root_password: str, passwords: Mapping[str, str]) -> str:
    """Return one statement a line; *passwords* are those of the sites, by name."""
    lines = [*_system_users(root_password)]
    for name, password in passwords.items():
        lines += _site(name, password)
    return "".join(f"{line};\n" for line in lines)


def _system_users(root_password: str) -> Iterable[str]:
    yield "DROP USER IF EXISTS ''@'localhost', ''@'%'"
    yield "DROP USER IF EXISTS 'root'@'127.0.0.1', 'root'@'::1', 'root'@'%'"
    yield "DELETE FROM mysql.proxies_priv WHERE Host NOT IN ('', 'localhost')"
    # By password and not by the socket's user: PHP runs as the same one, and must not be root here.
    yield f"ALTER USER 'root'@'localhost' IDENTIFIED BY {_quoted(root_password)}"


def _site(name: str, password: str) -> Iterable[str]:
    user = f"'{name}'@'localhost'"
    yield f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4"
    yield f"CREATE USER IF NOT EXISTS {user}"
    yield f"ALTER USER {user} IDENTIFIED BY {_quoted(password)} WITH MAX_USER_CONNECTIONS 10"
    # In a GRANT "_" stands for any character: unescaped, wordpress_a would see wordpressXa.
    pattern = name.replace("_", r"\_")
    yield f"GRANT ALL PRIVILEGES ON `{pattern}`.* TO {user}"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
