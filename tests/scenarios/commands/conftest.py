"""The commands of one owner, for the stories of this folder."""

import pytest

from tests.harness.deadline import eventually


class Control:
    """The commands of one owner."""

    def __init__(self, owner):
        self.owner = owner

    def send(self, device, method="open", params=None, **more):
        """Send a command; return its number."""
        answer = self.owner.api.post(
            f"/api/devices/{device.id}/commands", json={"method": method, "params": params, **more}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["number"]

    def send_surely(self, device, key, **more):
        """Send a command whatever is killed while it waits; return its number."""
        return eventually(lambda: self._try(device, key, more), 60, f"command {key} is taken")

    def _try(self, device, key, more):
        answer = self.owner.api.post(
            f"/api/devices/{device.id}/commands", json={"method": "open", "key": key, **more}
        )
        return answer.json()["number"] if answer.status_code == 201 else None

    def command(self, device, number):
        return self.owner.api.document(f"/api/devices/{device.id}/commands/{number}")

    def all(self, device):
        path = f"/api/devices/{device.id}/commands"
        return self.owner.api.document(path, per_page=100)["items"]

    def count(self, device, state):
        path = f"/api/devices/{device.id}/commands"
        return self.owner.api.document(path, state=state, per_page=1)["total"]

    def until(self, device, number, state, seconds=20):
        """Wait until a command is in a state, and return it."""

        def is_there():
            command = self.command(device, number)
            return command if command["state"] == state else None

        return eventually(is_there, seconds, f"command {number} is {state}")


@pytest.fixture
def control(owner):
    return Control(owner)


@pytest.fixture
def pump(owner):
    return owner.new_device("pump")
