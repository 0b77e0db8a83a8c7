import pytest

from proxy.acme_attempts import ELSEWHERE, ISSUED, NOT_DUE, REFUSED, RENEWED, State
from proxy.act import certbot, domain_check, state
from proxy.certificate import Certificate
from proxy.controller import certificate_manager
from proxy.files import Files
from proxy.settings import Settings

NOW = 1_800_000_000.0
SETTINGS = Settings.from_env(
    {
        "QLINES_APP_DOMAINS": "one.example",
        "QLINES_BLOG_SITES": "none",
        "QLINES_ACME_EMAIL": "me@example.com",
    }
)
ONE = SETTINGS.domains[0]


class World:
    """An authority, the certificate that it gave, and the names that lead here."""

    def __init__(self):
        self.certificate = None
        self.elsewhere = {}
        self.refuses = ""
        self.is_time = False
        self.ordered = []
        self.now = NOW

    def of(self, _domain):
        return self.certificate

    def problem(self, name, _port, _webroot):
        return self.elsewhere.get(name, "")

    def order(self, _settings, _domain, names):
        self.ordered.append(tuple(names))
        return self._give(tuple(names))

    def renew(self, _settings, _domain, *, force):
        if not (force or self.is_time or self.refuses):
            return certbot.Outcome(True, "")
        return self._give(self.certificate.names)

    def _give(self, names):
        if self.refuses:
            return certbot.Outcome(False, self.refuses)
        serial = str(int(self.certificate.serial) + 1) if self.certificate else "1"
        self.certificate = Certificate(serial, names, NOW, NOW + 9e6, "CN=CA", "CN=one", False)
        return certbot.Outcome(True, "")


@pytest.fixture
def world(monkeypatch):
    made = World()
    monkeypatch.setattr(domain_check, "problem", made.problem)
    monkeypatch.setattr(certbot, "order", made.order)
    monkeypatch.setattr(certbot, "renew", made.renew)
    return made


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path / "data", tmp_path / "run")
    made.data.mkdir()
    made.make_folders()
    return made


@pytest.fixture
def loop(world, files):
    return certificate_manager.CertificateManager(SETTINGS, files, world, now=lambda: world.now)


def last(files):
    return state.load(files.state).attempts.get("one.example")


def test_a_certificate_with_both_names_is_ordered_for_a_domain_that_leads_here(loop, world, files):
    loop.run_once()

    assert world.ordered == [("one.example", "www.one.example")]
    assert last(files).outcome == ISSUED
    assert last(files).server == SETTINGS.acme_server
    loop.run_once()
    assert len(world.ordered) == 1


def test_nothing_is_ordered_for_a_domain_that_leads_elsewhere(loop, world, files):
    world.elsewhere = {"one.example": "is answered by another machine"}

    loop.run_once()

    assert world.ordered == []
    assert last(files).outcome == ELSEWHERE
    world.elsewhere = {"www.one.example": "no such name"}
    world.now += 5
    loop.run_once()
    assert world.ordered == [("one.example",)]


def test_a_refusal_is_kept_with_its_cause_and_left_alone_for_a_while(loop, world, files):
    world.refuses = "too many"
    for _ in range(5):
        loop.run_once()

    assert len(world.ordered) == 1
    assert (last(files).outcome, last(files).sentence) == (REFUSED, "too many")
    world.now += 121
    loop.run_once()
    assert len(world.ordered) == 2


def test_renewal_is_tried_at_its_moment_and_the_next_one_is_chosen(loop, world, files):
    loop.run_once()
    (files.lineage("one.example")).mkdir(parents=True)
    (files.lineage("one.example") / "fullchain.pem").touch()
    first = state.load(files.state).next_renewal_at
    assert NOW < first <= NOW + 24 * 3600

    world.now = first
    loop.run_once()

    assert last(files).outcome == NOT_DUE
    assert state.load(files.state).next_renewal_at > first
    world.is_time, world.now = True, state.load(files.state).next_renewal_at
    loop.run_once()
    assert last(files).outcome == RENEWED
    assert world.certificate.serial == "2"


def test_a_renewal_that_fails_keeps_the_old_certificate(loop, world, files):
    loop.run_once()
    world.refuses = "away"

    attempt = loop.renew(ONE, force=True)

    assert attempt.outcome == REFUSED
    assert attempt.succeeded_at == NOW
    assert world.certificate.serial == "1"


def test_a_renewal_adds_a_name_that_leads_here_now(loop, world):
    world.elsewhere = {"www.one.example": "no such name"}
    loop.run_once()
    assert world.certificate.names == ("one.example",)

    world.elsewhere = {}
    loop.renew(ONE)

    assert world.certificate.names == ("one.example", "www.one.example")


def test_a_certificate_that_was_put_there_by_hand_is_not_renewed(loop, world, files):
    world.certificate = Certificate("9", ONE.names, NOW, NOW + 9e6, "CN=CA", "CN=one", False)
    state.save(files.state, State(NOW - 1, {}))

    loop.run_once()

    assert last(files) is None
    assert world.certificate.serial == "9"
