"""What two test sessions that run side by side do to each other's containers: nothing."""

import pytest

from tests.harness import docker
from tests.harness.docker import CommandError, remove_leftovers

DEAD = "4194305"  # above the largest process id


class Engine:
    """A Docker engine with things of a session that died; another session removes some, too."""

    def __init__(self):
        self.things = {"container": ["old"], "volume": ["old-data"], "network": ["old-network"]}
        self.busy = 2  # so many removals are refused
        self.kinds = iter(self.things)

    def run(self, *command, **_more):
        if "--filter" in command:
            return "".join(f"{DEAD} {name}\n" for name in self.things[next(self.kinds)])
        _docker, kind, _rm, _force, name = command
        if self.busy:
            self.busy -= 1
            raise CommandError(command, FailedRun)
        self.things[kind].remove(name)
        return name


class FailedRun:
    returncode, stdout, stderr = 1, "", "removal of container old is already in progress"


@pytest.fixture
def engine(monkeypatch):
    engine = Engine()
    monkeypatch.setattr(docker, "run", engine.run)
    return engine


def test_what_another_session_is_removing_is_waited_for(engine):
    remove_leftovers()

    assert engine.things == {"container": [], "volume": [], "network": []}
