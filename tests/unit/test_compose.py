"""Compose, the sample of its settings and the programs' own lists name the same variables."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from blog.setup.settings import SETTINGS as BLOG_SETTINGS
from ha.virtual_address.settings import SETTINGS as ADDRESS_SETTINGS
from proxy.settings import SETTINGS as PROXY_SETTINGS
from qlines.setting_table import SETTINGS as APP_SETTINGS

ROOT = Path(__file__).resolve().parents[2]
# The example of a cluster has its variables in a document of its own.
CLUSTER = ROOT / "docker-compose.cluster.yml"
FILES = sorted({*ROOT.glob("docker-compose*.yml")} - {CLUSTER})
COMPOSE = "\n".join(file.read_text() for file in FILES)
SAMPLE = (ROOT / ".env.example").read_text()
# Where things are inside the containers: nobody moves them in a VM.
FIXED = {"QLINES_DATA_DIR", "QLINES_RUN_DIR"}
# Which files compose reads follows from it.
OF_MAKE_VM = {"QLINES_TWIN"}
# The app's default and make up's port; in a VM the proxy publishes it.
OF_MAKE_UP = {"QLINES_WEB_PORT"}


def without_comments(text):
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def in_compose():
    return set(re.findall(r"QLINES_[A-Z_]*[A-Z]", without_comments(COMPOSE)))


def in_sample():
    return set(re.findall(r"^#? ?(QLINES_[A-Z_]*[A-Z])=", SAMPLE, re.MULTILINE))


def block(service):
    """Return one service's lines of docker-compose.yml."""
    text = (ROOT / "docker-compose.yml").read_text()
    return re.search(rf"^  {service}:\n(.*?)(?=^  \w|^\w|\Z)", text, re.MULTILINE | re.DOTALL)[1]


def passed_to(service):
    return set(re.findall(r"^      (QLINES_[A-Z_]*[A-Z]):", block(service), re.MULTILINE))


def test_a_variable_of_compose_is_in_the_sample_and_the_other_way_round():
    assert in_compose() - in_sample() == set()
    assert in_sample() - in_compose() == OF_MAKE_VM


def test_a_variable_of_the_cluster_is_a_setting_or_in_its_document():
    used = set(re.findall(r"QLINES_[A-Z_]*[A-Z]", without_comments(CLUSTER.read_text())))
    settings = {f"QLINES_{setting.name}" for setting in (*APP_SETTINGS, *PROXY_SETTINGS)}
    files = {f"{name}_FILE" for name in settings}
    document = (ROOT / "deploy" / "cluster" / "README.md").read_text()

    assert used - settings - files == set(re.findall(r"QLINES_CLUSTER_[A-Z_]*[A-Z]", document))


def test_the_sample_says_why_above_each_variable():
    lines = SAMPLE.splitlines()
    assigns = re.compile(r"^#? ?[A-Z_]+=")
    bare = [
        line
        for before, line in pairwise(lines)
        if assigns.match(line) and not before.startswith("#") and not assigns.match(before)
    ]

    assert bare == []


def test_the_app_gets_all_its_settings():
    wanted = {f"QLINES_{setting.name}" for setting in APP_SETTINGS} - FIXED

    assert wanted - passed_to("app") == set()


def test_the_proxy_gets_all_its_settings():
    wanted = {f"QLINES_{setting.name}" for setting in PROXY_SETTINGS} - FIXED

    assert wanted - passed_to("proxy") == set()


def test_the_blog_gets_all_its_settings():
    wanted = {f"QLINES_{setting.name}" for setting in BLOG_SETTINGS}

    assert wanted - passed_to("blog") == set()


@pytest.mark.parametrize("service", ["app", "proxy", "blog"])
def test_every_container_is_hardened_and_bounded(service):
    text = block(service)

    assert "<<: *hardened" in text
    assert "healthcheck:" in text
    assert "stop_grace_period:" in text
    hardened = re.search(r"^x-hardened.*?(?=^services)", COMPOSE, re.MULTILINE | re.DOTALL)[0]
    for line in ("read_only: true", "cap_drop: [ALL]", "no-new-privileges", "max-size",
                 "restart: unless-stopped"):  # fmt: skip
        assert line in hardened


def test_the_blog_is_on_a_network_without_the_app():
    assert "networks: [blog]" in block("blog")
    assert "networks: [app]" in block("app")
    assert "ports:" not in block("blog")


@pytest.mark.parametrize("part", ["proxy", "blog"])
def test_the_app_may_only_read_the_volumes_that_it_backs_up(part):
    assert re.findall(rf"- {part}-data:(.*)", block("app")) == [f"/sources/{part}:ro"]


@pytest.mark.parametrize("service", ["proxy", "blog"])
def test_neither_proxy_nor_blog_can_starve_the_app(service):
    assert "mem_limit:" in block(service)


def test_a_container_gets_more_time_to_stop_than_its_programs_take():
    for service, folder in (("app", "appliance"), ("proxy", "proxy"), ("blog", "blog")):
        conf = (ROOT / folder / "supervisord.conf").read_text()
        waits = sum(
            int(number) for number in re.findall(r"^stopwaitsecs=(\d+)", conf, re.MULTILINE)
        )
        grace = int(re.search(r"stop_grace_period: (\d+)s", block(service))[1])
        assert grace >= waits, service


def test_the_virtual_address_gets_two_capabilities_and_no_other_privilege():
    text = without_comments((ROOT / "docker-compose.virtual-address.yml").read_text())

    assert "cap_drop: [ALL]" in text
    assert "cap_add: [NET_ADMIN, NET_RAW]" in text
    for line in ("read_only: true", "no-new-privileges", "max-size", "mem_limit:",
                 "restart: unless-stopped", "healthcheck:", "stop_grace_period:"):  # fmt: skip
        assert line in text
    assert "privileged" not in text.replace("no-new-privileges", "")
    assert "volumes:" not in text


def test_the_virtual_address_gets_all_its_settings():
    text = (ROOT / "docker-compose.virtual-address.yml").read_text()
    passed = set(re.findall(r"^      (QLINES_[A-Z_]*[A-Z]):$", text, re.MULTILINE))

    assert passed == {f"QLINES_{setting.name}" for setting in ADDRESS_SETTINGS}
