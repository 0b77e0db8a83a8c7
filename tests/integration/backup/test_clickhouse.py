"""ClickHouse's parts in a backup, restored into a second server of a running appliance."""

import json
import textwrap

import pytest

from tests.harness.deadline import eventually
from tests.harness.docker import run

# What runs in the container: the live server's settings, and those of a second one beside it.
PRELUDE = """
import json, os
from dataclasses import replace
from pathlib import Path
from backup.errors import BackupError
from backup.sources import clickhouse as source
from qlines.clients import clickhouse
from qlines.settings import Settings
from qlines.store import clickhouse_migrate

LIVE = Settings.from_env(os.environ)
HERE = Path("/data/test-backup-clickhouse")
SECOND = replace(LIVE, clickhouse="127.0.0.1:9100", data_dir=HERE / "second")

def answer(value):
    print(json.dumps(value))

def sql(settings, query):
    client = clickhouse.connect(settings.clickhouse)
    rows = client.execute(query)
    client.disconnect()
    return rows
"""
HERE = "/data/test-backup-clickhouse"
START = f"""
mkdir -p {HERE}/second/clickhouse
sed -e 's#/data/clickhouse/#{HERE}/second/clickhouse/#' -e 's#>9000<#>9100<#' \
    -e 's#<users_config>#<users_config>/opt/qlines/etc/clickhouse/#' \
    -e 's#<http_port>.*</http_port>##' -e 's#<interserver_http_port>.*</interserver_http_port>##' \
    /opt/qlines/etc/clickhouse/config.xml > {HERE}/second.xml
echo $$ > {HERE}/second.pid
export LD_LIBRARY_PATH=/opt/clickhouse/lib
exec /opt/clickhouse/clickhouse-server --config-file={HERE}/second.xml
"""
STOP = f"""
pid=$(cat {HERE}/second.pid)
kill $pid
while [ -d /proc/$pid ]; do sleep 0.1; done
"""
# A week and a month, 1,000 points each, and the week's once more, as after a replay.
WEEK_US, MONTH_US = 1_780_000_000_000_000, 1_700_000_000_000_000
INSERT = (
    "INSERT INTO incoming SELECT '{device}', 'k', {start} + number * 1000000, 1, number, ''"
    " FROM system.numbers LIMIT 1000"
)
DEVICE = "backup-test"


def inside(appliance, program):
    """Run a program in the container, and return what it answers."""
    text = PRELUDE + textwrap.dedent(program)
    return json.loads(appliance.exec("python3", "-c", text).splitlines()[-1])


@pytest.fixture(scope="module")
def counts(appliance):
    """Dump the readings of a device; return the counts."""
    for start in (WEEK_US, MONTH_US, WEEK_US):
        appliance.exec_sql(INSERT.format(device=DEVICE, start=start))
    appliance.exec("mkdir", "-p", f"{HERE}/backup")
    yield inside(appliance, "answer(source.dump(LIVE, HERE / 'backup'))")
    appliance.exec("rm", "-rf", HERE)


class SecondServer:
    """A ClickHouse beside the live one, with a folder of its own."""

    def __init__(self, appliance):
        self._appliance = appliance

    def start(self):
        run("docker", "exec", "-d", self._appliance.name, "sh", "-c", START)
        eventually(self._answers, 60, "the second ClickHouse answers", pause_seconds=0.3)

    def stop(self):
        self._appliance.exec("sh", "-c", STOP)

    def _answers(self):
        program = """
        try:
            answer(sql(SECOND, "SELECT 1"))
        except clickhouse.OUTAGES:
            answer(None)
        """
        return inside(self._appliance, program)


@pytest.fixture
def second(appliance, counts):
    server = SecondServer(appliance)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        appliance.exec("rm", "-rf", f"{HERE}/second")


def test_a_dump_counts_the_rows_of_its_parts(counts):
    of_partitions = {name: n for name, n in counts.items() if name.startswith("readings of ")}

    assert of_partitions["readings of 202311"] >= 1_000
    assert of_partitions["readings of 20260525"] >= 1_000
    assert sum(of_partitions.values()) == counts["readings"]
    assert counts["latest"] > 0


