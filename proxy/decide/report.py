"""What /proxy-health says: everything that was seen in, a document and a status out; pure."""

from typing import Any, NamedTuple

from proxy.attempts import GOOD, State
from proxy.certificate import Certificate
from proxy.decide import certificates
from proxy.settings import Domain, Settings

# Of its whole time: 15 days of a certificate for 90. certbot renews when a third is left.
LATE_PART = 6
STUCK_SECONDS = 120.0


class Seen(NamedTuple):
    """An upstream at one address; *problem* is "" when it is up."""

    kind: str
    host: str
    address: str
    problem: str
    since: float


class Served(NamedTuple):
    """The certificate that nginx shows for a domain, or why none could be seen."""

    domain: Domain
    certificate: Certificate | None
    problem: str


class View(NamedTuple):
    """Everything that was seen."""

    now: float
    settings: Settings
    nginx_answers: bool
    generation: str
    refusal: str
    upstreams_error: str
    changed_at: float | None
    reloads: int
    upstreams: tuple[Seen, ...] | None
    served: tuple[Served, ...]
    state: State


def live(nginx_answers: bool, silent_seconds: float) -> tuple[int, dict[str, Any]]:
    """Answer for Docker: do nginx and the controller themselves work?"""
    if not nginx_answers:
        return 503, {"status": "down", "reason": "nginx does not answer"}
    if silent_seconds > STUCK_SECONDS:
        return 503, {"status": "down", "reason": f"silent for {round(silent_seconds)} s"}
    return 200, {"status": "ok"}


def report(view: View) -> tuple[int, dict[str, Any]]:
    """Answer for the monitor: 503 when visitors do not get the app."""
    grave, slight = _grave(view), _slight(view)
    status = "down" if grave else "degraded" if slight else "ok"
    document = {
        "status": status,
        "problems": grave + slight,
        "nginx": _nginx(view),
        "upstreams": [_upstream(one) for one in view.upstreams or ()],
        "certificates": {one.domain.name: _certificate(one, view) for one in view.served},
        "renewal": _renewal(view),
    }
    return (503 if grave else 200), document


def _grave(view: View) -> list[str]:
    if not view.nginx_answers:
        return ["nginx does not answer"]
    problems = []
    if _is_app_away(view):
        reasons = [one.problem for one in view.upstreams or () if one.kind == "app"]
        problems.append(f"the app is away: {'; '.join(reasons)}")
    for one in view.served:
        if one.certificate is None:
            problems.append(f"{one.domain.name}: its certificate cannot be seen: {one.problem}")
        elif one.certificate.not_after < view.now:
            problems.append(f"{one.domain.name}: its certificate has ended")
    return problems


def _is_app_away(view: View) -> bool:
    app = [one for one in view.upstreams or () if one.kind == "app"]
    return bool(app) and all(one.problem for one in app)


def _slight(view: View) -> list[str]:
    problems = []
    if view.refusal:
        problems.append(f"the old configuration is kept: {view.refusal}")
    if view.upstreams_error:
        problems.append(view.upstreams_error)
    told = {"app"} if _is_app_away(view) else set()
    away = [one for one in view.upstreams or () if one.problem and one.kind not in told]
    problems += [f"upstream {one.host} ({one.kind}) is away: {one.problem}" for one in away]
    for one in view.served:
        problems += _certificate_problems(one, view)
    return problems


def _certificate_problems(served: Served, view: View) -> list[str]:
    certificate, name = served.certificate, served.domain.name
    if certificate is None or served.domain.is_local:
        return []
    last = view.state.attempts.get(name)
    why = f": {last.sentence}" if last and last.outcome not in GOOD else ""
    if certificate.is_self_signed:
        why = why or f": {certificates.never(served.domain, view.settings) or 'it is asked for'}"
        return [f"{name}: a placeholder certificate is served{why}"]
    lifetime = certificate.not_after - certificate.not_before
    if certificate.not_after - view.now < lifetime / LATE_PART:
        return [f"{name}: {certificate.days_left(view.now)} days are left{why}"]
    return [f"{name}: the last renewal failed{why}"] if why else []


def _nginx(view: View) -> dict[str, Any]:
    state = "running" if view.nginx_answers else "not answering"
    return {
        "state": "old configuration kept" if view.nginx_answers and view.refusal else state,
        "generation": view.generation,
        "reason": view.refusal or view.upstreams_error or None,
        "changed_at": _ms(view.changed_at),
        "reloads": view.reloads,
    }


def _upstream(seen: Seen) -> dict[str, Any]:
    return {
        "for": seen.kind,
        "host": seen.host,
        "address": seen.address or None,
        "up": not seen.problem,
        "reason": seen.problem or None,
        "since": _ms(seen.since),
    }


def _certificate(served: Served, view: View) -> dict[str, Any]:
    found = served.certificate
    if found is None:
        return {"kind": None, "days_left": None, "reason": served.problem}
    return {
        "kind": "placeholder" if found.is_self_signed else "authority",
        "days_left": found.days_left(view.now),
        "not_after": _ms(found.not_after),
        "serial": found.serial,
        "names": list(found.names),
        "issuer": found.issuer,
        "reason": certificates.never(served.domain, view.settings) or None,
    }


def _renewal(view: View) -> dict[str, Any]:
    attempts = {
        name: attempt
        for name, attempt in view.state.attempts.items()
        if name in {one.name for one in view.settings.domains}
    }
    newest = max(attempts.values(), key=lambda attempt: attempt.at, default=None)
    return {
        "last_at": _ms(newest.at) if newest else None,
        "outcome": newest.outcome if newest else None,
        "next_at": _ms(view.state.next_renewal_at),
        "domains": {
            name: {
                "outcome": attempt.outcome,
                "sentence": attempt.sentence,
                "at": _ms(attempt.at),
                "succeeded_at": _ms(attempt.succeeded_at),
                "failures": attempt.failures,
            }
            for name, attempt in attempts.items()
        },
    }


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)
