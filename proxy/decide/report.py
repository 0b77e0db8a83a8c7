"""Build the answer of /proxy-health from observations: a status and a document; pure."""

from typing import Any, NamedTuple

from proxy.acme_attempts import GOOD, State
from proxy.certificate import Certificate
from proxy.decide import certificates
from proxy.settings import Domain, Settings

# A sixth of the lifetime: 15 days of 90. certbot renews when a third is left.
LATE_FRACTION = 6
STUCK_SECONDS = 120.0


class UpstreamState(NamedTuple):
    """One address of an upstream; *problem* is "" while it is up."""

    kind: str
    host: str
    address: str
    problem: str
    since: float


class Served(NamedTuple):
    """The certificate that nginx serves for a domain, or why it could not be read."""

    domain: Domain
    certificate: Certificate | None
    problem: str


class Twin(NamedTuple):
    """The other VM; *state* is what the controller of the pair says, *problem* why it does not."""

    state: dict[str, Any] | None
    problem: str


class View(NamedTuple):
    """Every observation that the report needs; *twin* is None where the VM is alone."""

    now: float
    settings: Settings
    nginx_answers: bool
    generation: str
    refusal: str
    upstreams_error: str
    changed_at: float | None
    reloads: int
    upstreams: tuple[UpstreamState, ...] | None
    served: tuple[Served, ...]
    state: State
    twin: Twin | None = None


def live(nginx_answers: bool, silent_seconds: float) -> tuple[int, dict[str, Any]]:
    """Return status and document for Docker: do nginx and the controller work?"""
    if not nginx_answers:
        return 503, {"status": "down", "reason": "nginx does not answer"}
    if silent_seconds > STUCK_SECONDS:
        return 503, {
            "status": "down",
            "reason": f"the controller has not run for {round(silent_seconds)} s",
        }
    return 200, {"status": "ok"}


def report(view: View) -> tuple[int, dict[str, Any]]:
    """Return status and document for the monitor: 503 when visitors cannot reach the app."""
    critical, warnings = _critical(view), _warnings(view)
    status = "down" if critical else "degraded" if warnings else "ok"
    document: dict[str, Any] = {
        "status": status,
        "problems": critical + warnings,
        "nginx": _nginx(view),
        "upstreams": [_upstream(one) for one in view.upstreams or ()],
        "certificates": {one.domain.name: _certificate(one, view) for one in view.served},
        "renewal": _renewal(view),
    }
    if view.twin:
        document["twin"] = _twin(view.twin)
    return (503 if critical else 200), document


def _critical(view: View) -> list[str]:
    if not view.nginx_answers:
        return ["nginx does not answer"]
    problems = []
    if _is_app_unreachable(view):
        reasons = [one.problem for one in view.upstreams or () if one.kind == "app"]
        problems.append(f"the app is unreachable: {'; '.join(reasons)}")
    for one in view.served:
        if one.certificate is None:
            problems.append(f"{one.domain.name}: its certificate cannot be read: {one.problem}")
        elif one.certificate.not_after < view.now:
            problems.append(f"{one.domain.name}: its certificate has expired")
    return problems


def _is_app_unreachable(view: View) -> bool:
    app = [one for one in view.upstreams or () if one.kind == "app"]
    return bool(app) and all(one.problem for one in app)


def _warnings(view: View) -> list[str]:
    problems = []
    if view.refusal:
        problems.append(f"the old configuration is kept: {view.refusal}")
    if view.upstreams_error:
        problems.append(view.upstreams_error)
    problems += _twin_problems(view.twin) if view.twin else []
    reported = {"app"} if _is_app_unreachable(view) else set()
    unreachable = [
        state for state in view.upstreams or () if state.problem and state.kind not in reported
    ]
    problems += [
        f"upstream {state.host} ({state.kind}) is unreachable: {state.problem}"
        for state in unreachable
    ]
    for one in view.served:
        problems += _certificate_problems(one, view)
    return problems


def _twin_problems(twin: Twin) -> list[str]:
    problems = list((twin.state or {}).get("problems", ()))
    return [twin.problem, *problems] if twin.problem else problems


def _twin(twin: Twin) -> dict[str, Any] | None:
    """Return the controller's state with its time in milliseconds, as everywhere in the report."""
    return None if twin.state is None else twin.state | {"since": _ms(twin.state.get("since"))}


def _certificate_problems(served: Served, view: View) -> list[str]:
    certificate, name = served.certificate, served.domain.name
    if certificate is None or served.domain.is_local:
        return []
    last = view.state.attempts.get(name)
    why = f": {last.sentence}" if last and last.outcome not in GOOD else ""
    if certificate.is_self_signed:
        why = (
            why or f": {certificates.never(served.domain, view.settings) or 'one is being ordered'}"
        )
        return [f"{name}: a placeholder certificate is served{why}"]
    lifetime = certificate.not_after - certificate.not_before
    if certificate.not_after - view.now < lifetime / LATE_FRACTION:
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


def _upstream(seen: UpstreamState) -> dict[str, Any]:
    return {
        "for": seen.kind,
        "host": seen.host,
        "address": seen.address or None,
        "up": not seen.problem,
        "reason": seen.problem or None,
        "since": _ms(seen.since),
    }


def _certificate(served: Served, view: View) -> dict[str, Any]:
    certificate = served.certificate
    if certificate is None:
        return {"kind": None, "days_left": None, "reason": served.problem}
    return {
        "kind": "placeholder" if certificate.is_self_signed else "authority",
        "days_left": certificate.days_left(view.now),
        "not_after": _ms(certificate.not_after),
        "serial": certificate.serial,
        "names": list(certificate.names),
        "issuer": certificate.issuer,
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
