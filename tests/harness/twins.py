"""Two appliances that are twins, and a witness; a Docker network takes the Internet's place."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from appliance.shared import twin
from appliance.shared.twin import SIDES, WITNESS, Twin
from ha.pairing.authority import Authority, make_authority
from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually
from tests.harness.docker import HARDENED, run
from tests.harness.link_end import write_side
from tests.harness.proxy import Network
from tests.harness.shifted_clock import ShiftedClock

MONGODB_KEY = "mongodb.key"
# A pairing gives both the secrets of one.
SHARED = {"QLINES_SECRET_KEY": "TheSecretKeyOfATestWhichBothSidesHave"}
WITNESS_ROLES = "mongodb,twin,links,healthd"
# As docker-compose.twin.yml sets it.
CUT_LINKS_ARE_NOTICED = ("--sysctl", "net.ipv4.tcp_retries2=4")
UNPACK = "umask 077; tar -x -C /data; chmod 600 /data/twin/*"


class Twins:
    """The appliances by side; `a` is on its own until pair()."""

    def __init__(
        self,
        network: Network,
        image: str,
        folder: Path,
        *,
        clock_of_b: ShiftedClock | None = None,
        **settings: str,
    ) -> None:
        """Make them; *settings* are those of both sides."""
        self._network = network
        self._clock_of_b = clock_of_b
        self._folder = folder
        self._settings = SHARED | settings
        self._authority: Authority = make_authority("test", datetime.now(UTC))
        self._key = folder / MONGODB_KEY
        self._key.write_text("TheKeyOfATestWhichIsTheSameForAllMembers")
        self.sides = {
            side: Appliance(image, options=self._options(side), environment=self._environment(side))
            for side in (*SIDES, WITNESS)
        }
        self.a, self.b, self.witness = self.sides.values()

    def pair(self) -> None:
        """Pair a, which runs and may have data, with b and the witness, which are new.

        Return when both sides are ready and have all data.
        """
        run("docker", "stop", "--time", "60", self.a.name)
        self._put_pairing("a")
        self.a.start_again()
        for side in ("b", WITNESS):
            self._put_pairing(side)
            self.sides[side].create()
        self.a.wait_ready()
        self.wait_whole("a")
        self.b.wait_ready()

    def report(self, side: str) -> dict[str, Any]:
        """Return what `qlines twins` says on a side, {} while it says nothing."""
        answer = subprocess.run(
            ["docker", "exec", self.sides[side].name, "qlines", "twins", "--json"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        document: dict[str, Any] = json.loads(answer.stdout or "{}")
        return document if "role" in document else {}

    def wait_whole(self, active: str) -> None:
        """Wait until this side is active and the other members have all data."""

        def is_whole() -> bool:
            found = self.report(active)
            states = sorted(one["state"] for one in found.get("members", ()))
            return found.get("role") == "active" and states == ["PRIMARY", "SECONDARY", "SECONDARY"]

        eventually(is_whole, 120, f"{active} is active, and the twins are whole")

    def wait_active(self, side: str, seconds: float = 60) -> None:
        """Wait until this side is active."""
        eventually(lambda: self.report(side).get("role") == "active", seconds, f"{side} is active")

    def remove(self) -> None:
        """Remove the containers and their volumes."""
        for appliance in self.sides.values():
            appliance.remove()

    def _options(self, side: str) -> tuple[str, ...]:
        clock = self._clock_of_b.options if self._clock_of_b and side == "b" else ()
        return (
            *HARDENED, *CUT_LINKS_ARE_NOTICED, "--network", self._network.name,
            "--network-alias", f"vm-{side}", *clock,
        )  # fmt: skip

    def _environment(self, side: str) -> dict[str, str]:
        return {"QLINES_ROLES": WITNESS_ROLES} if side == WITNESS else self._settings

    def _put_pairing(self, side: str) -> None:
        """Write a side's files into its volume, which is created first."""
        port = twin.LINK_PORTS["app"]
        peers = {name: f"vm-{name}:{port}" for name in self.sides if name != side}
        folder = self._folder / side
        write_side(folder, Twin(side, "app", peers), self._authority)
        (folder / twin.FOLDER / MONGODB_KEY).write_text(self._key.read_text())
        packed = subprocess.run(
            ["tar", "-c", "-C", str(folder), twin.FOLDER], capture_output=True, check=True
        ).stdout
        appliance = self.sides[side]
        appliance.create_volume()
        subprocess.run(
            ["docker", "run", "--rm", "--interactive", "--volume", f"{appliance.volume}:/data",
             appliance.image, "sh", "-c", UNPACK],
            input=packed, check=True,
        )  # fmt: skip
