"""Two blogs that are twins, each with a network of its own in which a stand-in plays the proxy."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from appliance.shared import twin
from appliance.shared.twin import Twin
from ha.pairing.authority import make_authority
from tests.harness.blog import UNATTENDED, Blog
from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.link_end import write_side
from tests.harness.proxy import Network
from tests.harness.twins import CUT_LINKS_ARE_NOTICED

OTHER = {"a": "b", "b": "a"}
ROLE_FILE = "/tmp/role.json"
# Answers every request with the file, as the proxy's controller answers `GET /role`.
STAND_IN = f"""
import http.server
class Role(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(open("{ROLE_FILE}", "rb").read())
    def log_message(self, *_):
        pass
http.server.ThreadingHTTPServer(("", 5004), Role).serve_forever()
"""
UNPACK = "umask 077; tar -x -C /data"


class TwinBlog(Blog):
    """One side; it has no twin until it is paired."""

    def __init__(self, side: str, image: str, between: Network, **environment: str) -> None:
        super().__init__(image, QLINES_BLOG_SYNC_SECONDS="2", **environment)
        self.side = side
        self._between = between
        self._network = Network()
        self.options = ("--network", self._network.name, *CUT_LINKS_ARE_NOTICED)
        self._proxy = self._network.run(
            image, "-c", STAND_IN, aliases=["proxy"], options=["--entrypoint", "python3", "--init"]
        )
        self.say("read-only")

    def say(self, role: str) -> None:
        """Let the proxy say from now on that the blog is to be this."""
        document = {"role": role, "sentence": f"the test wants {role}", "valid_seconds": 10.0}
        run(
            *("docker", "exec", "-i", self._proxy, "sh", "-c", f"cat >{ROLE_FILE}"),
            text=json.dumps(document),
        )

    def silence_proxy(self) -> None:
        """Let the proxy answer nothing any more."""
        run("docker", "pause", self._proxy)

    def wait_twin(self, sentence: str, seconds: float = 40) -> dict[str, Any]:
        """Wait until the line about the twin contains these words, and return it."""
        found: dict[str, Any] = {}

        def is_said() -> bool:
            found.update(self.component("twin"))
            return sentence in found["sentence"] and found["status"] == "ok"

        eventually(is_said, seconds, f"{self.side} says that it {sentence!r}")
        return found

    def connect(self) -> None:
        """Join the network of the links."""
        alias = f"vm-{self.side}"
        run("docker", "network", "connect", "--alias", alias, self._between.name, self.name)

    def disconnect(self) -> None:
        """Leave the network of the links."""
        run("docker", "network", "disconnect", self._between.name, self.name)

    def kill(self) -> None:
        """Kill the container, as a power cut does."""
        run("docker", "kill", self.name)

    def start_again(self) -> Self:
        """Start the container that was stopped or killed."""
        run("docker", "start", self.name)
        return self

    def put(self, packed: bytes) -> None:
        """Unpack a tar into the volume."""
        run("docker", "volume", "create", self.volume)
        subprocess.run(
            ["docker", "run", "--rm", "--interactive", "--volume", f"{self.volume}:/data",
             self.image, "sh", "-c", UNPACK],
            input=packed, check=True,
        )  # fmt: skip

    def remove(self, *, keep_volume: bool = False) -> None:
        """Remove the container, its proxy and their network."""
        super().remove(keep_volume=keep_volume)
        self._network.remove()


class TwinBlogs:
    """The blogs by side; `a` has installed its sites before it gets a twin, `b` is new."""

    def __init__(self, image: str, folder: Path) -> None:
        self._folder = folder
        self._between = Network()
        self.a = TwinBlog("a", image, self._between, **UNATTENDED)
        self.b = TwinBlog("b", image, self._between)

    def pair(self) -> None:
        """Give both the files of a pairing, and b the secrets of a; then start them."""
        run("docker", "stop", "--time", "60", self.a.name)
        authority = make_authority("test", datetime.now(UTC))
        secrets = subprocess.run(
            ["docker", "run", "--rm", "-v", f"{self.a.volume}:/data", self.a.image, "tar", "-c",
             "-C", "/data", "secrets"],
            check=True, capture_output=True,
        ).stdout  # fmt: skip
        self.b.put(secrets)
        for blog in (self.a, self.b):
            other = OTHER[blog.side]
            peers = {other: f"vm-{other}:{twin.LINK_PORTS['blog']}"}
            folder = self._folder / blog.side
            write_side(folder, Twin(blog.side, "blog", peers), authority)
            command = ["tar", "-c", "-C", str(folder), twin.FOLDER]
            blog.put(subprocess.run(command, check=True, capture_output=True).stdout)
        self.b.create()
        self.a.start_again()
        for blog in (self.a, self.b):
            blog.connect()

    def remove(self) -> None:
        """Remove everything."""
        for blog in (self.a, self.b):
            blog.remove()
        self._between.remove()
