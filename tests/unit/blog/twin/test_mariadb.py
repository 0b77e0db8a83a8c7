from blog.twin.mariadb import parsed

# As `mariadb --vertical` of 11.8 prints it, shortened.
PRIMARY = """\
*************************** 1. row ***************************
     is_read_only: 0
  binlog_position: 0-1-4,1-1-27
 applied_position: 0-1-4
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_status
        Value: ON
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_clients
        Value: 1
"""
REPLICA = """\
*************************** 1. row ***************************
     is_read_only: 1
  binlog_position: 1-1-27
 applied_position: 1-1-27
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_status
        Value: OFF
*************************** 1. row ***************************
Variable_name: Rpl_semi_sync_master_clients
        Value: 0
*************************** 1. row ***************************
                Slave_IO_State: Waiting for master to send event
                   Master_Host: 127.0.1.1
              Slave_IO_Running: Yes
             Slave_SQL_Running: No
         Seconds_Behind_Master: NULL
                 Last_IO_Errno: 0
                 Last_IO_Error:
                Last_SQL_Errno: 1062
                Last_SQL_Error: Duplicate entry '1' for key 'PRIMARY'
                   Gtid_IO_Pos: 1-1-28
"""


def test_a_primary_is_known_by_what_it_takes_and_who_confirms():
    found = parsed(PRIMARY)

    assert found.is_writable
    assert found.is_confirmed
    assert found.number == 27
    assert found.replication is None


def test_a_replica_says_how_far_it_is_and_why_it_stopped():
    found = parsed(REPLICA)

    assert not found.is_writable
    assert not found.is_confirmed
    replication = found.replication
    assert replication.is_receiving
    assert replication.is_connected
    assert not replication.is_applying
    assert replication.seconds_behind is None
    assert replication.is_diverged
    assert replication.error == "Duplicate entry '1' for key 'PRIMARY'"


def test_a_server_without_changes_has_no_number():
    assert parsed("is_read_only: 1\nbinlog_position: \n").number == 0
