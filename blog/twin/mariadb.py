"""Look at MariaDB and tell it what to do, by its own client; root's here, another at the other."""

import contextlib
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from blog.twin.view import Database, Replication

TIMEOUT_SECONDS = 15.0
# A change that runs longer holds a lock that read_only waits for.
FENCE_SECONDS = 2

LOOK = """
SELECT @@read_only AS is_read_only, @@gtid_binlog_pos AS binlog_position,
  @@gtid_slave_pos AS applied_position;
SHOW STATUS LIKE 'Rpl_semi_sync_master_status';
SHOW STATUS LIKE 'Rpl_semi_sync_master_clients';
SHOW REPLICA STATUS;
"""
FOLLOW = """
STOP REPLICA;
CHANGE MASTER TO MASTER_HOST='{host}', MASTER_PORT={port}, MASTER_USER='{user}',
  MASTER_PASSWORD='{password}', MASTER_SSL=0, MASTER_USE_GTID=slave_pos, MASTER_DEMOTE_TO_SLAVE=1,
  MASTER_CONNECT_RETRY=2, MASTER_HEARTBEAT_PERIOD=2;
START REPLICA;
"""
# The row makes each reign a change of its own, so that no two histories are equal by chance.
# No site can have such a name.
OPEN = """
STOP REPLICA;
RESET REPLICA ALL;
CREATE DATABASE IF NOT EXISTS `qlines-twin`;
CREATE TABLE IF NOT EXISTS `qlines-twin`.reigns (server_id INT PRIMARY KEY, began_at DATETIME);
REPLACE INTO `qlines-twin`.reigns VALUES (@@server_id, UTC_TIMESTAMP());
SET GLOBAL read_only = 0;
"""
# Its own history goes too: from here on it has the other side's.
EMPTY = """
STOP REPLICA;
RESET REPLICA ALL;
RESET MASTER;
SET GLOBAL gtid_slave_pos = '';
SET SESSION sql_log_bin = 0;
"""
SCHEMAS = """
SELECT schema_name AS name FROM information_schema.schemata
WHERE schema_name NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')
"""
# Those with tables: a side that is new has nothing to keep. `qlines-twin` is written by OPEN.
SITE_SCHEMAS = """
SELECT DISTINCT table_schema AS name FROM information_schema.tables
WHERE table_schema NOT IN
  ('mysql', 'sys', 'information_schema', 'performance_schema', 'qlines-twin')
ORDER BY name
"""
_FIELD = re.compile(r"^ *(\w+): ?(.*)$", re.MULTILINE)


class MariadbError(Exception):
    """MariaDB refused a statement, or could not be reached; the text is its own."""


class Mariadb:
    """One server, as the options of *file* reach it."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def run(self, sql: str, timeout_seconds: float = TIMEOUT_SECONDS) -> str:
        """Run statements and return the rows, a field a line; raise MariadbError."""
        command = ["mariadb", f"--defaults-file={self.file}", "--vertical", "--connect-timeout=4"]
        try:
            # S603: the arguments are our own.
            result = subprocess.run(  # noqa: S603
                command, input=sql, capture_output=True, text=True, timeout=timeout_seconds,
                check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise MariadbError(f"no answer within {timeout_seconds:.0f} s") from None
        if result.returncode:
            raise MariadbError(" ".join(result.stderr.split()))
        return result.stdout

    def look(self) -> Database:
        """Return its state; raise MariadbError while it does not answer."""
        return parsed(self.run(LOOK))

    def fence(self) -> None:
        """Take no more changes; what still runs after a moment is ended."""
        fence = f"SET SESSION lock_wait_timeout = {FENCE_SECONDS}; SET GLOBAL read_only = 1"
        try:
            self.run(fence)
        except MariadbError:
            self._end_sessions()
            self.run(fence)

    def open(self) -> None:
        """Follow nobody, begin a reign, and take changes."""
        self.run(OPEN)

    def follow(self, other: Mapping[str, str]) -> None:
        """Replicate from the server that *other* names: host, port, user, password."""
        self.run(FOLLOW.format(**other))

    def empty(self) -> None:
        """Delete all databases but the system's, and this side's history."""
        drops = [f"DROP DATABASE `{name}`;" for name in self.schemas()]
        self.run(EMPTY + "\n".join(drops), timeout_seconds=120)

    def take_history(self) -> str:
        """Take the position that was copied for the own one, and return it."""
        position = first(fields(self.run(LOOK)), "applied_position")
        if not position:
            raise MariadbError("the copy has no position (GTID)")
        # A literal: MariaDB 11.8 hangs when one of the two variables is assigned to the other.
        self.run(f"SET GLOBAL gtid_binlog_state = '{position}'")
        return position

    def schemas(self) -> list[str]:
        """Return the names of all databases but the system's."""
        rows = self.run(SCHEMAS)
        return fields(rows).get("name", [])

    def site_schemas(self) -> list[str]:
        """Return the names of the sites' databases that have tables, also of removed sites."""
        return fields(self.run(SITE_SCHEMAS)).get("name", [])

    def size_bytes(self) -> int:
        """Return about how many bytes of rows there are."""
        rows = self.run("SELECT SUM(data_length) AS bytes FROM information_schema.tables")
        size = first(fields(rows), "bytes")
        return int(size) if size.isdigit() else 0

    def _end_sessions(self) -> None:
        rows = self.run(
            "SELECT id AS session FROM information_schema.processlist "
            "WHERE user NOT IN ('root', 'system user') AND command NOT LIKE 'Binlog%'"
        )
        for session in fields(rows).get("session", []):
            # It may have ended by itself.
            with contextlib.suppress(MariadbError):
                self.run(f"KILL {session}")


def parsed(rows: str) -> Database:
    """Return the state that the rows of LOOK describe."""
    found = fields(rows)
    status = dict(zip(found.get("Variable_name", []), found.get("Value", []), strict=True))
    is_asked = int(status.get("Rpl_semi_sync_master_clients", "0")) > 0
    return Database(
        is_writable=first(found, "is_read_only") in ("0", "OFF"),
        position=first(found, "binlog_position"),
        is_confirmed=is_asked and status.get("Rpl_semi_sync_master_status") == "ON",
        replication=_replication(found),
    )


def _replication(found: Mapping[str, list[str]]) -> Replication | None:
    if not first(found, "Master_Host"):
        return None
    behind = first(found, "Seconds_Behind_Master")
    receiving = first(found, "Slave_IO_Running")
    return Replication(
        is_receiving=receiving != "No",
        is_connected=receiving == "Yes",
        is_applying=first(found, "Slave_SQL_Running") == "Yes",
        received=first(found, "Gtid_IO_Pos"),
        applied=first(found, "applied_position"),
        seconds_behind=int(behind) if behind.isdigit() else None,
        receive_error=int(first(found, "Last_IO_Errno") or 0),
        apply_error=int(first(found, "Last_SQL_Errno") or 0),
        error=first(found, "Last_SQL_Error") or first(found, "Last_IO_Error"),
    )


def fields(rows: str) -> dict[str, list[str]]:
    """Return the values of vertical rows by column, in their order."""
    found: dict[str, list[str]] = {}
    for name, value in _FIELD.findall(rows):
        found.setdefault(name, []).append(value.strip())
    return found


def first(found: Mapping[str, list[str]], name: str) -> str:
    """Return the first value of a column, "" without one; an error's text may look like more."""
    return found.get(name, [""])[0]
