"""Look into certificates and make the placeholder, by the openssl command."""

import ssl
import subprocess
from pathlib import Path

from proxy.certificate import Certificate
from proxy.errors import CertificateError

OPENSSL = "/usr/bin/openssl"
PLACEHOLDER_DAYS = 3650
FIELDS = ("-noout", "-serial", "-dates", "-issuer", "-subject", "-nameopt", "RFC2253")


def read(file: Path) -> Certificate:
    """Return what a file's first certificate says; raises CertificateError."""
    return parse(_run("x509", "-in", str(file), *FIELDS, "-ocsp_uri", "-ext", "subjectAltName"))


def read_der(der: bytes) -> Certificate:
    """Return what a certificate says that came over TLS; raises CertificateError."""
    fields = (*FIELDS, "-ocsp_uri", "-ext", "subjectAltName")
    return parse(_run("x509", "-inform", "DER", *fields, given=der))


def parse(text: str) -> Certificate:
    """Read openssl's lines."""
    found: dict[str, str] = {}
    names: tuple[str, ...] = ()
    has_ocsp = False
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if line.strip().startswith("DNS:"):
            names = tuple(part.strip().removeprefix("DNS:") for part in line.split(","))
        elif line.startswith(("http://", "https://")):
            has_ocsp = True
        elif equals:
            found[key.strip()] = value.strip()
    try:
        return Certificate(
            serial=found["serial"],
            names=names,
            not_before=ssl.cert_time_to_seconds(found["notBefore"]),
            not_after=ssl.cert_time_to_seconds(found["notAfter"]),
            issuer=found["issuer"],
            subject=found["subject"],
            has_ocsp=has_ocsp,
        )
    except (KeyError, ValueError) as error:
        raise CertificateError(f"openssl tells nothing of {error}: {text[:200]!r}") from None


def check_pair(file: Path) -> None:
    """Raise CertificateError unless the file holds a certificate and its own key."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(file)
    except (OSError, ssl.SSLError) as error:
        raise CertificateError(f"{file} holds no certificate with its key: {error}") from None


def make_placeholder(file: Path, names: tuple[str, ...]) -> None:
    """Write a self-signed certificate and its key into one file."""
    key, certificate = file.with_suffix(".key"), file.with_suffix(".crt")
    try:
        _run(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc",
            "-days", str(PLACEHOLDER_DAYS), "-subj", f"/O=QLines placeholder/CN={names[0][:64]}",
            "-addext", "subjectAltName=" + ",".join(f"DNS:{name}" for name in names),
            "-keyout", str(key), "-out", str(certificate),
        )  # fmt: skip
        write_private(file, key.read_text() + certificate.read_text())
    finally:
        key.unlink(missing_ok=True)
        certificate.unlink(missing_ok=True)


def write_private(file: Path, text: str) -> None:
    """Replace a file at once; nobody but its owner may read it at any moment."""
    unfinished = file.with_name(f".{file.name}.new")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_text(text)
    unfinished.replace(file)


def _run(*arguments: str, given: bytes | None = None) -> str:
    command = [OPENSSL, *arguments]
    result = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command, input=given, capture_output=True, timeout=30, check=False
    )
    if result.returncode:
        why = result.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise CertificateError(f"openssl {arguments[0]} failed: {why}")
    return result.stdout.decode(errors="replace")
