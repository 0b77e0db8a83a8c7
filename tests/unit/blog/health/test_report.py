import pytest

from blog.health import report
from blog.health.probes import Answer, Findings

WELL = Findings(
    mariadb=Answer(200, "11.8"),
    nginx=Answer(204, ""),
    sites={"one": Answer(200, "installed"), "two": Answer(200, "empty")},
    cron_ages={"one": 12.0, "two": None},
)
GATEWAY = Answer(502, "")


def judged(findings, **options):
    return {
        component.name: (component.status, component.blocked_by)
        for component in report.components(findings, **options)
    }


def status_of(findings):
    return report.status(report.components(findings))


def test_all_is_well_also_when_a_site_waits_for_its_first_visitor():
    assert status_of(WELL) == "ok"
    sentences = [component.sentence for component in report.components(WELL)]
    assert "waits for its first visitor, who installs it" in sentences


def test_sites_wait_for_a_mariadb_that_is_away():
    sites = dict.fromkeys(WELL.sites, Answer(503, "Connection refused"))
    away = WELL._replace(mariadb=Answer(0, "nobody listens"), sites=sites)

    assert status_of(away) == "down"
    assert judged(away) == {
        "mariadb": ("failed", None),
        "nginx": ("ok", None),
        "php": ("ok", None),
        "site one": ("blocked", "mariadb"),
        "site two": ("blocked", "mariadb"),
        "cron": ("ok", None),
    }


def test_a_new_container_s_mariadb_is_starting():
    away = WELL._replace(mariadb=Answer(0, "nobody listens"))

    assert judged(away, is_new=True)["mariadb"] == ("starting", None)


def test_php_is_away_when_no_site_s_pool_answers():
    away = WELL._replace(sites=dict.fromkeys(WELL.sites, GATEWAY))

    assert judged(away)["php"] == ("failed", None)
    assert judged(away)["site one"] == ("blocked", "php")


def test_one_site_alone_fails_and_the_blog_is_degraded():
    sites = {"one": Answer(503, "Access denied for user"), "two": Answer(200, "installed")}
    ill = WELL._replace(sites=sites)

    assert status_of(ill) == "degraded"
    assert judged(ill)["site one"] == ("failed", None)
    assert judged(WELL._replace(sites=sites | {"one": GATEWAY}))["php"] == ("ok", None)


def test_everything_behind_nginx_waits_for_it():
    nobody = Answer(0, "nobody listens")
    away = WELL._replace(nginx=nobody, sites=dict.fromkeys(WELL.sites, nobody))

    assert judged(away)["php"] == ("blocked", "nginx")
    assert judged(away)["site two"] == ("blocked", "nginx")


def test_a_site_that_is_being_installed_is_starting():
    new = WELL._replace(to_install=frozenset({"two"}))

    assert judged(new)["site two"] == ("starting", None)
    assert status_of(new) == "degraded"


@pytest.mark.parametrize(("age", "status"), [(299.0, "ok"), (301.0, "failed")])
def test_tasks_are_late_after_five_minutes(age, status):
    assert judged(WELL._replace(cron_ages={"one": age}))["cron"][0] == status
