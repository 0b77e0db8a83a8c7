"""A certificate authority for tests: Pebble, Let's Encrypt's own test server.

It speaks ACME and fetches the tokens from port 8080 of the container that has the name.
"""

import json
import re
import subprocess
from pathlib import Path

from tests.harness.docker import run
from tests.harness.go_program import go_program
from tests.harness.proxy import Network

MODULE = "github.com/letsencrypt/pebble/v2/cmd/pebble@v2.10.1"
CONFIGURATION = {
    "pebble": {
        "listenAddress": "0.0.0.0:14000",
        "managementListenAddress": "0.0.0.0:15000",
        "certificate": "/authority/pebble.crt",
        "privateKey": "/authority/pebble.key",
        "httpPort": 8080,
        "tlsPort": 8443,
        "keyAlgorithm": "ecdsa",
        # Ninety days: the key of Pebble before 2.6, then that of later versions.
        "certificateValidityPeriod": 7776000,
        "profiles": {"default": {"description": "ninety days", "validityPeriod": 7776000}},
    }
}
MAKE_CERTIFICATE = """
from pathlib import Path
from proxy.act.x509 import make_placeholder
file = Path("/tmp/authority.pem")
make_placeholder(file, ("authority",))
print(file.read_text())
"""


def pebble() -> Path | None:
    """Return Pebble's program, None when it is neither installed nor can be built."""
    return go_program(MODULE)


class Authority:
    """One Pebble in a network, under the name `authority`."""

    def __init__(self, network: Network, image: str, program: Path, folder: Path) -> None:
        self._network = network
        pem = run("docker", "run", "--rm", image, "python", "-c", MAKE_CERTIFICATE)
        key, certificate = re.findall(r"-----BEGIN [^-]+-----.*?-----END [^-]+-----\n", pem, re.S)
        (folder / "pebble.key").write_text(key)
        (folder / "pebble.crt").write_text(certificate)
        (folder / "pebble.json").write_text(json.dumps(CONFIGURATION))
        folder.chmod(0o755)
        self.options = ("-v", f"{folder}/pebble.crt:/etc/qlines/authority.crt:ro")
        self.settings = {
            "QLINES_ACME_SERVER": "https://authority:14000/dir",
            "QLINES_ACME_CA_FILE": "/etc/qlines/authority.crt",
            "QLINES_ACME_HTTP_PORT": "8080",
            "QLINES_ACME_EMAIL": "me@example.com",
        }
        self.name = network.run(
            image, "/pebble", "-config", "/authority/pebble.json", aliases=("authority",),
            options=(
                *("-v", f"{program}:/pebble:ro", "-v", f"{folder}:/authority:ro"),
                # Otherwise it waits and rejects nonces at random, to harden clients.
                *("-e", "PEBBLE_VA_NOSLEEP=1", "-e", "PEBBLE_WFE_NONCEREJECT=0"),
            ),
        )  # fmt: skip

    def orders(self) -> int:
        """Return how many certificates were ordered so far."""
        log = subprocess.run(
            ["docker", "logs", self.name], check=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        return log.stdout.count("POST /order-plz")

    def disconnect(self) -> None:
        """Make the authority unreachable."""
        run("docker", "network", "disconnect", self._network.name, self.name)

    def reconnect(self) -> None:
        """Make the authority reachable again, with its state."""
        run("docker", "network", "connect", "--alias", "authority", self._network.name, self.name)
