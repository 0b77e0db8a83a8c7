"""Order certificates and renew them."""

import logging
import random
import time
from collections.abc import Callable

from proxy.acme_attempts import (
    ELSEWHERE,
    ISSUED,
    NOT_DUE,
    REFUSED,
    RENEWED,
    Attempt,
    State,
    after_attempt,
)
from proxy.act import certbot, domain_check, state, x509
from proxy.controller.certificates import Certificates, deploy
from proxy.decide import certificates as decide
from proxy.decide import schedule
from proxy.decide.certificates import Step
from proxy.errors import CertificateError
from proxy.files import Files
from proxy.settings import Domain, Settings

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0


class CertificateManager:
    """The loop, and the steps that `qlines-proxy renew` runs by hand."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        certificates: Certificates,
        now: Callable[[], float] = time.time,
        is_ordered_elsewhere: Callable[[], bool] = lambda: False,
    ) -> None:
        self._settings = settings
        self._files = files
        self._certificates = certificates
        self._now = now
        self._is_ordered_elsewhere = is_ordered_elsewhere

    def run(self) -> None:
        """Run until the process ends; a failed iteration is logged and repeated."""
        while True:
            try:
                self.run_once()
            except OSError:
                log.exception("could not manage the certificates")
            time.sleep(EVERY_SECONDS)

    def run_once(self) -> None:
        """Order or renew what is due now."""
        is_renewal_due = self._is_renewal_due()
        for domain in self._settings.domains:
            self.run_due(domain, is_renewal_due=is_renewal_due)

    def run_due(self, domain: Domain, *, is_renewal_due: bool) -> None:
        """Order or renew one domain's certificate if it is due."""
        due = decide.due(
            domain,
            self._certificates.of(domain.name),
            state.load(self._files.state).attempts.get(domain.name),
            self._settings,
            self._now(),
            is_renewal_due=is_renewal_due,
            is_ordered_elsewhere=self._is_ordered_elsewhere(),
        )
        if due.step is Step.ORDER:
            self.order(domain)
        elif due.step is Step.RENEW and self.has_lineage(domain):
            self.renew(domain)

    def has_lineage(self, domain: Domain) -> bool:
        """Return whether certbot issued it; the operator may have put another file there."""
        return (self._files.lineage(domain.name) / "fullchain.pem").exists()

    def order(self, domain: Domain) -> Attempt:
        """Order a certificate with the names that lead here."""
        with certbot.exclusive(self._files.run):
            server = self._settings.acme_server
            reasons = {name: self._domain_problem(name) for name in domain.names}
            names = decide.names_to_order(domain, reasons)
            if not names:
                return self._note(domain, ELSEWHERE, reasons[domain.name])
            if self._has_fresh_lineage(domain):
                deploy(self._files, domain.name)
                return self._note(domain, ISSUED, "certbot had issued it already", server)
            log.info("ordering a certificate from %s for %s", server, ", ".join(names))
            before = self._serial(domain)
            outcome = certbot.order(self._settings, domain.name, names)
            if outcome.is_ok and self._serial(domain) != before:
                return self._note(
                    domain, ISSUED, f"received a certificate for {', '.join(names)}", server
                )
            return self._note(domain, REFUSED, outcome.sentence or "the certificate did not arrive")

    def renew(self, domain: Domain, *, force: bool = False) -> Attempt:
        """Renew if it is due; names that lead here by now are added."""
        certificate = self._certificates.of(domain.name)
        missing = set(domain.names) - set(certificate.names if certificate else ())
        if missing and not any(self._domain_problem(name) for name in domain.names):
            return self.order(domain)
        with certbot.exclusive(self._files.run):
            before = self._serial(domain)
            outcome = certbot.renew(self._settings, domain.name, force=force)
            if not outcome.is_ok:
                return self._note(domain, REFUSED, outcome.sentence)
            if self._serial(domain) == before:
                return self._note(domain, NOT_DUE, "not due yet")
            last = state.load(self._files.state).attempts.get(domain.name)
            server = last.server if last else self._settings.acme_server
            return self._note(domain, RENEWED, "received a new certificate", server)

    def _has_fresh_lineage(self, domain: Domain) -> bool:
        """Return whether certbot has a valid certificate that was never deployed, after a crash."""
        if self._certificates.of(domain.name) is not None or not self.has_lineage(domain):
            return False
        try:
            fetched = x509.read(self._files.lineage(domain.name) / "fullchain.pem")
        except CertificateError:
            return False
        return fetched.not_after > self._now()

    def _domain_problem(self, name: str) -> str:
        if not self._settings.acme_check:
            return ""
        return domain_check.problem(name, self._settings.acme_http_port, self._files.webroot)

    def _serial(self, domain: Domain) -> str:
        certificate = self._certificates.of(domain.name)
        return certificate.serial if certificate else ""

    def _note(self, domain: Domain, outcome: str, sentence: str, server: str = "") -> Attempt:
        known = state.load(self._files.state)
        before = known.attempts.get(domain.name)
        attempt = after_attempt(before, self._now(), outcome, sentence, server)
        state.save(
            self._files.state, known._replace(attempts={**known.attempts, domain.name: attempt})
        )
        if attempt.failures < 2:
            log.info("%s is %s: %s", domain.name, outcome, sentence)
        return attempt

    def _is_renewal_due(self) -> bool:
        """Return whether the time came, and schedule the next one; it survives restarts."""
        with certbot.exclusive(self._files.run):
            known, now = state.load(self._files.state), self._now()
            due_at = known.next_renewal_at
            if due_at is not None and now < due_at:
                return False
            next_at = schedule.next_renewal(now, random.SystemRandom().randrange)
            state.save(self._files.state, State(next_at, known.attempts))
            return due_at is not None
