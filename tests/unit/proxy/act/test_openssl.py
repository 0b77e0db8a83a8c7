import shutil
import stat

import pytest

from proxy.act import openssl
from proxy.errors import CertificateError

SAID = """serial=4A3F
notBefore=Nov 24 08:00:00 2026 GMT
notAfter=Feb 22 08:00:00 2027 GMT
issuer=CN=R11,O=Let's Encrypt,C=US
subject=CN=one.example
http://ocsp.example
X509v3 Subject Alternative Name:
    DNS:one.example, DNS:www.one.example
"""


def test_openssl_s_lines_are_read():
    found = openssl.parse(SAID)

    assert found.serial == "4A3F"
    assert found.names == ("one.example", "www.one.example")
    assert found.not_after - found.not_before == 90 * 86400
    assert found.has_ocsp
    assert not found.is_self_signed
    assert found.days_left(found.not_after - 3 * 86400) == 3.0


def test_lines_without_the_facts_are_an_error():
    with pytest.raises(CertificateError, match="notAfter"):
        openssl.parse("serial=1\nnotBefore=Nov 24 08:00:00 2026 GMT\n")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="there is no openssl here")
def test_the_placeholder_names_all_and_only_its_owner_may_read_it(tmp_path, monkeypatch):
    monkeypatch.setattr(openssl, "OPENSSL", shutil.which("openssl"))
    file = tmp_path / "one.example.pem"

    openssl.make_placeholder(file, ("one.example", "www.one.example"))

    found = openssl.read(file)
    assert set(found.names) == {"one.example", "www.one.example"}
    assert found.is_self_signed
    assert not found.has_ocsp
    openssl.check_pair(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == [file.name]


def test_a_file_without_a_certificate_is_an_error(tmp_path):
    file = tmp_path / "bad.pem"
    file.write_text("no certificate")

    with pytest.raises(CertificateError, match=r"bad\.pem holds no certificate"):
        openssl.check_pair(file)
