import shutil

import pytest

from proxy.act import openssl
from proxy.act.names import Names
from proxy.controller.certificates import Certificates
from proxy.controller.configure import Configure
from proxy.errors import ProxyError
from proxy.files import Files
from proxy.settings import Settings

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
SETTINGS = Settings.from_env({"QLINES_BLOG_SITES": "none"})
NOTHING = "nothing has changed"


class KnownNames(Names):
    """Names that are looked up once, when they are first asked for."""

    def __init__(self, known):
        super().__init__(lambda host: known.get(host, ()))

    def watch(self, hosts):
        for host in hosts:
            self.note(host)


class FakeNginx:
    """Takes what does not say "bad"."""

    def __init__(self):
        self.refuses = ""
        self.is_running = True
        self.candidate = {}
        self.current = {}
        self.tests = 0

    def refusal(self, texts):
        self.tests += 1
        if not self.refuses:
            self.candidate = texts
        return self.refuses

    def switch(self):
        self.current = self.candidate

    def reload(self, _generation):
        return self.is_running


@pytest.fixture
def nginx():
    return FakeNginx()


@pytest.fixture
def known():
    return {"app": ("172.18.0.2",)}


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path / "data", tmp_path / "run")
    made.data.mkdir()
    made.make_folders()
    return made


@pytest.fixture
def configure(files, nginx, known, monkeypatch):
    monkeypatch.setattr(openssl, "OPENSSL", shutil.which("openssl"))
    certificates = Certificates(files)
    for domain in SETTINGS.domains:
        certificates.make_placeholder(domain, 0)
    time = iter(range(0, 100_000, 10))
    names = KnownNames(known)
    return Configure(SETTINGS, files, certificates, names, nginx, now=lambda: next(time))


def test_only_a_change_makes_nginx_read_anew(configure, nginx, known):
    assert "nginx runs configuration" in configure.turn()
    assert configure.turn() == NOTHING

    known["app"] = ("172.18.0.9",)
    assert "nginx runs configuration" in configure.turn()

    assert "172.18.0.9:5000" in nginx.current["upstreams.conf"]
    assert configure.view.reloads == 2


def test_a_list_in_the_data_takes_the_place_of_the_setting_until_it_goes(
    configure, nginx, files, known
):
    known["twin"] = ("10.8.0.2",)
    files.upstreams.write_text("app = twin\n")
    configure.turn()
    assert "10.8.0.2:5000" in nginx.current["upstreams.conf"]

    files.upstreams.unlink()
    configure.turn()
    assert "172.18.0.2:5000" in nginx.current["upstreams.conf"]


def test_a_list_that_makes_no_sense_keeps_the_last_good_one(configure, files, known):
    known["twin"] = ("10.8.0.2",)
    files.upstreams.write_text("app = twin\n")
    configure.turn()

    files.upstreams.write_text("app = ;\n")

    assert configure.turn() == NOTHING
    assert "line 1 must be" in configure.view.upstreams_error
    files.upstreams.write_text("app = twin\n")
    configure.turn()
    assert configure.view.upstreams_error == ""


def test_a_list_of_hosts_without_an_address_keeps_those_that_answer(configure, nginx, files):
    configure.turn()

    files.upstreams.write_text("app = nowhere\n")
    configure.turn()

    assert "172.18.0.2:5000" in nginx.current["upstreams.conf"]


def test_what_nginx_refuses_is_never_switched_to_and_tried_again_later(configure, nginx, known):
    configure.turn()
    before = nginx.current
    known["app"] = ("172.18.0.9",)
    nginx.refuses = "unknown directive"

    assert "kept the old configuration" in configure.turn()
    assert configure.turn() == "the newest is still refused"

    assert nginx.current is before
    assert configure.view.refusal == "unknown directive"
    tests, nginx.refuses = nginx.tests, ""
    for _ in range(10):
        configure.turn()
    assert nginx.tests == tests + 1
    assert configure.view.refusal == ""
    assert nginx.current is not before


def test_a_reload_that_does_not_take_effect_is_told_and_tried_again(configure, nginx):
    nginx.is_running = False
    assert "did not take" in configure.turn()
    assert configure.view.refusal

    nginx.is_running = True
    assert "nginx runs configuration" in configure.turn()
    assert configure.view.refusal == ""


def test_a_start_leaves_out_a_certificate_that_is_broken(configure, nginx, files):
    files.certificate("localhost").write_text("broken")
    asked = []

    def refusal(texts):
        asked.append(texts["site-localhost.conf"])
        return "cannot load certificate" if "/certificates/" in asked[-1] else ""

    nginx.refusal = refusal
    configure.prepare()

    assert "/placeholders/" in asked[-1]


def test_a_start_without_any_good_configuration_says_so(configure, nginx):
    nginx.refuses = "no modules"

    with pytest.raises(ProxyError, match="no modules"):
        configure.prepare()
