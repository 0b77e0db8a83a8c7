import pytest

from proxy.act.dns import DnsWatcher
from proxy.controller.certificates import Certificates
from proxy.controller.config_manager import ConfigManager
from proxy.controller.pairing import Pairing
from proxy.errors import ProxyError
from proxy.files import Files
from proxy.settings import Settings
from tests.harness.twin_proxies import Authority

SETTINGS = Settings.from_env({"QLINES_BLOG_SITES": "none"})
NOTHING = "nothing has changed"


class KnownNames(DnsWatcher):
    """Names that are looked up once, when they are first asked for."""

    def __init__(self, known):
        super().__init__(lambda host: known.get(host, ()))

    def watch(self, hosts):
        for host in hosts:
            self.resolve_once(host)


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
def config_manager(files, nginx, known):
    certificates = Certificates(files)
    for domain in SETTINGS.domains:
        certificates.make_placeholder(domain, 0)
    time = iter(range(0, 100_000, 10))
    names = KnownNames(known)
    pairing = Pairing(files.data)
    return ConfigManager(
        SETTINGS, files, certificates, names, nginx, pairing, now=lambda: next(time)
    )


def test_nginx_reloads_only_after_a_change(config_manager, nginx, known):
    assert "nginx runs configuration" in config_manager.run_once()
    assert config_manager.run_once() == NOTHING

    known["app"] = ("172.18.0.9",)
    assert "nginx runs configuration" in config_manager.run_once()

    assert "172.18.0.9:5000" in nginx.current["upstreams.conf"]
    assert config_manager.view.reloads == 2


def test_the_upstreams_file_overrides_the_setting_while_it_exists(
    config_manager, nginx, files, known
):
    known["twin"] = ("10.8.0.2",)
    files.upstreams.write_text("app = twin\n")
    config_manager.run_once()
    assert "10.8.0.2:5000" in nginx.current["upstreams.conf"]

    files.upstreams.unlink()
    config_manager.run_once()
    assert "172.18.0.2:5000" in nginx.current["upstreams.conf"]


def test_the_machines_of_devices_are_resolved_too(config_manager, nginx, files, known):
    known["ingest"] = ("172.18.0.7",)
    files.upstreams.write_text("devices = ingest\n")

    config_manager.run_once()

    assert "172.18.0.7:5000" in nginx.current["upstreams.conf"]
    assert "172.18.0.7:1883" in nginx.current["mqtt.conf"]


def test_an_invalid_list_keeps_the_last_valid_one(config_manager, files, known):
    known["twin"] = ("10.8.0.2",)
    files.upstreams.write_text("app = twin\n")
    config_manager.run_once()

    files.upstreams.write_text("app = ;\n")

    assert config_manager.run_once() == NOTHING
    assert "line 1 must be" in config_manager.view.upstreams_error
    files.upstreams.write_text("app = twin\n")
    config_manager.run_once()
    assert config_manager.view.upstreams_error == ""


def test_a_list_of_hosts_without_an_address_keeps_those_that_answer(config_manager, nginx, files):
    config_manager.run_once()

    files.upstreams.write_text("app = nowhere\n")
    config_manager.run_once()

    assert "172.18.0.2:5000" in nginx.current["upstreams.conf"]


def test_what_nginx_refuses_is_never_switched_to_and_tried_again_later(
    config_manager, nginx, known
):
    config_manager.run_once()
    before = nginx.current
    known["app"] = ("172.18.0.9",)
    nginx.refuses = "unknown directive"

    assert "kept the old configuration" in config_manager.run_once()
    assert config_manager.run_once() == "the newest configuration is still refused"

    assert nginx.current is before
    assert config_manager.view.refusal == "unknown directive"
    tests, nginx.refuses = nginx.tests, ""
    for _ in range(10):
        config_manager.run_once()
    assert nginx.tests == tests + 1
    assert config_manager.view.refusal == ""
    assert nginx.current is not before


def test_a_reload_without_effect_is_reported_and_retried(config_manager, nginx):
    nginx.is_running = False
    assert "has not reloaded" in config_manager.run_once()
    assert config_manager.view.refusal

    nginx.is_running = True
    assert "nginx runs configuration" in config_manager.run_once()
    assert config_manager.view.refusal == ""


def test_a_start_leaves_out_a_certificate_that_is_broken(config_manager, nginx, files):
    files.certificate("localhost").write_text("broken")
    asked = []

    def refusal(texts):
        asked.append(texts["site-localhost.conf"])
        return "cannot load certificate" if "/certificates/" in asked[-1] else ""

    nginx.refusal = refusal
    config_manager.prepare()

    assert "/placeholders/" in asked[-1]


def test_a_start_without_any_valid_configuration_raises(config_manager, nginx):
    nginx.refuses = "no modules"

    with pytest.raises(ProxyError, match="no modules"):
        config_manager.prepare()


def test_a_pairing_adds_the_link_once_the_other_proxy_is_found(config_manager, nginx, files, known):
    config_manager.run_once()
    assert "link-stream.conf" not in nginx.current
    authority, folder = Authority(), files.data / "twin"
    folder.mkdir()
    (folder / "ca.pem").write_text(authority.pem)
    (folder / "link.pem").write_text(authority.issue("proxy.a.twin"))
    (folder / "twin.json").write_text(
        '{"version": 1, "side": "a", "part": "proxy", "peers": {"b": "vm-b:7443"}}'
    )

    config_manager.run_once()
    assert "172.18.0.2:5001" in nginx.current["link-stream.conf"]
    assert "server 127.0.0.1:9 down;" in nginx.current["link-stream.conf"]

    known["vm-b"] = ("10.8.0.2",)
    config_manager.run_once()
    assert "server 10.8.0.2:7443" in nginx.current["link-stream.conf"]
