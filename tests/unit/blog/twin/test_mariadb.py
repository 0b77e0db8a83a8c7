"""What MariaDB's rows say."""

from blog.twin.mariadb import parsed

ROWS = """\
*************************** 1. row ***************************
    is_read_only: 1
 binlog_position: 1-1-11
applied_position: 1-1-9
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_status
        Value: ON
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_clients
        Value: {clients}
"""
REPLICA = """\
*************************** 1. row ***************************
                Slave_IO_State: Waiting for master to send event
                   Master_Host: 127.0.1.1
              Slave_IO_Running: {receiving}
             Slave_SQL_Running: Yes
         Seconds_Behind_Master: {behind}
                 Last_IO_Errno: {error}
                 Last_IO_Error: {text}
                Last_SQL_Errno: 0
                Last_SQL_Error:
                   Gtid_IO_Pos: 1-1-11
"""


def test_a_server_that_follows_nobody():
    found = parsed(ROWS.format(clients=0))

    assert found == (False, "1-1-11", False, None)


def test_changes_are_confirmed_while_a_replica_is_connected():
    assert parsed(ROWS.format(clients=1)).is_confirmed


def test_a_replica_that_follows():
    rows = ROWS.format(clients=0) + REPLICA.format(receiving="Yes", behind=3, error=0, text="")

    found = parsed(rows).replication

    assert found
    assert found.is_whole
    assert found.has_more
    assert (found.received, found.applied, found.seconds_behind) == ("1-1-11", "1-1-9", 3)


def test_a_replica_whose_history_differs():
    text = "Got fatal error 1236\nSlave_SQL_Running: No"
    rows = ROWS.format(clients=0) + REPLICA.format(
        receiving="No", behind="NULL", error=1236, text=text
    )

    found = parsed(rows).replication

    assert found
    assert found.is_diverged
    assert found.is_applying
    assert not found.is_receiving
    assert found.seconds_behind is None
    assert found.error == "Got fatal error 1236"


def test_a_replica_that_is_connecting_is_receiving_and_not_connected():
    rows = ROWS.format(clients=0) + REPLICA.format(
        receiving="Connecting", behind="NULL", error=2003, text="cannot connect"
    )

    found = parsed(rows).replication

    assert found
    assert found.is_receiving
    assert not found.is_connected
    assert not found.is_diverged
