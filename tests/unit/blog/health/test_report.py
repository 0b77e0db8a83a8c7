import pytest

from blog.health import report
from blog.health.probes import ProbeResult, ProbeResults

HEALTHY = ProbeResults(
    mariadb=ProbeResult(200, "11.8"),
    nginx=ProbeResult(204, ""),
    sites={"one": ProbeResult(200, "installed"), "two": ProbeResult(200, "empty")},
    cron_ages={"one": 12.0, "two": None},
    dump_ages={"one": 1800.0, "two": 99_999.0},
)
BAD_GATEWAY = ProbeResult(502, "")


def judged(results, **options):
    return {
        component.name: (component.status, component.blocked_by)
        for component in report.components(results, **options)
    }


def status_of(results):
    return report.status(report.components(results))


def test_it_is_ok_although_a_site_waits_for_its_first_visitor():
    assert status_of(HEALTHY) == "ok"
    sentences = [component.sentence for component in report.components(HEALTHY)]
    assert "is not installed yet: its first visitor can install it" in sentences


def test_sites_are_blocked_by_mariadb():
    sites = dict.fromkeys(HEALTHY.sites, ProbeResult(503, "Connection refused"))
    results = HEALTHY._replace(mariadb=ProbeResult(0, "nothing listens"), sites=sites)

    assert status_of(results) == "down"
    assert judged(results) == {
        "mariadb": ("failed", None),
        "nginx": ("ok", None),
        "php": ("ok", None),
        "site one": ("blocked", "mariadb"),
        "site two": ("blocked", "mariadb"),
        "cron": ("ok", None),
        "dumps": ("ok", None),
    }


def test_mariadb_is_starting_in_a_new_container():
    results = HEALTHY._replace(mariadb=ProbeResult(0, "nothing listens"))

    assert judged(results, is_new=True)["mariadb"] == ("starting", None)


def test_php_has_failed_when_no_pool_answers():
    results = HEALTHY._replace(sites=dict.fromkeys(HEALTHY.sites, BAD_GATEWAY))

    assert judged(results)["php"] == ("failed", None)
    assert judged(results)["site one"] == ("blocked", "php")


def test_the_blog_is_degraded_when_one_site_fails():
    sites = {
        "one": ProbeResult(503, "Access denied for user"),
        "two": ProbeResult(200, "installed"),
    }
    results = HEALTHY._replace(sites=sites)

    assert status_of(results) == "degraded"
    assert judged(results)["site one"] == ("failed", None)
    assert judged(HEALTHY._replace(sites=sites | {"one": BAD_GATEWAY}))["php"] == ("ok", None)


def test_php_and_sites_are_blocked_by_nginx():
    refused = ProbeResult(0, "nothing listens")
    results = HEALTHY._replace(nginx=refused, sites=dict.fromkeys(HEALTHY.sites, refused))

    assert judged(results)["php"] == ("blocked", "nginx")
    assert judged(results)["site two"] == ("blocked", "nginx")


def test_a_site_is_starting_while_it_is_installed():
    new = HEALTHY._replace(installing=frozenset({"two"}))

    assert judged(new)["site two"] == ("starting", None)
    assert status_of(new) == "degraded"


def test_a_site_is_starting_while_its_tables_are_restored():
    restoring = HEALTHY._replace(restoring=frozenset({"two"}))

    assert judged(restoring)["site two"] == ("starting", None)
    sentences = [component.sentence for component in report.components(restoring)]
    assert "is being restored from a backup" in sentences


@pytest.mark.parametrize(("age", "status"), [(10_799.0, "ok"), (10_801.0, "failed")])
def test_dumps_are_late_after_three_hours(age, status):
    late = HEALTHY._replace(dump_ages={"one": age, "two": 0.0})

    assert judged(late)["dumps"][0] == status
    assert status_of(late) == ("ok" if status == "ok" else "degraded")


@pytest.mark.parametrize(("age", "status"), [(299.0, "ok"), (301.0, "failed")])
def test_tasks_are_late_after_five_minutes(age, status):
    assert judged(HEALTHY._replace(cron_ages={"one": age}))["cron"][0] == status


def test_without_a_twin_there_is_no_line_about_links():
    assert "links" not in {line.name for line in report.components(HEALTHY)}


def test_a_link_that_is_down_is_reported_and_visitors_are_still_served():
    sentence = "the link to b (vm-b:7445) is down: Connection refused"

    lines = report.components(HEALTHY._replace(link=ProbeResult(0, sentence)))

    assert lines[-1] == report.Component("links", "blocked", sentence, "the other VM")
    assert report.status(lines) == "ok"


def test_a_link_that_is_up_is_said_to_be():
    lines = report.components(HEALTHY._replace(link=ProbeResult(200, "")))

    assert lines[-1] == report.Component("links", "ok", "connected to the other VM")
