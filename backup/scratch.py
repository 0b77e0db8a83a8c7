"""A second MongoDB, ClickHouse and web app beside the running ones, on other ports and folders.

What a drill restores is served from here and thrown away; what a restore loads here takes the place
of the running stores' folders. They end with this process, whatever ends it.
"""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from backup.errors import BackupError
from backup.places import Places
from backup.process import ENDS_WITH_US
from qlines.clients import clickhouse, mongodb
from qlines.clients.tcp_check import tcp_check
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.settings import Settings

MONGODB_PORT = 27117
CLICKHOUSE_PORT = 9100
WEB_PORT = 5100
CONFIG = Path("/opt/qlines/etc")
# What differs in the configuration of the second ClickHouse; each text must be there.
CLICKHOUSE_CHANGES = {
    "<tcp_port>9000<": f"<tcp_port>{CLICKHOUSE_PORT}<",
    "<http_port>7010<": "<http_port>7110<",
    "<interserver_http_port>9009<": "<interserver_http_port>9109<",
    "/data/clickhouse/": "{folder}/",
    "<users_config>users.xml<": f"<users_config>{CONFIG}/clickhouse/users.xml<",
}
START_SECONDS = 60.0
STOP_SECONDS = 60.0
LAST_LINES = 5


class Scratch:
    """The scratch places of one run; *settings* name them, with their ports and data folder."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.folder = self.folder_of(settings)
        self._clock = clock
        self.settings = replace(
            settings,
            mongodb=f"mongodb://127.0.0.1:{MONGODB_PORT}/?directConnection=true",
            clickhouse=f"127.0.0.1:{CLICKHOUSE_PORT}",
            data_dir=self.folder,
            run_dir=self.folder / "run",
        )

    @staticmethod
    def folder_of(settings: Settings) -> Path:
        """Return the scratch folder."""
        return Places(settings.data_dir).scratch

    def clear(self) -> None:
        """Delete everything in the scratch folder, and create it empty."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(mode=0o700, parents=True)  # it holds password hashes and tokens

    @contextmanager
    def mongodb(self) -> Iterator[None]:
        """Run the second MongoDB; it is stopped orderly, so that its folder can be moved."""
        command = [
            "/opt/mongodb/mongod", "--dbpath", str(self._data("mongodb")),
            "--port", str(MONGODB_PORT), "--bind_ip", "127.0.0.1", "--nounixsocket",
            "--wiredTigerCacheSizeGB", "0.25", "--networkMessageCompressors", "snappy", "--quiet",
            "--noscripting", "--setParameter", "diagnosticDataCollectionEnabled=false",
        ]  # fmt: skip
        with self._running("mongodb", command, {}, self._ping_mongodb):
            yield

    @contextmanager
    def clickhouse(self) -> Iterator[None]:
        """Run the second ClickHouse; it is stopped orderly too."""
        # As etc/clickhouse/start does: folders have the names of their tables.
        (self._data("clickhouse") / "metadata" / "default").mkdir(parents=True, exist_ok=True)
        config = self.folder / "clickhouse.xml"
        live = (CONFIG / "clickhouse" / "config.xml").read_text()
        config.write_text(clickhouse_config(live, self._data("clickhouse")))
        command = ["/opt/clickhouse/clickhouse-server", f"--config-file={config}"]
        libraries = {"LD_LIBRARY_PATH": "/opt/clickhouse/lib"}
        with self._running("clickhouse", command, libraries, self._ping_clickhouse):
            yield

    @contextmanager
    def web(self) -> Iterator[str]:
        """Run the web app on the scratch stores; yield its address."""
        for name in ("run/heartbeat", "run/lag", "spool/http", "spool/mqtt", "secrets"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        command = [
            "gunicorn", "--config", str(CONFIG / "gunicorn" / "gunicorn.conf.py"),
            "--worker-class", "gthread", "--threads", "2", "-w", "1", "qlines:app",
            "--bind", f"127.0.0.1:{WEB_PORT}",
        ]  # fmt: skip
        environment = {
            "QLINES_MONGODB": self.settings.mongodb,
            "QLINES_CLICKHOUSE": self.settings.clickhouse,
            "QLINES_DATA_DIR": str(self.folder),
            "QLINES_RUN_DIR": str(self.folder / "run"),
            "QLINES_SECRET_KEY": "of a drill: signs nothing that anybody keeps",
        }
        with self._running("web", command, environment, self._ping_web):
            yield f"http://127.0.0.1:{WEB_PORT}"

    def _data(self, store: str) -> Path:
        folder = self.folder / store
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    @contextmanager
    def _running(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        ping: Callable[[], None],
    ) -> Iterator[None]:
        log = self.folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 - the image's own daemons
                [*ENDS_WITH_US, *command],
                env={**os.environ, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(name, process, ping, log)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _wait(
        self,
        name: str,
        process: "subprocess.Popen[bytes]",
        ping: Callable[[], None],
        log: Path,
    ) -> None:
        give_up_at = self._clock.monotonic() + START_SECONDS
        while True:
            try:
                ping()
            except (StoreUnavailableError, OSError) as error:
                if process.poll() is None and self._clock.monotonic() < give_up_at:
                    self._clock.sleep(0.1)
                    continue
                lines = log.read_text(errors="replace").splitlines()[-LAST_LINES:]
                raise BackupError(
                    f"the second {name} did not start ({error}); its last lines: {lines}"
                ) from None
            return

    def _ping_mongodb(self) -> None:
        db = mongodb.connect(self.settings.mongodb)
        with mongodb.raising_unavailable():
            db.command("ping")
        db.client.close()

    def _ping_clickhouse(self) -> None:
        tcp_check(self.settings.clickhouse)
        client = clickhouse.connect(self.settings.clickhouse)
        with clickhouse.raising_unavailable():
            client.execute("SELECT 1")
        client.disconnect()

    def _ping_web(self) -> None:
        tcp_check(f"127.0.0.1:{WEB_PORT}")


def clickhouse_config(live: str, folder: Path) -> str:
    """Return the configuration of the second server; raise BackupError when the live one lacks a
    text that has to be changed: both servers would then share a port or a folder.
    """
    for text, other in CLICKHOUSE_CHANGES.items():
        if text not in live:
            raise BackupError(f"the configuration of ClickHouse lacks {text!r}")
        live = live.replace(text, other.format(folder=folder))
    return live
