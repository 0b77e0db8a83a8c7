import json

import pytest

from proxy.controller.pairing import Pairing
from proxy.link import Link
from tests.harness.twin_proxies import Authority

AUTHORITY = Authority()
DOCUMENT = {"version": 1, "side": "a", "part": "proxy", "peers": {"b": "vm-b:7443"}}


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "twin"
    made.mkdir()
    (made / "ca.pem").write_text(AUTHORITY.pem)
    (made / "link.pem").write_text(AUTHORITY.issue("proxy.a.twin"))
    return made


def write(folder, **fields):
    (folder / "twin.json").write_text(json.dumps(DOCUMENT | fields))


def test_without_the_file_there_is_no_link_and_no_problem(tmp_path):
    pairing = Pairing(tmp_path)

    assert pairing.link() is None
    assert pairing.problem == ""


def test_a_pairing_is_a_link_to_the_other_proxy(tmp_path, folder):
    write(folder)
    pairing = Pairing(tmp_path)

    link = pairing.link()

    assert link == Link("a", "proxy.a.twin", "proxy.b.twin", "vm-b", 7443, str(folder), link.mark)
    assert pairing.link() is link


def test_an_ipv6_address_loses_its_brackets(tmp_path, folder):
    write(folder, peers={"b": "[fd00::2]:7443"})

    assert Pairing(tmp_path).link().host == "fd00::2"


def test_a_renewed_certificate_changes_the_mark(tmp_path, folder):
    write(folder)
    pairing = Pairing(tmp_path)
    before = pairing.link()

    (folder / "link.pem").write_text(AUTHORITY.issue("proxy.a.twin") + "\n")

    assert pairing.link().mark != before.mark


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda folder: (folder / "twin.json").write_text("{"), "must be written by"),
        (lambda folder: write(folder, peers={}), "'b'"),
        (lambda folder: (folder / "link.pem").write_text("x"), "holds no certificate with its key"),
        (lambda folder: (folder / "ca.pem").unlink(), "holds no certificate"),
    ],
)
def test_a_pairing_that_cannot_be_used_is_a_problem_and_no_link(tmp_path, folder, spoil, reason):
    write(folder)
    pairing = Pairing(tmp_path)
    assert pairing.link()

    spoil(folder)

    assert pairing.link() is None
    assert pairing.problem.startswith("the pairing with the other VM cannot be used")
    assert reason in pairing.problem
