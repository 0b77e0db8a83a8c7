"""Two VMs of a pair, each a proxy and a stand-in for its app and its blog, and what joins them."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from appliance.shared.twin import VERSION, certificate_name, with_services
from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.proxy import Network, Proxy
from tests.harness.shifted_clock import ShiftedClock

SIDES = {"a": "b", "b": "a"}


class Authority:
    """A certificate authority as the pairing makes one."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "QLines twins")])
        self._certificate = (
            self._builder(self._name, self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(self._key, SHA256())
        )

    @property
    def pem(self) -> str:
        """Return the authority's certificate."""
        return self._certificate.public_bytes(Encoding.PEM).decode()

    def issue(self, *names: str) -> str:
        """Return a key and a certificate for these names, the first of which is its common name."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        certificate = (
            self._builder(subject, key.public_key())
            .add_extension(alternatives, critical=False)
            .sign(self._key, SHA256())
        )
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return (secret + certificate.public_bytes(Encoding.PEM)).decode()

    def _builder(
        self, subject: x509.Name, key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(hours=1))
            .not_valid_after(now + timedelta(days=3650))
        )


class Vm:
    """One side: a network with a proxy and the stand-ins ``app`` and ``blog``."""

    def __init__(
        self, side: str, image: str, between: Network, authority: Authority, clock: ShiftedClock
    ) -> None:
        self.side = side
        self.clock = clock
        self._image = image
        self.network = Network()
        self.app = self._start_app()
        self.blog = self.network.stand_in(
            image, f"blog of {side}", alias="blog", ports="8080", health_port=8081
        )
        self.proxy = Proxy(
            self.network, image, aliases=["proxy"], options=clock.options,
            QLINES_BLOG_SITES="one=blog.localhost",
        )  # fmt: skip
        run(
            *("docker", "network", "connect", "--alias", f"proxy-{side}"),
            *(between.name, self.proxy.name),
        )
        self._pair(authority)

    def _start_app(self) -> str:
        return self.network.stand_in(self._image, f"app of {self.side}")

    def _pair(self, authority: Authority) -> None:
        other = SIDES[self.side]
        pairing = {
            "version": VERSION,
            "side": self.side,
            "part": "proxy",
            "peers": {other: f"proxy-{other}:7443"},
            "paired_at": 0,
        }
        self.proxy.exec("mkdir", "-p", "/data/twin")
        self.proxy.write("/data/twin/ca.pem", authority.pem)
        self.proxy.write(
            "/data/twin/link.pem",
            authority.issue(*with_services(certificate_name("proxy", self.side))),
        )
        self.proxy.write("/data/twin/twin.json", json.dumps(pairing))
        self.proxy.restart()

    def say(self, **health: str) -> None:
        """Let the app say this in `/health/ready` from now on."""
        document = {"status": "ok", "role": "standby"} | health
        run(
            *("docker", "exec", "-i", self.app, "sh", "-c"),
            "cat > /tmp/health.new && mv /tmp/health.new /tmp/health.json",
            text=json.dumps(document),
        )

    def kill_app(self) -> None:
        """Kill the app; its name no longer resolves."""
        run("docker", "kill", self.app)

    def new_app(self) -> None:
        """Start another app in the place of one that was killed."""
        self.app = self._start_app()

    def twin(self) -> dict[str, Any]:
        """Return what the proxy's health report says of the pair."""
        found: dict[str, Any] = self.proxy.health()[1].get("twin") or {}
        return found

    def served_by(self, domain: str = "localhost") -> str:
        """Return the name of the app or blog that answers a request."""
        answer = self.proxy.get("/", domain, timeout=10)
        name: str = answer.json()["name"] if answer.status_code == 200 else ""
        return name

    def wait_for_order(self, *sides: str, kind: str = "app") -> None:
        """Wait until the controller has decided on this order, and nginx runs it."""
        eventually(
            lambda: self.twin().get("upstreams", {}).get(kind) == list(sides),
            30,
            f"{self.side} has decided on {sides}",
        )

    def role(self) -> dict[str, Any]:
        """Return the answer that the blog gets."""
        program = (
            "import urllib.request as r;"
            "print(r.urlopen('http://proxy:5004/role', timeout=5).read().decode())"
        )
        answer: dict[str, Any] = json.loads(
            run("docker", "exec", self.blog, "python3", "-c", program)
        )
        return answer

    def remove(self) -> None:
        """Remove the side and its network."""
        self.network.remove()
