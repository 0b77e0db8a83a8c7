"""The certificate files of each domain, and which of them nginx shows."""

import logging
from pathlib import Path

from proxy.act import openssl
from proxy.certificate import Certificate
from proxy.decide.nginx import Site
from proxy.errors import CertificateError
from proxy.files import Files
from proxy.settings import Domain

log = logging.getLogger(__name__)

PLACEHOLDER_LEFT_DAYS = 30


class Certificates:
    """What the files say; each is looked into again only when it has changed."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._known: dict[str, tuple[str, Certificate | None]] = {}

    def of(self, domain: str) -> Certificate | None:
        """Return the certificate of an authority, None when there is none or it cannot be read."""
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
            return openssl.read(file)
        except CertificateError as error:
            log.warning("%s: %s", file, error)
            return None

    def site(self, domain: Domain, *, only_sound: bool = False) -> Site:
        """Return what nginx shows for a domain.

        A file that is there is meant to be shown: when it is broken, nginx's own test refuses the
        whole and the old configuration goes on. *only_sound* is for a start, which has no old one.
        """
        file = self._files.certificate(domain.name)
        certificate = self.of(domain.name)
        if not file.exists() or (only_sound and not self._is_sound(domain)):
            placeholder = self._files.placeholder(domain.name)
            return Site(domain, str(placeholder), _mark(placeholder), True, False)
        has_ocsp = certificate is not None and certificate.has_ocsp
        return Site(domain, str(file), _mark(file), False, has_ocsp)

    def _is_sound(self, domain: Domain) -> bool:
        try:
            openssl.check_pair(self._files.certificate(domain.name))
        except CertificateError as error:
            log.error("%s shows its placeholder: %s", domain.name, error)  # noqa: TRY400 - the sentence is all
            return False
        return True

    def make_placeholder(self, domain: Domain, now: float) -> None:
        """Make the self-made certificate unless there is one that names the same and lasts."""
        file = self._files.placeholder(domain.name)
        try:
            made = openssl.read(file)
        except CertificateError:
            made = None
        if made and made.names == domain.names and made.days_left(now) > PLACEHOLDER_LEFT_DAYS:
            return
        openssl.make_placeholder(file, domain.names)
        log.info("made a placeholder certificate for %s", ", ".join(domain.names))


def deploy(files: Files, domain: str) -> None:
    """Put certbot's newest certificate and its key into the one file that nginx reads, at once."""
    lineage, file = files.lineage(domain), files.certificate(domain)
    text = (lineage / "privkey.pem").read_text() + (lineage / "fullchain.pem").read_text()
    openssl.write_private(file, text)


def _mark(file: Path) -> str:
    stat = file.stat()
    return f"{stat.st_mtime_ns}-{stat.st_size}"
