import subprocess
import sys
from pathlib import Path

import pytest

from qlines.clients import clickhouse
from qlines.errors import StoreUnavailableError
from tests.harness import daemon
from tests.harness.deadline import eventually

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def server(image, tmp_path):
    with daemon.clickhouse(image, ROOT / "appliance" / "etc", tmp_path) as running:
        pool = clickhouse.Pool(running.address, size=1)
        eventually(lambda: _answers(pool), 60, "ClickHouse answers")
        pool.close()
        yield running


def _answers(pool):
    try:
        with pool.client() as client:
            return client.execute("SELECT 1") == [(1,)]
    except StoreUnavailableError:
        return False


def test_the_pool_recovers_after_a_restart_and_raises_store_unavailable_until_then(server):
    pool = clickhouse.Pool(server.address, size=1)
    assert _answers(pool)

    server.kill()
    assert not _answers(pool)
    server.start()

    eventually(lambda: _answers(pool), 60, "the pool recovers")
    pool.close()


def test_greenlets_share_the_pool_and_a_timeout_leaves_no_half_read_answer_behind(server):
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", GREENLETS, server.address],
        env={"PYTHONPATH": str(ROOT / "app")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.stdout, done.stderr) == ("[0, 1, 2, 3, 4, 5]\ngave up\n6\n", "")


GREENLETS = """
import eventlet
eventlet.monkey_patch()
import sys
from qlines.clients.clickhouse import Pool

pool = Pool(sys.argv[1], size=2)

def ask(number):
    with pool.client() as client:
        return client.execute("SELECT %(number)s, sleep(0.2)", {"number": number})[0][0]

waiting = [eventlet.spawn(ask, number) for number in range(6)]
print([one.wait() for one in waiting])
try:
    with eventlet.Timeout(0.05):
        ask(0)
except eventlet.Timeout:
    print("gave up")
print(ask(6))
"""
