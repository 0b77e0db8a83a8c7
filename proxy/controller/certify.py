"""Get certificates and keep them fresh."""

import logging
import random
import time
from collections.abc import Callable

from proxy.act import answering, certbot, openssl, state
from proxy.attempts import ELSEWHERE, ISSUED, NOT_DUE, REFUSED, RENEWED, Attempt, State, follow
from proxy.controller.certificates import Certificates, deploy
from proxy.decide import certificates as decide
from proxy.decide import moments
from proxy.decide.certificates import Step
from proxy.errors import CertificateError
from proxy.files import Files
from proxy.settings import Domain, Settings

log = logging.getLogger(__name__)

EVERY_SECONDS = 2.0


class Certify:
    """The loop, and what `qlines-proxy renew` does by hand."""

    def __init__(
        self,
        settings: Settings,
        files: Files,
        certificates: Certificates,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings = settings
        self._files = files
        self._certificates = certificates
        self._now = now

    def run(self) -> None:
        """Look again and again."""
        while True:
            try:
                self.turn()
            except OSError:
                log.exception("could not look after the certificates")
            time.sleep(EVERY_SECONDS)

    def turn(self) -> None:
        """Do what is due now."""
        is_moment = self._is_renewal_moment()
        for domain in self._settings.domains:
            self.look_after(domain, renewal_moment=is_moment)

    def look_after(self, domain: Domain, *, renewal_moment: bool) -> None:
        """Do what is due for one domain."""
        due = decide.due(
            domain,
            self._certificates.of(domain.name),
            state.load(self._files.state).attempts.get(domain.name),
            self._settings,
            self._now(),
            renewal_moment=renewal_moment,
        )
        if due.step is Step.ASK:
            self.ask(domain)
        elif due.step is Step.RENEW and self.has_lineage(domain):
            self.renew(domain)

    def has_lineage(self, domain: Domain) -> bool:
        """Tell whether certbot knows it; the operator may have put another one there."""
        return (self._files.lineage(domain.name) / "fullchain.pem").exists()

    def ask(self, domain: Domain) -> Attempt:
        """Ask for a certificate with the names that lead here."""
        with certbot.alone(self._files.run):
            server = self._settings.acme_server
            reasons = {name: self._why_not(name) for name in domain.names}
            names = decide.names_to_ask(domain, reasons)
            if not names:
                return self._note(domain, ELSEWHERE, reasons[domain.name])
            if self._has_fresh_lineage(domain):
                deploy(self._files, domain.name)
                return self._note(domain, ISSUED, "certbot had it already", server)
            log.info("asks %s for a certificate for %s", server, ", ".join(names))
            before = self._serial(domain)
            outcome = certbot.ask(self._settings, domain.name, names)
            if outcome.is_ok and self._serial(domain) != before:
                return self._note(
                    domain, ISSUED, f"a certificate for {', '.join(names)} came", server
                )
            return self._note(domain, REFUSED, outcome.sentence or "the certificate did not arrive")

    def renew(self, domain: Domain, *, force: bool = False) -> Attempt:
        """Let certbot renew if it is time; a name that leads here by now is added."""
        certificate = self._certificates.of(domain.name)
        missing = set(domain.names) - set(certificate.names if certificate else ())
        if missing and not any(self._why_not(name) for name in domain.names):
            return self.ask(domain)
        with certbot.alone(self._files.run):
            before = self._serial(domain)
            outcome = certbot.renew(self._settings, domain.name, force=force)
            if not outcome.is_ok:
                return self._note(domain, REFUSED, outcome.sentence)
            if self._serial(domain) == before:
                return self._note(domain, NOT_DUE, "it is not time yet")
            last = state.load(self._files.state).attempts.get(domain.name)
            server = last.server if last else self._settings.acme_server
            return self._note(domain, RENEWED, "a new certificate came", server)

    def _has_fresh_lineage(self, domain: Domain) -> bool:
        """Tell whether a good certificate was fetched and never deployed: a crash in between."""
        if self._certificates.of(domain.name) is not None or not self.has_lineage(domain):
            return False
        try:
            fetched = openssl.read(self._files.lineage(domain.name) / "fullchain.pem")
        except CertificateError:
            return False
        return fetched.not_after > self._now()

    def _why_not(self, name: str) -> str:
        if not self._settings.acme_check:
            return ""
        return answering.why_not(name, self._settings.acme_http_port, self._files.webroot)

    def _serial(self, domain: Domain) -> str:
        certificate = self._certificates.of(domain.name)
        return certificate.serial if certificate else ""

    def _note(self, domain: Domain, outcome: str, sentence: str, server: str = "") -> Attempt:
        known = state.load(self._files.state)
        attempt = follow(known.attempts.get(domain.name), self._now(), outcome, sentence, server)
        state.save(
            self._files.state, known._replace(attempts={**known.attempts, domain.name: attempt})
        )
        if attempt.failures < 2:
            log.info("%s is %s: %s", domain.name, outcome, sentence)
        return attempt

    def _is_renewal_moment(self) -> bool:
        """Tell whether it has come, and choose the next one; it outlives restarts."""
        with certbot.alone(self._files.run):
            known, now = state.load(self._files.state), self._now()
            moment = known.next_renewal_at
            if moment is not None and now < moment:
                return False
            following = moments.next_renewal(now, random.SystemRandom().randrange)
            state.save(self._files.state, State(following, known.attempts))
            return moment is not None
