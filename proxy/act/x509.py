"""Read certificates, and make the placeholder, with Python's cryptography."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import AuthorityInformationAccessOID, NameOID

from appliance.shared.files import write_atomically
from proxy.certificate import Certificate
from proxy.errors import CertificateError

PLACEHOLDER_DAYS = 3650
PLACEHOLDER_ORGANIZATION = "QLines placeholder"
MAX_COMMON_NAME_CHARACTERS = 64  # X.520's upper bound
PEM_BEGINS = b"-----BEGIN CERTIFICATE-----"


def read(file: Path) -> Certificate:
    """Return the facts of a file's first certificate; a key before it is skipped.

    Raise CertificateError when there is no file, or no certificate in it.
    """
    try:
        text = file.read_bytes()
        return _facts(x509.load_pem_x509_certificate(text[max(text.find(PEM_BEGINS), 0) :]))
    except (OSError, ValueError) as error:
        raise CertificateError(f"{file} holds no certificate: {error}") from None


def read_der(der: bytes) -> Certificate:
    """Return the facts of a certificate that came over TLS; raise CertificateError."""
    try:
        return _facts(x509.load_der_x509_certificate(der))
    except ValueError as error:
        raise CertificateError(f"not a certificate in DER: {error}") from None


def check_pair(file: Path) -> None:
    """Raise CertificateError unless the file holds a certificate and its own key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(file)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"{file} holds no certificate with its key: {error}") from None


def make_placeholder(file: Path, names: tuple[str, ...]) -> None:
    """Write a self-signed certificate for *names*, with its key, into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _self_signed(key, names, datetime.now(UTC))
    key_text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_private(file, (key_text + certificate.public_bytes(Encoding.PEM)).decode())


def write_private(file: Path, text: str) -> None:
    """Replace a file atomically; only its owner can read it at any moment."""
    write_atomically(file, text, mode=0o600)


def _self_signed(
    key: ec.EllipticCurvePrivateKey, names: tuple[str, ...], now: datetime
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, PLACEHOLDER_ORGANIZATION),
            x509.NameAttribute(NameOID.COMMON_NAME, names[0][:MAX_COMMON_NAME_CHARACTERS]),
        ]
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=PLACEHOLDER_DAYS))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )


def _facts(certificate: x509.Certificate) -> Certificate:
    return Certificate(
        serial=f"{certificate.serial_number:X}",
        names=_dns_names(certificate),
        not_before=certificate.not_valid_before_utc.timestamp(),
        not_after=certificate.not_valid_after_utc.timestamp(),
        issuer=certificate.issuer.rfc4514_string(),
        subject=certificate.subject.rfc4514_string(),
        has_ocsp=_has_ocsp(certificate),
    )


def _dns_names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(extension.value.get_values_for_type(x509.DNSName))


def _has_ocsp(certificate: x509.Certificate) -> bool:
    """Return whether the certificate names an OCSP responder."""
    try:
        extension = certificate.extensions.get_extension_for_class(x509.AuthorityInformationAccess)
    except x509.ExtensionNotFound:
        return False
    return any(
        access.access_method == AuthorityInformationAccessOID.OCSP for access in extension.value
    )
