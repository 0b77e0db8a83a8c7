from pathlib import Path

import pytest

from backup.errors import BackupError
from backup.scratch import clickhouse_config

ROOT = Path(__file__).resolve().parents[3]
LIVE = (ROOT / "appliance/etc/clickhouse/config.xml").read_text()


def test_the_second_clickhouse_shares_no_port_and_no_folder_with_the_live_one():
    config = clickhouse_config(LIVE, Path("/data/backup/scratch/clickhouse"))

    for text in (">9000<", ">7010<", ">9009<", "/data/clickhouse/"):
        assert text not in config
    assert "<path>/data/backup/scratch/clickhouse/</path>" in config
    assert "<tcp_port>9100</tcp_port>" in config


def test_a_configuration_that_lacks_what_must_change_is_refused():
    with pytest.raises(BackupError, match="lacks '<tcp_port>9000<'"):
        clickhouse_config(LIVE.replace("<tcp_port>9000<", "<tcp_port>9001<"), Path("/x"))
