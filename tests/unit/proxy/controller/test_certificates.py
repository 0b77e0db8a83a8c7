import stat

import pytest

from proxy.controller.certificates import Certificates, deploy
from proxy.files import Files
from proxy.settings import Domain

NOW = 1_800_000_000.0
ONE = Domain("one.example", ("one.example", "www.one.example"), "app")


@pytest.fixture
def files(tmp_path):
    made = Files(tmp_path / "data", tmp_path / "run")
    made.data.mkdir()
    made.make_folders()
    return made


def test_the_placeholder_is_served_until_there_is_a_certificate(files):
    certificates = Certificates(files)
    certificates.make_placeholder(ONE, NOW)

    shown = certificates.site(ONE)

    assert shown.is_placeholder
    assert shown.pem == str(files.placeholder("one.example"))
    assert certificates.of("one.example") is None


def test_a_placeholder_is_made_once_and_again_when_the_names_change(files):
    certificates = Certificates(files)
    certificates.make_placeholder(ONE, 0)
    first = files.placeholder("one.example").read_text()

    certificates.make_placeholder(ONE, 0)
    assert files.placeholder("one.example").read_text() == first
    certificates.make_placeholder(ONE._replace(names=("one.example",)), 0)
    assert files.placeholder("one.example").read_text() != first


def test_what_certbot_got_is_one_file_that_only_its_owner_may_read(files):
    certificates = Certificates(files)
    certificates.make_placeholder(ONE, NOW)
    lineage = files.lineage("one.example")
    lineage.mkdir(parents=True)
    both = files.placeholder("one.example").read_text()
    key, mark, certificate = both.partition("-----BEGIN CERTIFICATE-----")
    (lineage / "privkey.pem").write_text(key)
    (lineage / "fullchain.pem").write_text(mark + certificate)

    deploy(files, "one.example")

    file = files.certificate("one.example")
    assert file.read_text() == both
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert certificates.site(ONE).pem == str(file)
    assert certificates.of("one.example").names == ONE.names


def test_a_broken_file_is_meant_to_be_shown_except_at_a_start(files):
    certificates = Certificates(files)
    certificates.make_placeholder(ONE, NOW)
    files.certificate("one.example").write_text("broken")

    assert not certificates.site(ONE).is_placeholder, (
        "nginx's own test refuses it and keeps the old"
    )
    assert certificates.site(ONE, only_valid=True).is_placeholder
