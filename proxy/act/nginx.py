"""Give nginx a configuration: write it beside the old one, test it, switch, see it running."""

import http.client
import logging
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

log = logging.getLogger(__name__)

NGINX = "/usr/sbin/nginx"
# What each nginx begins with; that of the link is there only where the VM has a twin.
MAIN, LINK = "nginx.conf", "link-nginx.conf"
GENERATION_PORT = 5003
MAX_RELOAD_SECONDS = 10
RELOAD_POLL_SECONDS = 0.05
MAX_TEST_SECONDS = 60
# Long enough for a client that asks once a second, as polling pages do.
CLOSING_SECONDS = 1.5


class Nginx:
    """The folder ``<run_dir>/nginx``: one folder per candidate, and the link ``current``."""

    def __init__(self, run_dir: Path) -> None:
        self._folder = run_dir / "nginx"
        self._pid_file = run_dir / "nginx.pid"
        self._link_pid_file = run_dir / "link.pid"
        self._current = self._folder / "current"
        # While it is there every answer ends its connection (etc/nginx/closing.conf).
        self._closing = run_dir / "closing"

    def refusal(self, texts: Mapping[str, str]) -> str:
        """Let nginx test a candidate; return "" and retain it, or the reason why it is invalid."""
        candidate = self._write(texts)
        for name in {MAIN, LINK} & set(texts):
            result = subprocess.run(  # noqa: S603 - our own arguments, no shell
                [NGINX, "-e", "stderr", "-t", "-q", "-c", str(candidate / name)],
                capture_output=True, text=True, errors="replace", timeout=MAX_TEST_SECONDS,
                check=False,
            )  # fmt: skip
            if result.returncode != 0:
                shutil.rmtree(candidate)
                return reason(result.stderr)
        return ""

    def switch(self) -> None:
        """Switch to the candidate that was tested: nginx reads it at its next reload.

        The nginx of the link, where there is one, is reloaded at once if its part is another one:
        a reload costs its connections.
        """
        before = self._link_texts()
        self._switch()
        if self._link_texts() != before and (pid := _pid(self._link_pid_file)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGHUP)

    def _link_texts(self) -> list[str]:
        names = (LINK, "link-stream.conf")
        return [file.read_text() for name in names if (file := self._current / name).is_file()]

    def _switch(self) -> None:
        new = self._folder / ".link"
        new.unlink(missing_ok=True)
        new.symlink_to("candidate-1" if self._in_use() == "candidate-0" else "candidate-0")
        new.replace(self._current)

    def reload(self, generation: str) -> bool:
        """Make nginx reload, and return whether its workers have *generation* in time.

        1. Let every answer end its connection: a reload of nginx drops idle ones.
        2. Reload, and wait for the new workers.
        3. Let answers keep their connections again.
        """
        pid = _pid(self._pid_file)
        if pid is None or not running_generation():
            return False
        self._closing.touch()
        try:
            time.sleep(CLOSING_SECONDS)
            os.kill(pid, signal.SIGHUP)
            return _is_running_soon(generation)
        except ProcessLookupError:
            return False
        finally:
            self._closing.unlink(missing_ok=True)

    def _write(self, texts: Mapping[str, str]) -> Path:
        folder = self._folder / (
            "candidate-1" if self._in_use() == "candidate-0" else "candidate-0"
        )
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name, text in texts.items():
            (folder / name).write_text(text)
        return folder

    def _in_use(self) -> str:
        return self._current.readlink().name if self._current.is_symlink() else ""


def _pid(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _is_running_soon(generation: str) -> bool:
    deadline = time.monotonic() + MAX_RELOAD_SECONDS
    while time.monotonic() < deadline:
        if running_generation() == generation:
            return True
        time.sleep(RELOAD_POLL_SECONDS)
    return False


def running_generation() -> str:
    """Return the generation that nginx's workers have, "" when it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", GENERATION_PORT, timeout=2)
    try:
        connection.request("GET", "/")
        return connection.getresponse().read(100).decode()
    except (OSError, http.client.HTTPException):
        return ""
    finally:
        connection.close()


def reason(output: str) -> str:
    """Return the first error in nginx's output, without its time and level."""
    errors = [line for line in output.splitlines() if "[emerg]" in line or "[alert]" in line]
    text = errors[0].partition("] ")[2] if errors else output.strip()
    return text[:400] or "nginx -t failed and did not say why"
