"""A whole VM of a test: `make vm` with names, networks and ports of its own."""

import ssl
import warnings
from hashlib import sha256
from pathlib import Path
from typing import Any

import requests
import urllib3

from tests.harness.blog import PASSWORD as ADMIN_PASSWORD
from tests.harness.clone import Clone
from tests.harness.docker import ROOT, free_ports, new_name, run
from tests.harness.runbook import blocks

PARTS = ("app", "proxy", "blog")
MAIL = "smtp://me:a-mail-password@mail.example.com"


def make_secrets(folder: Path) -> Path:
    """Make a folder as QLINES_SECRETS_DIR takes it, with the password of the blogs' first admin."""
    for part in PARTS:
        (folder / part).mkdir(parents=True)
    (folder / "blog" / "password").write_text(ADMIN_PASSWORD)
    return folder


class Vm(Clone):
    """The result of `make vm`."""

    def __init__(self, secrets_folder: Path, folder: Path = ROOT) -> None:
        super().__init__(folder)
        self.secrets_folder = secrets_folder
        self.name = new_name()
        self.http, self.https, self.mqtts, self.proxy_health_port = free_ports(4)

    def settings(self) -> dict[str, str]:
        """Return the ports, and the first admin of both blogs."""
        return {
            "QLINES_HTTP_PORT": str(self.http),
            "QLINES_HTTPS_PORT": str(self.https),
            "QLINES_MQTTS_PORT": str(self.mqtts),
            "QLINES_PROXY_HEALTH_PORT": str(self.proxy_health_port),
            "QLINES_BLOG_ADMIN_EMAIL": "root@example.com",
            "QLINES_BLOG_ADMIN_PASSWORD_FILE": "/etc/qlines/password",
            "QLINES_SECRETS_DIR": str(self.secrets_folder),
            "QLINES_SMTP_URL": MAIL,
        }

    def make_vm(self) -> str:
        """Run `make vm` and return its output."""
        done = self.make("vm", **self.settings())
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def get(self, domain: str, path: str, **headers: str) -> requests.Response:
        """Send a GET request for a domain, without resolving its name."""
        return self._ask("GET", domain, path, headers=headers)

    def post(self, domain: str, path: str, form: dict[str, str]) -> requests.Response:
        """Send a form by POST."""
        return self._ask("POST", domain, path, data=form)

    def send(self, token: str, message: dict[str, int]) -> int:
        """Send a device's message through the proxy; return the status."""
        path = f"/api/v1/{token}/telemetry"
        return self._ask("POST", "localhost", path, json=message).status_code

    def _ask(
        self,
        method: str,
        domain: str,
        path: str,
        headers: dict[str, str] | None = None,
        **options: Any,
    ) -> requests.Response:
        with warnings.catch_warnings():
            # The certificate is self-signed.
            warnings.simplefilter("ignore", urllib3.exceptions.InsecureRequestWarning)
            return requests.request(
                method, f"https://localhost:{self.https}{path}",
                headers={"Host": f"{domain}:{self.https}", **(headers or {})}, verify=False,
                timeout=20, allow_redirects=False, **options,
            )  # fmt: skip

    def inspect(self, part: str, form: str) -> str:
        """Return the output of `docker inspect` for app, proxy or blog."""
        name = self.name if part == "app" else f"{self.name}-{part}"
        return run("docker", "inspect", "--format", form, name).strip()

    def exec(self, part: str, *command: str) -> str:
        """Run a command in the container of app, proxy or blog; return its standard output."""
        name = self.name if part == "app" else f"{self.name}-{part}"
        return run("docker", "exec", name, *command)

    def certificate(self) -> str:
        """Return the fingerprint of the certificate that visitors of the app get."""
        pem = ssl.get_server_certificate(("localhost", self.https))
        return sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def proxy_health(self) -> dict[str, Any]:
        """Return the proxy's health report."""
        address = f"http://127.0.0.1:{self.proxy_health_port}/proxy-health"
        report: dict[str, Any] = requests.get(address, timeout=10).json()
        return report

    def started(self) -> list[str]:
        """Return since when app, proxy and blog have been running."""
        return [self.inspect(part, "{{.State.StartedAt}}") for part in PARTS]

    def back_up(self, folder: Path) -> tuple[Path, dict[str, str]]:
        """Run `make backup`; return a copy of the repository, and its password as a setting."""
        done = self.make("backup", **self.settings())
        assert done.returncode == 0, done.stdout + done.stderr
        repository = folder / "repository"
        repository.mkdir()
        run("bash", "-euo", "pipefail", "-c",
            f"docker exec {self.name} tar -c -C /data/backup/repository ."
            f" | tar -x --numeric-owner -C {repository}")  # fmt: skip
        run("chown", "-R", "7010:7010", str(repository))
        password = self.exec("app", "cat", "/data/secrets/backup_password").strip()
        return repository, {"QLINES_BACKUP_PASSWORD": password}

    def follow(self, section: str, number: int, folder: Path) -> None:
        """Run a block of the runbook as written, with the names of this VM and this folder."""
        text = blocks(section)[number]
        for word, value in (
            ("docker stop qlines-proxy", f"docker stop {self.name}-proxy"),
            ("docker exec qlines ", f"docker exec {self.name} "),
            ("/root/qlines-backup", str(folder / "moved")),
        ):
            text = text.replace(word, value)
        done = self.bash(text, **self.settings())
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"

    def remove(self) -> None:
        """Remove containers, networks and volumes."""
        for part in ("", "-proxy", "-blog"):
            run("sh", "-c", f"docker rm -f {self.name}{part} 2>&1")
            run("sh", "-c", f"docker volume rm -f {self.name}{part}-data 2>&1")
        for part in ("app", "blog"):
            run("sh", "-c", f"docker network rm {self.name}-{part} 2>&1 || true")
