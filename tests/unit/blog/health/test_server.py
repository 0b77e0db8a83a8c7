from blog.health.probes import Answer, Findings
from blog.health.server import Health

WELL = Findings(Answer(200, "11.8"), Answer(204, ""), {"one": Answer(200, "installed")}, {})
AWAY = WELL._replace(mariadb=Answer(0, "gone"), sites={"one": Answer(503, "refused")})


class World:
    """What the next look finds, and what time it is."""

    def __init__(self):
        self.findings = AWAY
        self.looks = 0
        self.time = 1000.0

    def look(self):
        self.looks += 1
        return self.findings


def new_health():
    world = World()
    return world, Health(world.look, lambda: world.time)


def test_two_who_ask_at_once_share_one_look():
    world, health = new_health()

    health.document()
    world.time += 1.9
    health.document()
    assert world.looks == 1

    world.time += 0.2
    health.document()
    assert world.looks == 2


def test_it_says_since_when():
    world, health = new_health()
    world.findings = WELL
    assert health.document()["since"] == 1000.0

    world.time = 1010.0
    assert health.document()["since"] == 1000.0

    world.time, world.findings = 1020.0, AWAY
    document = health.document()
    assert document["status"] == "down"
    assert document["since"] == 1020.0
    assert document["components"][0]["since"] == 1020.0
    assert document["components"][1]["since"] == 1000.0


def test_mariadb_starts_for_a_minute_and_fails_after_it():
    world, health = new_health()
    assert health.document()["components"][0]["status"] == "starting"

    world.time += 61
    assert health.document()["components"][0]["status"] == "failed"


def test_a_mariadb_that_was_there_does_not_start_again():
    world, health = new_health()
    world.findings = WELL
    health.document()

    world.time, world.findings = 1010.0, AWAY
    assert health.document()["components"][0]["status"] == "failed"
