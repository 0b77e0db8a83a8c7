"""Turn probe results into statuses, causes and sentences; pure."""

from blog.health import twin_report
from blog.health.component import Component
from blog.health.probes import ProbeResult, ProbeResults

_OK = 200
_NO_CONTENT = 204
_GATEWAY_ERRORS = {502, 504}
# Tasks run once a minute; a slow task of another site may delay them.
MAX_CRON_AGE_SECONDS = 300.0
LINKS = "links"
# One is made every hour; two may fail.
MAX_DUMP_AGE_SECONDS = 3 * 3600.0


def components(results: ProbeResults, *, is_new: bool = False) -> list[Component]:
    """Judge every program and every site; MariaDB may still be starting in a new container."""
    mariadb = _mariadb(results.mariadb, is_new=is_new)
    nginx = _nginx(results.nginx)
    php = _php(nginx, results.sites)
    needs = (nginx, php, mariadb)
    sites = [
        _in_work(name, result, results) or _site(name, result, needs)
        for name, result in results.sites.items()
    ]
    is_primary = twin_report.is_primary(results.twin)
    cron = _cron(results.cron_ages, mariadb, is_primary=is_primary)
    twin = twin_report.lines(results.twin, mariadb)
    return [mariadb, nginx, php, *sites, cron, _dumps(results), *twin, *_links(results.link)]


def status(lines: list[Component]) -> str:
    """Return ok, degraded (at least one site works) or down.

    A link that is down, or a replica behind, is the other VM's trouble, or of what is between:
    visitors are served here.
    """
    if all(line.status == "ok" for line in lines if line.name not in (LINKS, twin_report.NAME)):
        return "ok"
    sites = [line for line in lines if line.name.startswith("site ")]
    return "degraded" if any(site.status == "ok" for site in sites) else "down"


def _mariadb(result: ProbeResult, *, is_new: bool) -> Component:
    if result.status == _OK:
        return Component("mariadb", "ok", f"MariaDB {result.text} accepts connections")
    if is_new:
        return Component("mariadb", "starting", "MariaDB is starting")
    return Component("mariadb", "failed", f"MariaDB does not answer: {result.text}")


def _nginx(result: ProbeResult) -> Component:
    if result.status == _NO_CONTENT:
        return Component("nginx", "ok", "nginx answers")
    return Component("nginx", "failed", f"nginx does not answer: {result.text or result.status}")


def _php(nginx: Component, sites: dict[str, ProbeResult]) -> Component:
    if nginx.status != "ok":
        return Component("php", "blocked", "cannot be probed without nginx", "nginx")
    # One site's pool may be busy; PHP has failed when no pool answers.
    if all(result.status in _GATEWAY_ERRORS or not result.status for result in sites.values()):
        return Component("php", "failed", "php-fpm does not answer")
    return Component("php", "ok", "php-fpm answers")


def _in_work(name: str, result: ProbeResult, results: ProbeResults) -> Component | None:
    """Return the line of a site whose tables are being written."""
    if result.status == _OK and name in results.copying:
        return Component(f"site {name}", "starting", "is being copied from the other VM")
    if result.status == _OK and name in results.restoring:
        return Component(f"site {name}", "starting", "is being restored from a backup")
    is_installing = name in results.installing and twin_report.is_primary(results.twin)
    if result.status == _OK and is_installing:
        return Component(f"site {name}", "starting", "is being installed")
    return None


def _site(name: str, result: ProbeResult, needs: tuple[Component, ...]) -> Component:
    label = f"site {name}"
    if result.status == _OK and result.text == "installed":
        return Component(label, "ok", "reads its database")
    if result.status == _OK and result.text == "empty":
        return Component(label, "ok", "is not installed yet: its first visitor can install it")
    for need in needs:
        if need.status != "ok":
            cause = need.blocked_by or need.name
            return Component(label, "blocked", f"is waiting for {cause}", cause)
    return Component(label, "failed", f"does not answer: {result.text or result.status}")


def _cron(ages: dict[str, float | None], mariadb: Component, *, is_primary: bool) -> Component:
    late = [name for name, age in ages.items() if age is not None and age > MAX_CRON_AGE_SECONDS]
    if late and mariadb.status != "ok":
        return Component("cron", "blocked", "is waiting for mariadb", "mariadb")
    if late:
        return Component("cron", "failed", f"tasks are late: {', '.join(late)}")
    if not is_primary:
        return Component("cron", "ok", "tasks run on the VM whose blog is the primary")
    return Component("cron", "ok", "tasks run every minute")


def _links(result: ProbeResult | None) -> list[Component]:
    if result is None:
        return []
    if result.status == _OK:
        return [Component(LINKS, "ok", "connected to the other VM")]
    return [Component(LINKS, "blocked", result.text, "the other VM")]


def _dumps(results: ProbeResults) -> Component:
    # Which sites are installed is known while MariaDB answers; otherwise it is the cause.
    late = [
        name
        for name, age in results.dump_ages.items()
        if age > MAX_DUMP_AGE_SECONDS and results.sites[name].text == "installed"
    ]
    if late:
        sentence = f"the newest dump is older than three hours: {', '.join(late)}"
        return Component("dumps", "failed", sentence)
    return Component("dumps", "ok", "the databases are dumped every hour")
