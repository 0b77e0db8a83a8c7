"""Two whole VMs that are twins, and a witness, made by the commands of the runbook as written.

Each has a copy of the repository, a name, networks and ports of its own. They reach each other
through ports that are published on the address of Docker's bridge, as machines do by theirs.
"""

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any

import requests

from appliance.shared.twin import SIDES
from tests.harness.appliance import NOTHING_SCHEDULED, QUERY
from tests.harness.clone import Clone
from tests.harness.deadline import eventually
from tests.harness.docker import ROOT, free_ports, run
from tests.harness.load_generator import enter_network
from tests.harness.relay import Relay
from tests.harness.runbook import TWINS, commands
from tests.harness.vm import PARTS, Vm

LINK_PORTS = (7443, 7444, 7445)
INVITATION = "twin-invitation.txt"
PACK_TREE = (
    "git ls-files -z --cached --others --exclude-standard | tar --create --null --files-from -"
)
# The modes of a clone, or no layer of the image would be found in Docker's cache.
PACK_COMMIT = "git -c tar.umask=0022 archive "
# Of the machine itself: git ignores them.
PACK_CERTIFICATES = "tar --create --ignore-failed-read appliance/shared/ca-certificates"
NO_WORDS: Mapping[str, str] = MappingProxyType({})
PAIR, GONE = "How do I pair two VMs?", "What happens when a VM is gone?"


def bridge_address() -> str:
    """Return the address of this machine in Docker's default network, the first one there.

    Until it has been restarted once, Docker itself names no gateway.
    """
    form = "{{(index .IPAM.Config 0).Subnet}}"
    subnet = run("docker", "network", "inspect", "--format", form, "bridge").strip()
    return str(ip_network(subnet)[1])


def copy_repository(folder: Path, commit: str = "") -> Path:
    """Copy what a clone and a build need of the repository; over an older copy, as an update.

    By default with what is not committed, else as it was at *commit*.
    """
    folder.mkdir(parents=True, exist_ok=True)
    unpack = ("tar", "-x", "-C", str(folder))
    for pack in (PACK_COMMIT + commit if commit else PACK_TREE, PACK_CERTIFICATES):
        packed = subprocess.run(pack, shell=True, cwd=ROOT, capture_output=True, check=True).stdout
        subprocess.run(unpack, input=packed, check=True)
    return folder


def run_as_written(
    machine: Clone, heading: str, number: int, words: Mapping[str, str], settings: dict[str, str]
) -> str:
    """Run the command *number* of a section of ha/README.md; return what it printed.

    *words* are what the page leaves to the reader, such as names of machines. It must succeed.
    """
    text = commands(heading, TWINS)[number].text
    for word, value in {"docker exec qlines ": f"docker exec {machine.name} ", **words}.items():
        text = text.replace(word, value)
    done = machine.bash(text, **settings)
    assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
    return done.stdout


