"""The certificate files of each domain, and which of them nginx serves."""

import logging
from pathlib import Path

from proxy.act import x509
from proxy.certificate import Certificate
from proxy.decide.nginx import Site
from proxy.errors import CertificateError
from proxy.files import Files
from proxy.settings import Domain

log = logging.getLogger(__name__)

MIN_PLACEHOLDER_DAYS = 30


class Certificates:
    """The files' facts; each file is read again only after it changed."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[str, tuple[str, Certificate | None]] = {}

    def of(self, domain: str) -> Certificate | None:
        """Return the authority's certificate of a domain, None without a readable one."""
        file = self._files.certificate(domain)
        try:
            mark = _mark(file)
        except OSError:
            return None
        if self._known.get(domain, ("",))[0] != mark:
            self._known[domain] = (mark, self._read(domain))
        return self._known[domain][1]

    def _read(self, domain: str) -> Certificate | None:
        file = self._files.certificate(domain)
        try:
            return x509.read(file)
        except CertificateError as error:
            log.warning("%s: %s", file, error)
            return None

    def site(self, domain: Domain, *, only_valid: bool = False) -> Site:
        """Return what nginx is to serve for a domain.

        A file that exists is meant to be served: when it is broken, nginx's own test refuses the
        new configuration and the old one stays. *only_valid* is for a start, which has no old one.
        """
        file = self._files.certificate(domain.name)
        certificate = self.of(domain.name)
        if not file.exists() or (only_valid and not self._is_valid(domain)):
            placeholder = self._files.placeholder(domain.name)
            return Site(domain, str(placeholder), _mark(placeholder), True, False)
        has_ocsp = certificate is not None and certificate.has_ocsp
        return Site(domain, str(file), _mark(file), False, has_ocsp)

    def _is_valid(self, domain: Domain) -> bool:
        try:
            x509.check_pair(self._files.certificate(domain.name))
        except CertificateError as error:
            log.error("%s: serving the placeholder: %s", domain.name, error)  # noqa: TRY400 - the sentence has the cause
            return False
        return True

    def make_placeholder(self, domain: Domain, now: float) -> None:
        """Make a placeholder unless there is one with the same names that is valid long enough."""
        file = self._files.placeholder(domain.name)
        if not _is_good_placeholder(file, domain, now):
            x509.make_placeholder(file, domain.names)
            log.info("made a placeholder certificate for %s", ", ".join(domain.names))


def _is_good_placeholder(file: Path, domain: Domain, now: float) -> bool:
    try:
        placeholder = x509.read(file)
    except CertificateError:
        return False
    return placeholder.names == domain.names and placeholder.days_left(now) > MIN_PLACEHOLDER_DAYS


def deploy(files: Files, domain: str) -> None:
    """Write certbot's newest certificate and its key into the one file that nginx reads."""
    lineage, file = files.lineage(domain), files.certificate(domain)
    text = (lineage / "privkey.pem").read_text() + (lineage / "fullchain.pem").read_text()
    x509.write_private(file, text)


def _mark(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"
