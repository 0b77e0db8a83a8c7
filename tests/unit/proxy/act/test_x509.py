import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509 as library
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from proxy.act import x509
from proxy.errors import CertificateError

BEGINS = datetime(2026, 11, 24, 8, tzinfo=UTC)


def name(common_name):
    return library.Name([library.NameAttribute(NameOID.COMMON_NAME, common_name)])


def of_an_authority():
    """Return a certificate of ninety days, as an authority with an OCSP responder issues it."""
    key = ec.generate_private_key(ec.SECP256R1())
    responder = library.AccessDescription(
        AuthorityInformationAccessOID.OCSP,
        library.UniformResourceIdentifier("http://ocsp.example"),
    )
    names = [library.DNSName("one.example"), library.DNSName("www.one.example")]
    return (
        library.CertificateBuilder()
        .subject_name(name("one.example"))
        .issuer_name(name("R11"))
        .public_key(key.public_key())
        .serial_number(0x4A3F)
        .not_valid_before(BEGINS)
        .not_valid_after(BEGINS + timedelta(days=90))
        .add_extension(library.SubjectAlternativeName(names), critical=False)
        .add_extension(library.AuthorityInformationAccess([responder]), critical=False)
        .sign(key, SHA256())
    )


def test_the_facts_of_an_authority_s_certificate_are_read():
    facts = x509.read_der(of_an_authority().public_bytes(Encoding.DER))

    assert facts.serial == "4A3F"
    assert facts.names == ("one.example", "www.one.example")
    assert facts.not_before == BEGINS.timestamp()
    assert facts.not_after - facts.not_before == 90 * 86400
    assert (facts.issuer, facts.subject) == ("CN=R11", "CN=one.example")
    assert facts.has_ocsp
    assert not facts.is_self_signed
    assert facts.days_left(facts.not_after - 3 * 86400) == 3.0


def test_anything_else_that_came_over_tls_is_an_error():
    with pytest.raises(CertificateError, match="not a certificate in DER"):
        x509.read_der(b"no certificate")


def test_the_placeholder_names_all_and_only_its_owner_can_read_it(tmp_path):
    file = tmp_path / "one.example.pem"

    x509.make_placeholder(file, ("one.example", "www.one.example"))

    facts = x509.read(file)
    assert facts.names == ("one.example", "www.one.example")
    assert facts.is_self_signed
    assert not facts.has_ocsp
    x509.check_pair(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == [file.name]


def test_a_domain_longer_than_a_common_name_gets_a_placeholder_too(tmp_path):
    domain = f"{'a' * 60}.{'b' * 60}.example"

    x509.make_placeholder(tmp_path / "long.pem", (domain,))

    assert x509.read(tmp_path / "long.pem").names == (domain,)


def test_a_file_without_a_certificate_is_an_error(tmp_path):
    file = tmp_path / "bad.pem"
    file.write_text("no certificate")

    with pytest.raises(CertificateError, match=r"bad\.pem holds no certificate"):
        x509.check_pair(file)
    with pytest.raises(CertificateError, match=r"bad\.pem holds no certificate"):
        x509.read(file)


def test_a_certificate_with_another_key_is_refused(tmp_path):
    one, other = tmp_path / "one.pem", tmp_path / "other.pem"
    x509.make_placeholder(one, ("one.example",))
    x509.make_placeholder(other, ("one.example",))
    key = one.read_text().partition("-----BEGIN CERTIFICATE-----")[0]
    certificate = other.read_text().partition("-----END PRIVATE KEY-----\n")[2]
    one.write_text(key + certificate)

    with pytest.raises(CertificateError, match="holds no certificate with its key"):
        x509.check_pair(one)
