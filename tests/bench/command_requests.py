"""Send commands by single requests of the API, over a few connections that stay open."""

import http.client
import json
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.harness.deadline import eventually
from tests.harness.people import Person

CONNECTIONS = 16
TAKEN_WITHIN_SECONDS = 120
ANSWER_SECONDS = 10


class Requests:
    """Commands to *devices* in turn, each with a number of ours, its params and its key."""

    def __init__(self, owner: Person, devices: Sequence[str]) -> None:
        self._owner = owner
        self.devices = devices
        self._lock = threading.Lock()
        self.taken = 0

    def send(self, seqs: Sequence[int]) -> None:
        """Send a command for each number; one that a killed program failed is tried again."""
        with ThreadPoolExecutor(CONNECTIONS) as threads:
            parts = [seqs[first::CONNECTIONS] for first in range(CONNECTIONS)]
            for _ in threads.map(self._send_all, parts):
                pass

    def _send_all(self, seqs: Sequence[int]) -> None:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self._owner.appliance.web_port, timeout=ANSWER_SECONDS
        )
        for seq in seqs:
            eventually(
                lambda seq=seq: self._is_taken(connection, seq),  # type: ignore[misc]
                TAKEN_WITHIN_SECONDS,
                f"command {seq} is taken",
            )
        connection.close()

    def _is_taken(self, connection: http.client.HTTPConnection, seq: int) -> bool:
        device = self.devices[seq % len(self.devices)]
        body = json.dumps({"method": "open", "params": seq, "key": str(seq), "retries": 10})
        headers = {
            "Authorization": f"Bearer {self._owner.key}",
            "Content-Type": "application/json",
        }
        try:
            connection.request("POST", f"/api/devices/{device}/commands", body.encode(), headers)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()  # the next request opens it again
            return False
        if answer.status < 500:
            assert answer.status == 201, text
            with self._lock:
                self.taken += 1
        return answer.status == 201
