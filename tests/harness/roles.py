"""Watch which VM says that it is active, all the time."""

import threading
import time
from typing import Self

from tests.harness.twin_vms import TwinVms

EVERY_SECONDS = 0.1
ACTIVE = "active"


class RoleWatch:
    """Asks both apps; use it as a context manager.

    *moments_of_two_active* are those at which one side said so before and after the other did, in
    one and the same reign: then both were at once, and no role has moved in between.
    """

    def __init__(self, twins: TwinVms) -> None:
        self.moments_of_two_active: list[float] = []
        self.rounds = 0
        self._twins = twins
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_over.set()
        self._thread.join(30)

    def _watch(self) -> None:
        began_at = time.monotonic()
        while not self._is_over.wait(EVERY_SECONDS):
            before, other, after = (vm.ready() for vm in (*self._twins.both, self._twins.a))
            self.rounds += 1
            roles = {one.get("role") for one in (before, other, after)}
            if roles == {ACTIVE} and before["role_since"] == after["role_since"]:
                self.moments_of_two_active.append(round(time.monotonic() - began_at, 1))
