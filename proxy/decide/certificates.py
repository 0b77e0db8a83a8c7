"""Which domain needs what from the authority now; pure."""

from enum import Enum
from typing import NamedTuple

from proxy.attempts import ELSEWHERE, REFUSED, Attempt
from proxy.certificate import Certificate
from proxy.decide import moments
from proxy.settings import Domain, Settings


class Step(Enum):
    """What to do for a domain."""

    NOTHING = "nothing"
    ASK = "ask for a certificate"
    RENEW = "let certbot renew it if it is time"


class Due(NamedTuple):
    """A step and the sentence that says why."""

    step: Step
    why: str


def due(
    domain: Domain,
    certificate: Certificate | None,
    last: Attempt | None,
    settings: Settings,
    now: float,
    *,
    renewal_moment: bool,
) -> Due:
    """Decide on one domain.

    1. What no authority can know, or may be asked for, is left alone.
    2. After a failure the wait of ``moments`` has to pass first.
    3. Without a certificate, or with another authority's, one is asked for.
    4. Twice a day certbot looks whether it is time to renew.
    """
    reason = never(domain, settings)
    if reason:
        return Due(Step.NOTHING, reason)
    is_other = certificate is not None and is_from_elsewhere(last, settings)
    if certificate is None or is_other:
        wait_seconds = next_try(last) - now
        if wait_seconds > 0:
            return Due(Step.NOTHING, f"tries again in {round(wait_seconds)} s")
        return Due(Step.ASK, "its certificate is another authority's" if is_other else "has none")
    if renewal_moment:
        return Due(Step.RENEW, "twice a day")
    return Due(Step.NOTHING, "has one")


def never(domain: Domain, settings: Settings) -> str:
    """Return why nobody is asked for this domain's certificate, or "" when somebody is."""
    if domain.is_local:
        return "no authority knows localhost: a self-made certificate is served"
    if not settings.acme_email:
        return "QLINES_ACME_EMAIL is not set: no certificate is asked for"
    return ""


def is_from_elsewhere(last: Attempt | None, settings: Settings) -> bool:
    """Tell whether the setting names another authority than the certificate's.

    A certificate that the operator put there has no record and is left alone.
    """
    return bool(last and last.server and last.server != settings.acme_server)


def next_try(last: Attempt | None) -> float:
    """Return when to try again to get a first certificate."""
    if last is None:
        return 0
    if last.outcome == ELSEWHERE:
        return last.at + moments.wait_after_looks(last.failures)
    if last.outcome == REFUSED:
        return last.at + moments.wait_after_refusals(last.failures)
    return 0


def names_to_ask(domain: Domain, answering: dict[str, str]) -> tuple[str, ...]:
    """Return the names for a certificate: those that lead here, none unless the domain itself does.

    *answering* maps each name to "" when it leads here, else to why not.
    """
    if answering[domain.name]:
        return ()
    return tuple(name for name in domain.names if not answering[name])
