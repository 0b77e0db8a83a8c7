"""What deploy/cluster/make_secrets.sh generates for the example of a cluster."""

import re
import stat
import subprocess
from pathlib import Path

import pytest

from qlines.addresses import clickhouse, mongodb, redis

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = ROOT / "deploy" / "cluster" / "make_secrets.sh"
COMPOSE = (ROOT / "docker-compose.cluster.yml").read_text()


def make(folder):
    subprocess.run([SCRIPT, folder], check=True)
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cluster") / "secrets"
    make(folder)
    return folder


def test_a_second_time_it_changes_nothing(folder):
    assert make(folder) == make(folder)


def test_two_clusters_have_no_secret_in_common(folder, tmp_path):
    other = make(tmp_path / "other")

    for file, content in other.items():
        own = folder / file.relative_to(tmp_path / "other")
        assert own.read_bytes() != content or file.name == "complete", file.name


def test_only_its_owner_may_look_into_the_folder_and_the_containers_read_what_is_theirs(folder):
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in (folder / "kafka-1").iterdir():
        assert stat.S_IMODE(file.stat().st_mode) & 0o004


def test_each_store_has_a_certificate_of_the_authority_for_its_name(folder):
    mounted = set(re.findall(r"secrets/cluster\}/([a-z0-9-]+):/etc/qlines", COMPOSE))

    assert mounted == {path.name for path in folder.iterdir() if path.is_dir()} - {"authority"}
    for store in mounted - {"nodes"}:
        of = folder / store
        command = ["openssl", "verify", "-CAfile", of / "ca.pem", "-verify_hostname", store]
        subprocess.run([*command, of / "server.pem"], check=True, capture_output=True)


def test_the_addresses_are_what_the_settings_take(folder):
    nodes = folder / "nodes"

    mongodb.check((nodes / "QLINES_MONGODB").read_text().strip())
    redis.check((nodes / "QLINES_REDIS").read_text().strip())
    found = clickhouse.parse((nodes / "QLINES_CLICKHOUSE").read_text().strip())
    assert found.servers == (("clickhouse-1", 9440), ("clickhouse-2", 9440))
    assert found.options["secure"] is True


def test_compose_names_the_files_and_holds_no_secret(folder):
    named = set(re.findall(r"_FILE: /etc/qlines/(QLINES_[A-Z_]+)", COMPOSE))

    assert named == {file.name for file in (folder / "nodes").glob("QLINES_*")}
    assert not re.search(r"password\s*[:=]\s*\S", COMPOSE, re.IGNORECASE)
