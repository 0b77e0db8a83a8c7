"""Decide which domain needs a certificate or a renewal now; pure."""

from enum import Enum
from typing import NamedTuple

from proxy.acme_attempts import ELSEWHERE, REFUSED, Attempt
from proxy.certificate import Certificate
from proxy.decide import schedule
from proxy.settings import Domain, Settings

ELSEWHERE_ORDERED = "the active VM of the pair orders certificates"


class Step(Enum):
    """What to do for a domain."""

    NOTHING = "nothing"
    ORDER = "order a certificate"
    RENEW = "let certbot renew it if it is due"


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
    is_renewal_due: bool,
    is_ordered_elsewhere: bool = False,
) -> Due:
    """Decide on one domain.

    1. Of two VMs only the active one orders: the other one copies what it has (ha).
    2. Nothing is ordered for a domain that no authority certifies, or without an e-mail address.
    3. After a failure the back-off of ``schedule`` has to pass first.
    4. Without a certificate, or with another authority's, one is ordered.
    5. Twice a day certbot checks whether a renewal is due.
    """
    reason = never(domain, settings) or (ELSEWHERE_ORDERED if is_ordered_elsewhere else "")
    if reason:
        return Due(Step.NOTHING, reason)
    is_other = certificate is not None and is_of_other_authority(last, settings)
    if certificate is None or is_other:
        wait_seconds = next_try(last) - now
        if wait_seconds > 0:
            return Due(Step.NOTHING, f"retrying in {round(wait_seconds)} s")
        return Due(Step.ORDER, "its certificate is another authority's" if is_other else "has none")
    if is_renewal_due:
        return Due(Step.RENEW, "twice a day")
    return Due(Step.NOTHING, "has one")


def never(domain: Domain, settings: Settings) -> str:
    """Return why no certificate is ordered for this domain, or ""."""
    if domain.is_local:
        return "no authority certifies localhost: a self-signed certificate is served"
    if not settings.acme_email:
        return "QLINES_ACME_EMAIL is not set: no certificate is ordered"
    return ""


def is_of_other_authority(last: Attempt | None, settings: Settings) -> bool:
    """Return whether the setting names another authority than the certificate's.

    A certificate that the operator put there has no attempt on record and is left alone.
    """
    return bool(last and last.server and last.server != settings.acme_server)


def next_try(last: Attempt | None) -> float:
    """Return when to order a first certificate again, in seconds since 1970; 0 for now."""
    if last is None:
        return 0
    if last.outcome == ELSEWHERE:
        return last.at + schedule.wait_after_checks(last.failures)
    if last.outcome == REFUSED:
        return last.at + schedule.wait_after_refusals(last.failures)
    return 0


def names_to_order(domain: Domain, answering: dict[str, str]) -> tuple[str, ...]:
    """Return the names that lead here; empty unless the domain itself does.

    *answering* maps each name to "" when it leads here, otherwise to the reason.
    """
    if answering[domain.name]:
        return ()
    return tuple(name for name in domain.names if not answering[name])
