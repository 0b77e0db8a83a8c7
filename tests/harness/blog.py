"""Start and remove blogs, each with its own volume and ports; visit their sites."""

import json
import os
import re
from typing import Any

import requests

from tests.harness.deadline import DeadlineError, eventually
from tests.harness.docker import HARDENED, free_ports, new_name, run, session_label
from tests.harness.proxy import build

BLOG_IMAGE = "qlines/blog"
QLINES = "blog.localhost"
BIGBANG = "bigbang.localhost"
PASSWORD = "a-long-password"
# Installs the sites without WordPress's form.
UNATTENDED = {"QLINES_BLOG_ADMIN_EMAIL": "root@example.com", "QLINES_BLOG_ADMIN_PASSWORD": PASSWORD}


def blog_image_under_test() -> str:
    """Return the image's name, built now unless QLINES_TEST_BLOG_IMAGE names one."""
    named = os.environ.get("QLINES_TEST_BLOG_IMAGE")
    if not named:
        build(BLOG_IMAGE, "blog/Dockerfile")
    return named or BLOG_IMAGE


class Blog:
    """One container of the image under test; its volume may outlive it."""

    def __init__(self, image: str, **environment: str) -> None:
        self.image = image
        # blog/import_site.sh adds -blog to QLINES_NAME.
        self.prefix = new_name()
        self.name = f"{self.prefix}-blog"
        self.port, self.health_port = free_ports(2)
        self.environment = environment
        self.options: tuple[str, ...] = ()

    @property
    def volume(self) -> str:
        """The name of its volume."""
        return f"{self.name}-data"

    def start(self) -> "Blog":
        """Start the container and wait until every site answers."""
        self.create()
        return self.wait_ok()

    def create(self) -> None:
        """Start the container."""
        run("docker", "volume", "create", "--label", session_label(), self.volume)
        run(
            "docker", "run", "-d", "--name", self.name, "--label", session_label(),
            "-p", f"127.0.0.1:{self.port}:8080", "-p", f"127.0.0.1:{self.health_port}:8081",
            *[word for item in self.environment.items() for word in ("-e", "=".join(item))],
            "-v", f"{self.volume}:/data", *self.options, *HARDENED, self.image,
        )  # fmt: skip

    def wait_ok(self, seconds: float = 60) -> "Blog":
        """Wait until the report has status 200; raise DeadlineError with the log otherwise."""
        try:
            eventually(lambda: self.health()[0] == 200, seconds, "the blog is healthy")
        except DeadlineError as error:
            log = run("sh", "-c", f"docker logs {self.name} 2>&1")
            raise DeadlineError(f"{error}\n{log}") from None
        return self

    def remove(self, *, keep_volume: bool = False) -> None:
        """Stop and remove the container as `docker compose down` does."""
        run("docker", "stop", "-t", "60", self.name)
        run("docker", "rm", "-f", self.name)
        if not keep_volume:
            run("docker", "volume", "rm", "-f", self.volume)

    def health(self) -> tuple[int, dict[str, Any]]:
        """Return status and document of /health."""
        answer = requests.get(f"http://127.0.0.1:{self.health_port}/health", timeout=10)
        return answer.status_code, answer.json()

    def component(self, name: str) -> dict[str, Any]:
        """Return one component of the health report."""
        components: list[dict[str, Any]] = self.health()[1]["components"]
        return next(component for component in components if component["name"] == name)

    def exec(self, *command: str, text: str | None = None) -> str:
        """Run a command in the container and return its output."""
        return run("docker", "exec", "-i", self.name, *command, text=text)

    def php(self, site: str, code: str) -> str:
        """Run PHP code as one site, with WordPress loaded, and return its output."""
        load = "require '/usr/share/wordpress/wp-load.php'; "
        return self.exec("php_of_site", site, "-r", load + code)

    def sql(self, user: str, statement: str) -> str:
        """Run SQL as one site's database user and return the rows as text."""
        secret = json.loads(self.exec("cat", f"/data/secrets/{user}.json"))["DB_PASSWORD"]
        socket = "--socket=/run/qlines/mariadb.sock"
        return self.exec(
            "mariadb", socket, "-N", "-u", user, f"--password={secret}", text=statement
        )


class Visitor:
    """A browser at one site, with the headers that the proxy sets."""

    def __init__(self, blog: Blog, domain: str, address: str = "192.0.2.1") -> None:
        self._base = f"http://127.0.0.1:{blog.port}"
        self._host = domain
        self._session = requests.Session()
        self._session.headers.update(
            {"Host": domain, "X-Forwarded-Proto": "https", "X-Forwarded-For": address}
        )
        # Kept by hand: requests would not send https-only cookies to the port behind the proxy.
        self._cookies: dict[str, str] = {}

    def get(self, path: str, **options: Any) -> requests.Response:
        """Send a GET request."""
        return self._ask("GET", path, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        """Send a POST request."""
        return self._ask("POST", path, **options)

    def _ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        headers |= options.pop("headers", {})
        answer = self._session.request(
            method, self._base + path, headers=headers, timeout=30, allow_redirects=False, **options
        )
        self._cookies.update(answer.cookies.get_dict())
        self._session.cookies.clear()
        return answer

    def sign_in(self, user: str = "admin", password: str = PASSWORD) -> requests.Response:
        """Fill in the form of wp-login.php."""
        self.get("/wp-login.php")
        return self.post(
            "/wp-login.php", data={"log": user, "pwd": password, "wp-submit": "Log In"}
        )

    def nonce(self) -> str:
        """Return the nonce that WordPress's editor sends with each API request."""
        page = self.get("/wp-admin/post-new.php").text
        nonce = re.search(r'createNonceMiddleware\( "([^"]+)" \)', page)
        assert nonce, page[:2000]
        return nonce[1]

    def write(self, title: str, content: str, nonce: str) -> str:
        """Publish a post and return its address."""
        answer = self.post(
            "/wp-json/wp/v2/posts", headers={"X-WP-Nonce": nonce},
            json={"title": title, "content": content, "status": "publish"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return self.path_of(answer.json()["link"])

    def upload(self, name: str, data: bytes, kind: str, nonce: str) -> requests.Response:
        """Upload a file to the media library."""
        return self.post(
            "/wp-json/wp/v2/media", data=data,
            headers={
                "X-WP-Nonce": nonce,
                "Content-Type": kind,
                "Content-Disposition": f'attachment; filename="{name}"',
            },
        )  # fmt: skip

    def path_of(self, address: str) -> str:
        """Return the path of an https address of this site."""
        start = f"https://{self._host}"
        assert address.startswith(start), address
        return address.removeprefix(start)
