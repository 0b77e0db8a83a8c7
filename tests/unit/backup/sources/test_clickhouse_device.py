from types import SimpleNamespace

from backup.sources.clickhouse_device import restore_device

SCRATCH = SimpleNamespace(connection=SimpleNamespace(hosts=[("127.0.0.1", 9100)]))


class Live:
    """The live server; the other one has two weeks, the device has points in the second."""

    def __init__(self):
        self.inserts = []

    def execute(self, statement, parameters):
        assert parameters["address"] == "127.0.0.1:9100"
        if statement.startswith("SELECT DISTINCT partition"):
            return [("20261116",), ("20261123",)]
        if statement.startswith("SELECT count()"):
            return [(5,)] if parameters["first"] > 52_240 else [(0,)]
        self.inserts.append((statement.split()[2], parameters["device"]))
        return []


def test_it_copies_a_partition_at_a_time_and_skips_those_without_the_device():
    live = Live()

    points = restore_device(SCRATCH, live, "d1")

    assert points == 5
    assert live.inserts == [("points", "d1"), ("latest", "d1")]