class TwinVm(Vm):
    """One of the two; *side* is what it becomes."""

    def __init__(self, side: str, folder: Path, secrets_folder: Path, public_port: int) -> None:
        super().__init__(secrets_folder, folder)
        self.side = side
        self._public_port = public_port
        self.host = bridge_address()
        self.proxy_link, self.app_link, self.blog_link, self.plain_mqtt = free_ports(4)

    @property
    def peer(self) -> str:
        """Return where the others reach it, as PEER= takes it."""
        return (
            f"app={self.host}:{self.app_link},proxy={self.host}:{self.proxy_link},"
            f"blog={self.host}:{self.blog_link}"
        )

    def settings(self) -> dict[str, str]:
        """Return the settings of one VM alone, and the ports of its links."""
        return (
            super().settings()
            | NOTHING_SCHEDULED
            | {
                "QLINES_PUBLIC_URL": f"https://localhost:{self._public_port}",
                "QLINES_HEALTH_PORT": str(self.health),
                "QLINES_TWIN_APP_PORT": f"{self.host}:{self.app_link}",
                "QLINES_TWIN_PROXY_PORT": f"{self.host}:{self.proxy_link}",
                "QLINES_TWIN_BLOG_PORT": f"{self.host}:{self.blog_link}",
                "QLINES_MQTT_PLAIN": "on",
                "QLINES_MQTT_PORT": str(self.plain_mqtt),
            }
        )

    def as_written(
        self, heading: str, number: int, words: Mapping[str, str] = NO_WORDS, /, **more: str
    ) -> str:
        """Run a command of ha/README.md on this VM, with *more* settings."""
        return run_as_written(self, heading, number, words, self.settings() | more)

    def goal(self, name: str) -> str:
        """Run a goal that must succeed; return what it printed."""
        done = self.make(name, **self.settings())
        assert done.returncode == 0, f"make {name} of {self.side}\n{done.stdout}{done.stderr}"
        return done.stdout

    def container(self, part: str) -> str:
        """Return the name of a part's container."""
        return self.name if part == "app" else f"{self.name}-{part}"

    def kill(self, *parts: str) -> None:
        """Kill containers at once, by default all three."""
        run("docker", "kill", *map(self.container, parts or PARTS))

    def start_again(self, *parts: str) -> None:
        """Start containers that were killed, by default all three."""
        run("docker", "start", *map(self.container, parts or PARTS))

    def cli(self, *arguments: str, text: str | None = None) -> Any:
        """Run `qlines … --json` in the app's container and return its document."""
        command = ("docker", "exec", "-i", self.name, "qlines", *arguments, "--json")
        return json.loads(run(*command, text=text))

    def stored(self, first: int, count: int = 1_000_000) -> set[int]:
        """Return which of the *count* numbers from *first* on are in this VM's ClickHouse."""
        query = (
            f"SELECT DISTINCT number FROM readings WHERE key = 'seq' AND number >= {first}"
            f" AND number < {first + count} FORMAT TabSeparated"
        )
        return {int(float(line)) for line in self.sql(query).split()}

    def sql(self, query: str) -> str:
        """Return what this VM's ClickHouse answers, as text."""
        return run("docker", "exec", "-i", self.name, "python3", "-c", QUERY, text=query)

    def cut(self) -> None:
        """Drop whatever passes between this VM and the other machines."""
        for part in PARTS:
            for rule in self._rules():
                self._iptables(part, "--append", *rule)

    def mend(self) -> None:
        """Undo cut()."""
        for part in PARTS:
            for rule in self._rules():
                self._iptables(part, "--delete", *rule)

    def is_whole(self) -> bool:
        """Return whether nothing needs to be done, as `qlines twins` judges it here."""
        command = ["docker", "exec", self.name, "qlines", "twins"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    def ready(self) -> dict[str, Any]:
        """Return what `/health/ready` says, {} while nothing answers."""
        try:
            answer = requests.get(f"http://127.0.0.1:{self.health}/health/ready", timeout=3)
        except requests.RequestException:
            return {}
        document: dict[str, Any] = answer.json()
        return document

    def role(self) -> str:
        """Return active, standby or unknown, "" while nothing is said."""
        return str(self.ready().get("role", ""))

    def problems(self) -> list[str]:
        """Return the problems of the health report of the app."""
        found: list[str] = self.health_report()["problems"]
        return found

    def health_report(self) -> dict[str, Any]:
        """Return the deep health report of the app."""
        text = self.exec("app", "sh", "-c", "qlines health --json || true")
        report: dict[str, Any] = json.loads(text)
        return report

    def blog_twin(self) -> dict[str, Any]:
        """Return what the blog's health report says of its twin, {} while it says nothing."""
        text = self.exec("blog", "sh", "-c", "/opt/qlines/blog/is_healthy || true")
        try:
            components: list[dict[str, Any]] = json.loads(text)["components"]
        except ValueError:
            return {}
        return next((one for one in components if one["name"] == "twin"), {})

    def fingerprint(self) -> str:
        """Return the count of the numbered points in ClickHouse, and a checksum of what they are.

        Those of the canaries are left out: they never end.
        """
        return self.sql(
            "SELECT count(), groupBitXor(sipHash64(device, block, span, step, rest, number))"
            " FROM points FINAL WHERE key = 'seq' FORMAT TabSeparated"
        )

    def wipe(self) -> None:
        """Lose this VM: its containers and its disk."""
        for part in PARTS:
            run("docker", "rm", "--force", self.container(part))
            run("docker", "volume", "rm", "--force", f"{self.container(part)}-data")
        (self.folder / ".env").unlink(missing_ok=True)

    def _rules(self) -> list[list[str]]:
        ports = ",".join(map(str, LINK_PORTS))
        inward = ["INPUT", "--protocol", "tcp", "--match", "multiport", "--dports", ports]
        return [[*inward, "--jump", "DROP"], ["OUTPUT", "--dst", self.host, "--jump", "DROP"]]

    def _iptables(self, part: str, *arguments: str) -> None:
        run(*enter_network(self.container(part)), "iptables", *arguments)


class Witness(Clone):
    """The third machine."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.host = bridge_address()
        (self.link,) = free_ports(1)

    @property
    def container(self) -> str:
        """Return the name of its container."""
        return f"{self.name}-witness"

    def as_written(self, heading: str, number: int, **more: str) -> str:
        """Run a command of ha/README.md on this machine, with *more* settings."""
        settings = {"QLINES_TWIN_APP_PORT": f"{self.host}:{self.link}"}
        return run_as_written(self, heading, number, {}, settings | more)

    def remove(self) -> None:
        """Remove its container and its volume."""
        run("sh", "-c", f"docker rm --force {self.container} 2>&1 || true")
        run("sh", "-c", f"docker volume rm --force {self.container}-data 2>&1 || true")


class TwinVms:
    """Both VMs and the witness, from the repository as it is or was; pair() makes them twins."""

    def __init__(self, folder: Path, secrets_folder: Path, commit: str = "") -> None:
        (self.public_port,) = free_ports(1)
        self.a, self.b = (
            TwinVm(side, copy_repository(folder / side, commit), secrets_folder, self.public_port)
            for side in SIDES
        )
        self.witness = Witness(copy_repository(folder / "witness", commit))

    @property
    def both(self) -> tuple[TwinVm, TwinVm]:
        """Return a and b."""
        return self.a, self.b

    def pair(self) -> None:
        """Start a alone, then pair it with b and the witness."""
        self.a.make_vm()
        addresses = {
            "vm-b.example.com": self.b.peer,
            "vm-a.example.com": self.a.peer,
            "monitor.example.com": f"{self.witness.host}:{self.witness.link}",
        }
        with self.invited(self.a, PAIR, addresses) as secret:
            joining = threading.Thread(
                target=self.witness.as_written, args=(PAIR, 2), kwargs=secret
            )
            joining.start()
            self.b.as_written(PAIR, 1, **secret)
            joining.join()
        self.wait_whole()

    def replace(self, gone: TwinVm) -> None:
        """Let a machine without data take the place of the VM that is gone."""
        with self.invited(self.other(gone), GONE) as secret:
            gone.as_written(GONE, 1, **secret)

    @contextmanager
    def invited(
        self, vm: TwinVm, heading: str, words: Mapping[str, str] = NO_WORDS
    ) -> Iterator[dict[str, str]]:
        """Let a VM write an invitation by a section's first command, and copy it to the others.

        Yield the setting that answers their question for the passphrase.
        """
        found = re.search(r"Passphrase +(\S+)", vm.as_written(heading, 0, words))
        assert found
        machines = (self.a, self.b, self.witness)
        for machine in machines:
            if machine is not vm:
                shutil.copy(vm.folder / INVITATION, machine.folder)
        yield {"QLINES_TWIN_PASSPHRASE": found[1]}
        for machine in machines:
            (machine.folder / INVITATION).unlink()

    def public(self, first: TwinVm) -> Relay:
        """Return what people's browsers use: a name with both addresses, *first* before the other.

        Its port is the one of the public URL.
        """
        vms = (first, self.other(first))
        return Relay(*(("127.0.0.1", vm.https) for vm in vms), port=self.public_port)

    def active(self) -> TwinVm | None:
        """Return the VM that is active, None while neither is."""
        found = [vm for vm in self.both if vm.role() == "active"]
        assert len(found) < 2, "both VMs say that they are active"
        return found[0] if found else None

    def active_one(self, seconds: float = 30) -> TwinVm:
        """Wait until there is an active VM, and return it."""
        vm = eventually(self.active, seconds, "one side is active")
        assert vm
        return vm

    def other(self, vm: TwinVm) -> TwinVm:
        """Return the twin of a VM."""
        return self.b if vm is self.a else self.a

    def wait_active(self, vm: TwinVm, seconds: float = 30) -> None:
        """Wait until this VM is active."""
        eventually(lambda: vm.role() == "active", seconds, f"{vm.side} is active")

    def wait_whole(self, seconds: float = 120) -> None:
        """Wait until both say that nothing needs to be done."""
        eventually(lambda: all(vm.is_whole() for vm in self.both), seconds, "the twins are whole")

    def remove(self) -> None:
        """Remove everything."""
        for vm in self.both:
            vm.remove()
        self.witness.remove()
