import subprocess

import pytest

from proxy.act import nginx

TEXTS = {"nginx.conf": "good", "generation.conf": "1"}


@pytest.fixture
def tested(monkeypatch):
    """Replace nginx's own test: it refuses what says bad."""

    def run(command, **_options):
        with open(command[-1]) as file:
            bad = "bad" in file.read()
        said = "2026/11/24 [emerg] 7#7: unknown directive\nnginx: configuration file failed\n"
        return subprocess.CompletedProcess(command, int(bad), "", said if bad else "")

    monkeypatch.setattr(subprocess, "run", run)


@pytest.mark.usefixtures("tested")
def test_a_valid_candidate_becomes_the_current_one(tmp_path):
    made = nginx.Nginx(tmp_path)

    assert made.refusal(TEXTS) == ""
    made.switch()

    current = tmp_path / "nginx" / "current"
    assert (current / "nginx.conf").read_text() == "good"
    assert made.refusal(TEXTS | {"generation.conf": "2"}) == ""
    assert (current / "generation.conf").read_text() == "1", "a candidate stands beside it"
    made.switch()
    assert (current / "generation.conf").read_text() == "2"


@pytest.mark.usefixtures("tested")
def test_a_bad_candidate_is_refused_with_nginx_s_reason_and_removed(tmp_path):
    made = nginx.Nginx(tmp_path)
    made.refusal(TEXTS)
    made.switch()

    assert made.refusal({"nginx.conf": "bad"}) == "7#7: unknown directive"

    folder = tmp_path / "nginx"
    assert (folder / "current" / "nginx.conf").read_text() == "good"
    assert sorted(one.name for one in folder.iterdir()) == ["candidate-0", "current"]


def test_nothing_is_reloaded_while_nginx_does_not_run(tmp_path):
    assert nginx.Nginx(tmp_path).reload("abc") is False


def test_the_reason_is_nginx_s_first_complaint():
    assert nginx.reason("[warn] x\n[emerg] 1#1: first\n[emerg] 1#1: second") == "1#1: first"
    assert nginx.reason("") == "nginx -t failed and did not say why"


@pytest.mark.usefixtures("tested")
def test_the_nginx_of_the_link_is_tested_too(tmp_path):
    made = nginx.Nginx(tmp_path)

    assert made.refusal(TEXTS | {"link-nginx.conf": "bad"}) == "7#7: unknown directive"


@pytest.mark.usefixtures("tested")
def test_the_nginx_of_the_link_is_reloaded_only_when_its_own_part_changes(tmp_path, monkeypatch):
    signals = []
    monkeypatch.setattr("os.kill", lambda pid, _signal: signals.append(pid))
    (tmp_path / "link.pid").write_text("77\n")
    made = nginx.Nginx(tmp_path)
    link = {"link-nginx.conf": "good", "link-stream.conf": "1"}

    for texts in (TEXTS | link, TEXTS | link | {"generation.conf": "2"}):
        made.refusal(texts)
        made.switch()
    assert signals == [77]
    made.refusal(TEXTS | link | {"link-stream.conf": "2"})
    made.switch()
    assert signals == [77, 77]
