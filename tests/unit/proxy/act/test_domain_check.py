import urllib.error
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from proxy.act import domain_check


@pytest.fixture
def web(tmp_path, monkeypatch):
    """Let one machine answer every name with its own files."""

    def fetch(url):
        try:
            return Path(str(tmp_path) + urlsplit(url).path).read_text()
        except OSError:
            raise urllib.error.URLError("404") from None

    monkeypatch.setattr(domain_check, "_fetch", fetch)
    return tmp_path


def test_a_name_that_serves_our_token_leads_here(web):
    assert domain_check.problem("one.example", 80, web) == ""
    assert list((web / domain_check.CHALLENGES).iterdir()) == [], "the token is gone"


def test_a_name_that_another_machine_answers_does_not(web, monkeypatch):
    monkeypatch.setattr(domain_check, "_fetch", lambda url: "welcome")

    assert domain_check.problem("one.example", 80, web) == (
        "http://one.example:80 is answered by another machine"
    )


def test_a_name_without_an_answer_does_not_lead_here(tmp_path, web):
    assert domain_check.problem("one.example", 8080, tmp_path / "other") == (
        "http://one.example:8080 does not lead here: 404"
    )
