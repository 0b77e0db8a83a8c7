"""Make the pairing's certificate authority and the certificates of its links, by cryptography."""

from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from appliance.shared import twin
from ha.pairing.errors import PairingError

VALID_DAYS = 3653  # ten years
# Clocks of two VMs may differ.
EARLIER = timedelta(days=1)
ORGANIZATION = "QLines pairing"


class Authority(NamedTuple):
    """A certificate authority as two texts in PEM."""

    certificate: str
    key: str


def make_authority(pairing: str, now: datetime) -> Authority:
    """Return a new authority for the pairing of that id."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _signed(_name(f"QLines pairing {pairing}"), key, now)


def renewed(authority: Authority, now: datetime) -> Authority:
    """Return the authority with a new certificate; raise PairingError for one that is corrupt.

    Its key and its name stay, so a machine with the old certificate accepts what the new one has
    issued, and the other way round: the machines need not renew at the same time.
    """
    certificate, key = _read(authority)
    return _signed(certificate.subject, key, now)


def _signed(name: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime) -> Authority:
    certificate = (
        _builder(name, name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(is_authority=True), critical=True)
        .sign(key, SHA256())
    )
    return Authority(_pem(certificate), _key_pem(key))


def make_link(authority: Authority, name: str, now: datetime) -> str:
    """Return a key and a certificate for *name*, for both ends of a link, as one text in PEM.

    Raise PairingError for an authority that cannot be read.
    """
    issuer, issuer_key = _read(authority)
    key = ec.generate_private_key(ec.SECP256R1())
    names = [x509.DNSName(one) for one in twin.with_services(name)]
    both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _builder(_name(name), issuer.subject, key.public_key(), now)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(both), critical=False)
        .sign(issuer_key, SHA256())
    )
    return _key_pem(key) + _pem(certificate)


def _read(authority: Authority) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate(authority.certificate.encode())
        key = load_pem_private_key(authority.key.encode(), None)
    except ValueError as error:
        raise PairingError(
            f"ca.pem and ca.key of the pairing cannot be read ({error}): `make twin-forget` makes"
            " new ones"
        ) from None
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - EARLIER)
        .not_valid_after(now + timedelta(days=VALID_DAYS))
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_authority,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _pem(certificate: x509.Certificate) -> str:
    return certificate.public_bytes(Encoding.PEM).decode()


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