def test_its_files_are_those_of_the_server_and_nothing_else_is_left_there(appliance, counts):
    appliance.exec_sql(INSERT.format(device=f"{DEVICE}-2", start=MONTH_US))

    linked, left = inside(
        appliance,
        """
        os.mkdir(HERE / "another")
        source.dump(LIVE, HERE / "another")
        server = LIVE.data_dir / "clickhouse"
        held = {file.stat().st_ino for file in server.glob("data/default/points/*/number.bin")}
        files = list((HERE / "another/data/points").glob("*/number.bin"))
        linked = len(files) > 0 and all(file.stat().st_ino in held for file in files)
        answer([linked, [path.name for path in (server / "shadow").iterdir() if path.is_dir()]])
        """,
    )

    assert linked
    assert left == []


def test_a_restore_has_the_same_counts_and_a_server_that_is_started_on_it_serves_them(
    appliance, counts, second
):
    restored = inside(appliance, "answer(source.restore(SECOND, HERE / 'backup'))")
    assert restored == counts

    second.stop()
    second.start()

    rows, latest, versions = inside(
        appliance,
        f"""
        client = clickhouse.connect(SECOND.clickhouse)
        clickhouse_migrate.require_current(client)
        client.execute("INSERT INTO incoming VALUES", [("new", "k", 1780000000000000, 1, 5.0, "")])
        answer([
            client.execute("SELECT count(), sum(number) FROM readings WHERE device = '{DEVICE}'"),
            client.execute("SELECT number FROM latest WHERE device = 'new'"),
            client.execute("SELECT max(number) FROM schema_versions"),
        ])
        """,
    )
    assert rows == [[2_000, 999_000.0]]
    assert latest == [[5.0]]
    assert versions == [[5]]


def test_a_corrupt_part_is_named(appliance, counts, second):
    part, error = inside(
        appliance,
        """
        import shutil
        shutil.copytree(HERE / "backup", HERE / "corrupt")
        file = next((HERE / "corrupt/data/points").glob("*/number.bin"))
        content = file.read_bytes()
        file.unlink()
        file.write_bytes(content[:-5])
        try:
            source.restore(SECOND, HERE / "corrupt")
        except BackupError as error:
            answer([file.parent.name, str(error)])
        shutil.rmtree(HERE / "corrupt")
        """,
    )

    assert error.startswith(f"the part {part} of points is corrupt, restore an older backup")
    assert "number.bin has unexpected size" in error
    assert "Stack trace" not in error


def test_a_part_whose_content_was_changed_is_found_by_reading_it(appliance, counts, second):
    error = inside(
        appliance,
        """
        import shutil
        shutil.copytree(HERE / "backup", HERE / "changed")
        file = next((HERE / "changed/data/points").glob("*/number.bin"))
        content = bytearray(file.read_bytes())
        content[40] ^= 255
        file.unlink()
        file.write_bytes(content)
        try:
            source.restore(SECOND, HERE / "changed")
        except BackupError as error:
            answer(str(error))
        shutil.rmtree(HERE / "changed")
        """,
    )

    assert error.startswith("a part of points cannot be read, restore an older backup")
    assert "data/default/points/" in error


def test_a_server_with_tables_is_left_alone(appliance, counts, second):
    error = inside(
        appliance,
        """
        source.restore(SECOND, HERE / "backup")
        try:
            source.restore(SECOND, HERE / "backup")
        except BackupError as error:
            answer(str(error))
        """,
    )

    assert "cannot be created, the ClickHouse to restore to must be empty" in error


def test_one_devices_readings_come_back_into_the_live_server(appliance, counts, second):
    appliance.exec_sql(f"ALTER TABLE points DELETE WHERE device = '{DEVICE}'")
    appliance.exec_sql(f"ALTER TABLE latest DELETE WHERE device = '{DEVICE}'")
    eventually(lambda: stored(appliance) == (0, 0), 60, "the device's readings are deleted")

    points = inside(
        appliance,
        f"""
        source.restore(SECOND, HERE / "backup")
        second, live = clickhouse.connect(SECOND.clickhouse), clickhouse.connect(LIVE.clickhouse)
        answer(source.restore_device(second, live, "{DEVICE}"))
        """,
    )

    assert points >= 2_000
    assert stored(appliance) == (2_000, 1)


def stored(appliance):
    """Return how many different points the live server has, and latest values."""
    return tuple(
        int(appliance.exec_sql(f"{query} WHERE device = '{DEVICE}'"))
        for query in (
            "SELECT uniqExact(block, span, step, rest) FROM points",
            "SELECT uniqExact(key) FROM latest",
        )
    )
