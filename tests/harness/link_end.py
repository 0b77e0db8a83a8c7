"""One end of the links between twins: stunnel in the image, and stand-ins for the daemons.

A stand-in answers every line with its own name and the line.
"""

import json
from datetime import UTC, datetime
from pathlib import Path

from appliance.shared import twin
from ha.pairing.authority import Authority, make_link
from tests.harness.docker import HARDENED, CommandError, run
from tests.harness.proxy import Network

STAND_INS = """
import socket, sys, threading
def serve(listener, name):
    while True:
        client, _ = listener.accept()
        threading.Thread(target=answer, args=(client, name), daemon=True).start()
def answer(client, name):
    with client:
        for line in client.makefile("rb"):
            client.sendall(name + b" " + line)
for argument in sys.argv[1:]:
    name, _, address = argument.partition("=")
    host, _, port = address.rpartition(":")
    listener = socket.create_server((host, int(port)))
    threading.Thread(target=serve, args=(listener, name.encode())).start()
"""
ASK = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as service:
    service.sendall(b"hello\\n")
    print(service.makefile().readline().strip())
"""
CHECK = """
import sys
from pathlib import Path
from appliance.shared import link_check, twin
data = Path("/data")
print(*[sentence for _, sentence in link_check.down(twin.read(data), data, 4.0)], sep="\\n")
"""
# A client of its own, with any certificate or none.
ASK_BY_TLS = """
import socket, ssl, sys
address, port, name, *certificate = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
if certificate:
    context.load_cert_chain(certificate[0])
with socket.create_connection((address, int(port)), 10) as plain:
    with context.wrap_socket(plain, server_hostname=name or None) as link:
        link.sendall(b"hello\\n")
        print(link.makefile().readline().strip())
"""


def write_side(folder: Path, document: twin.Twin, authority: Authority) -> None:
    """Write the files of a side into *folder*, which becomes the volume of its container."""
    files = folder / twin.FOLDER
    files.mkdir(parents=True, exist_ok=True)
    name = twin.certificate_name(document.part, document.side)
    (files / "ca.pem").write_text(authority.certificate)
    (files / "link.pem").write_text(make_link(authority, name, datetime.now(UTC)))
    (files / twin.FILE).write_text(json.dumps({"version": twin.VERSION, **document._asdict()}))


class LinkEnd:
    """The container of one side, reachable in its network as `vm-SIDE`."""

    def __init__(self, network: Network, image: str, document: twin.Twin, folder: Path) -> None:
        self.twin = document
        stand_ins = [
            f"{name}-of-{document.side}={service.own(document)}"
            for name, service in twin.SERVICES[document.part].items()
        ]
        command = 'python -c "$0" "$@" & exec python -m ha.links'
        self.name = network.run(
            image, "sh", "-c", command, STAND_INS, *stand_ins,
            aliases=[f"vm-{document.side}"], options=[*HARDENED, "-v", f"{folder}:/data:ro"],
        )  # fmt: skip

    def ask(self, side: str, service: str) -> str:
        """Return what a client here hears from the service of another side, "" for nothing."""
        port = twin.SERVICES[self.twin.part][service].port
        return self._python(ASK, twin.ADDRESSES[side], str(port))

    def ask_by_tls(self, side: str, service: str, certificate: str = "") -> str:
        """Return what a client with a certificate of its own hears at the link port of a side."""
        address, _, port = self.twin.peers[side].rpartition(":")
        certificates = [certificate] if certificate else []
        return self._python(ASK_BY_TLS, address, port, service, *certificates)

    def what_is_down(self) -> str:
        """Return a line for each link that is down, as the health checkers say it."""
        return run("docker", "exec", self.name, "python", "-c", CHECK).strip()

    def reload(self) -> None:
        """Have stunnel read its configuration and the certificates again."""
        run("docker", "kill", "--signal", "HUP", self.name)

    def _python(self, code: str, *arguments: str) -> str:
        try:
            return run("docker", "exec", self.name, "python", "-c", code, *arguments).strip()
        except CommandError:
            return ""
