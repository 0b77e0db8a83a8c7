"""Turn the answers of one look into statuses, causes and sentences; pure."""

from typing import Any, NamedTuple

from blog.health.probes import Answer, Findings

_OK = 200
_NO_CONTENT = 204
# Once a minute, with room for a slow task of another site.
_CRON_LATE_SECONDS = 300.0
_GATEWAY_ERRORS = {502, 504}


class Component(NamedTuple):
    """One line of the report; *blocked_by* names the component that has to recover first."""

    name: str
    status: str
    sentence: str
    blocked_by: str | None = None

    def as_json(self) -> dict[str, Any]:
        """Return it in the shape of the appliance's report."""
        found: dict[str, Any] = {"name": self.name, "status": self.status}
        if self.blocked_by:
            found["blocked_by"] = self.blocked_by
        return found | {"sentence": self.sentence}


def components(findings: Findings, *, is_new: bool = False) -> list[Component]:
    """Judge every program and every site; while the container is new, MariaDB may be away."""
    mariadb = _mariadb(findings.mariadb, is_new=is_new)
    nginx = _nginx(findings.nginx)
    php = _php(nginx, findings.sites)
    needs = (nginx, php, mariadb)
    sites = [
        _site(name, answer, needs, is_to_install=name in findings.to_install)
        for name, answer in findings.sites.items()
    ]
    return [mariadb, nginx, php, *sites, _cron(findings.cron_ages, mariadb)]


def status(found: list[Component]) -> str:
    """Sum up: ok, degraded (some site can still be read), down."""
    if all(component.status == "ok" for component in found):
        return "ok"
    sites = [component for component in found if component.name.startswith("site ")]
    return "degraded" if any(site.status == "ok" for site in sites) else "down"


def _mariadb(answer: Answer, *, is_new: bool) -> Component:
    if answer.status == _OK:
        return Component("mariadb", "ok", f"MariaDB {answer.text} takes connections")
    if is_new:
        return Component("mariadb", "starting", "MariaDB opens its files, or makes them")
    return Component("mariadb", "failed", f"MariaDB does not answer: {answer.text}")


def _nginx(answer: Answer) -> Component:
    if answer.status == _NO_CONTENT:
        return Component("nginx", "ok", "nginx answers")
    return Component("nginx", "failed", f"nginx does not answer: {answer.text or answer.status}")


def _php(nginx: Component, sites: dict[str, Answer]) -> Component:
    if nginx.status != "ok":
        return Component("php", "blocked", "nobody can ask PHP while nginx is away", "nginx")
    # One site's pool may be busy; PHP is away when no pool answers.
    if all(answer.status in _GATEWAY_ERRORS or not answer.status for answer in sites.values()):
        return Component("php", "failed", "php-fpm does not answer")
    return Component("php", "ok", "php-fpm answers")


def _site(
    name: str, answer: Answer, needs: tuple[Component, ...], *, is_to_install: bool
) -> Component:
    label = f"site {name}"
    if answer.status == _OK and is_to_install:
        return Component(label, "starting", "is being installed")
    if answer.status == _OK and answer.text == "installed":
        return Component(label, "ok", "reads its database")
    if answer.status == _OK and answer.text == "empty":
        return Component(label, "ok", "waits for its first visitor, who installs it")
    for need in needs:
        if need.status != "ok":
            cause = need.blocked_by or need.name
            return Component(label, "blocked", f"waits for {cause}", cause)
    return Component(label, "failed", f"does not answer: {answer.text or answer.status}")


def _cron(ages: dict[str, float | None], mariadb: Component) -> Component:
    late = [name for name, age in ages.items() if age is not None and age > _CRON_LATE_SECONDS]
    if late and mariadb.status != "ok":
        return Component("cron", "blocked", "waits for mariadb", "mariadb")
    if late:
        return Component("cron", "failed", f"tasks are late: {', '.join(late)}")
    return Component("cron", "ok", "tasks run every minute")
