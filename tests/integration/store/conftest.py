"""mongod of the image, and two engines for all SQL: ClickHouse 18.16, and today's by chdb-core."""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from chdb.session import Session
from clickhouse_driver import Client
from clickhouse_driver.util.escape import escape_params

from qlines.clients import clickhouse, mongodb
from qlines.clients.mongodb import Documents
from qlines.errors import StoreUnavailableError
from qlines.store import clickhouse_variant
from qlines.store.clickhouse_migrate import migrate
from tests.harness import daemon
from tests.harness.deadline import eventually
from tests.harness.docker import free_ports
from tests.harness.ready_stores import ready_mongodb

ROOT = Path(__file__).resolve().parents[3]
ETC = ROOT / "appliance" / "etc"
HOST_SERVER = Path("/usr/sbin/clickhouse-server")


class TodaysClickHouse:
    """Answers like clickhouse_driver's Client, with its own way to put parameters into a query."""

    def __init__(self) -> None:
        self._session = Session()
        self._context = Client("unused").connection.context

    def execute(self, query: str, parameters: Any = None, **options: Any) -> list[tuple[Any, ...]]:
        if query.startswith("INSERT") and not isinstance(parameters, dict):
            rows = list(zip(*parameters, strict=True)) if options.get("columnar") else parameters
            values = [", ".join(_literal(value) for value in row) for row in rows]
            self._session.query(f"{query} ({'), ('.join(values)})")
            return []
        if parameters:
            query = query % escape_params(parameters, self._context)
        rows = _rows(str(self._session.query(query, "JSONCompact")))
        return list(zip(*rows, strict=True)) if options.get("columnar") else rows

    @property
    def connection(self) -> SimpleNamespace:
        version = str(self._session.query("SELECT version()", "TSVRaw"))
        major, minor = version.split(".")[:2]
        return SimpleNamespace(
            server_info=SimpleNamespace(version_major=int(major), version_minor=int(minor))
        )

    def close(self) -> None:
        self._session.close()


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    return "nan" if value != value else repr(value)


def _rows(answer: str) -> list[tuple[Any, ...]]:
    if not answer:
        return []
    document = json.loads(answer)
    casts = [_cast(column["type"]) for column in document["meta"]]
    return [
        tuple(cast(value) for cast, value in zip(casts, row, strict=True))
        for row in document["data"]
    ]


def _cast(kind: str) -> Any:
    if kind.startswith("Float"):
        return lambda value: float("nan") if value is None else float(value)
    return int if re.match(r"U?Int", kind) else str


def _image() -> str | None:
    image = os.environ.get("QLINES_TEST_IMAGE", "qlines/appliance")
    try:
        found = subprocess.run(
            ["docker", "image", "inspect", image], capture_output=True, check=False
        )
    except FileNotFoundError:
        return None
    return image if found.returncode == 0 else None


@pytest.fixture(scope="session")
def appliances_server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Start 18.16 on a free port: from the image, or this host's own while no image was built."""
    folder = tmp_path_factory.mktemp("clickhouse")
    image = _image()
    if image is None and not HOST_SERVER.exists():
        image = request.getfixturevalue("image")
    with daemon.clickhouse(image, ETC, folder) if image else _HostsOwn(folder) as server:
        eventually(lambda: _answers(server.address), 60, "ClickHouse answers")
        yield server.address


class _HostsOwn:
    """The ClickHouse of this host, on a free port."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self.address = f"127.0.0.1:{port}"
        daemon.configure_clickhouse(
            ETC, folder, port=port, listen="127.0.0.1", data=f"{folder}/data"
        )
        command = [str(HOST_SERVER), f"--config-file={folder}/config.xml"]
        self._process = subprocess.Popen(command, cwd=folder)

    def __enter__(self) -> "_HostsOwn":
        return self

    def __exit__(self, *_error: object) -> None:
        self._process.terminate()
        self._process.wait(30)


def _answers(address: str) -> bool:
    client = clickhouse.connect(address)
    try:
        with clickhouse.raising_unavailable():
            return client.execute("SELECT 1") == [(1,)]
    except StoreUnavailableError:
        return False
    finally:
        client.disconnect()


@pytest.fixture(scope="session")
def todays() -> Iterator[TodaysClickHouse]:
    """Return today's ClickHouse with our tables."""
    engine = TodaysClickHouse()
    migrate(engine)
    clickhouse_variant.apply(engine, clickhouse.version(engine))
    yield engine
    engine.close()


@pytest.fixture(params=["appliance's", "today's"])
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Return a client with our empty tables."""
    if request.param == "today's":
        client = request.getfixturevalue("todays")
    else:
        client = clickhouse.connect(request.getfixturevalue("appliances_server"))
        migrate(client)
        clickhouse_variant.apply(client, clickhouse.version(client))
    for table in ("points", "latest"):
        client.execute(f"TRUNCATE TABLE {table}")
    yield client
    if request.param != "today's":
        client.disconnect()


@pytest.fixture
def empty_database(appliances_server: str) -> Iterator[Callable[..., Client]]:
    """Return a function that returns a client of a database of that name, with empty tables."""
    clients = []

    def connect(name: str, **options: Any) -> Client:
        client = clickhouse.connect(appliances_server, **options)
        clients.append(client)
        client.execute(f"CREATE DATABASE IF NOT EXISTS {name}")
        client.disconnect()
        client.connection.database = name
        migrate(client)
        for table in ("points", "latest"):
            client.execute(f"TRUNCATE TABLE {table}")
        return client

    yield connect
    for client in clients:
        client.disconnect()


@pytest.fixture(scope="session")
def mongodb_url(image: str) -> Iterator[str]:
    """Start a mongod of the image with our collections, and return its address."""
    with ready_mongodb(image) as settings:
        yield settings.mongodb


@pytest.fixture
def db(mongodb_url: str) -> Iterator[Documents]:
    """Return a database with our collections, all of them empty."""
    database = mongodb.connect(mongodb_url)
    for name in database.list_collection_names(filter={"name": {"$not": re.compile("^system")}}):
        database[name].delete_many({})  # those too that no rule names, as the presence of nodes
    yield database
    database.client.close()
