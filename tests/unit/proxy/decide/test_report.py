import pytest

from proxy.acme_attempts import EMPTY, REFUSED, RENEWED, State, after_attempt
from proxy.certificate import Certificate
from proxy.decide.report import Served, Twin, UpstreamState, View, live, report
from proxy.settings import Settings

NOW = 1_800_000_000.0
DAY = 86400
SETTINGS = Settings.from_env(
    {"QLINES_APP_DOMAINS": "one.example", "QLINES_BLOG_SITES": "none", "QLINES_ACME_EMAIL": "a@b"}
)
ONE = SETTINGS.domains[0]
GOOD = Certificate("0A", ONE.names, NOW - 30 * DAY, NOW + 60 * DAY, "CN=CA", "CN=one", False)
UP = UpstreamState("app", "app", "172.18.0.2", "", NOW - 10)


def view(**changed):
    given = {
        "now": NOW,
        "settings": SETTINGS,
        "nginx_answers": True,
        "generation": "abc",
        "refusal": "",
        "upstreams_error": "",
        "changed_at": None,
        "reloads": 0,
        "upstreams": (UP,),
        "served": (Served(ONE, GOOD, ""),),
        "state": EMPTY,
    }
    return View(**(given | changed))


def served(**changed):
    return (Served(ONE, GOOD._replace(**changed), ""),)


def refused():
    issued = after_attempt(None, NOW - 60 * DAY, RENEWED, "came", "https://ca")
    return State(
        NOW + 60,
        {"one.example": after_attempt(issued, NOW - 60, REFUSED, "the authority is unreachable")},
    )


def test_all_is_well():
    status, document = report(view())

    assert (status, document["status"], document["problems"]) == (200, "ok", [])
    assert document["certificates"]["one.example"]["days_left"] == 60.0
    assert document["certificates"]["one.example"]["kind"] == "authority"
    assert document["upstreams"][0]["up"] is True
    assert document["nginx"]["state"] == "running"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"nginx_answers": False}, "nginx does not answer"),
        ({"upstreams": (UP._replace(problem="port 5000: refused"),)}, "the app is unreachable"),
        ({"served": (Served(ONE, None, "refused"),)}, "cannot be read"),
        ({"served": served(not_after=NOW - 1)}, "has expired"),
    ],
)
def test_what_visitors_notice_is_down(changed, word):
    status, document = report(view(**changed))

    assert (status, document["status"]) == (503, "down")
    assert word in document["problems"][0]


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"refusal": "unknown directive"}, "the old configuration is kept: unknown directive"),
        ({"upstreams_error": "line 1 must be"}, "line 1 must be"),
        (
            {"upstreams": (UP, UP._replace(host="twin", problem="x"))},
            "upstream twin (app) is unreachable",
        ),
        (
            {"served": served(not_before=NOW - 76 * DAY, not_after=NOW + 14 * DAY)},
            "14.0 days are left",
        ),
        ({"served": served(subject="CN=CA")}, "a placeholder certificate is served"),
        ({"state": refused()}, "the last renewal failed: the authority is unreachable"),
    ],
)
def test_what_only_the_operator_notices_is_degraded(changed, word):
    status, document = report(view(**changed))

    assert (status, document["status"]) == (200, "degraded")
    assert word in document["problems"][0]


def test_an_unreachable_app_is_reported_once():
    unreachable = UP._replace(problem="port 5000: refused")

    assert len(report(view(upstreams=(unreachable,)))[1]["problems"]) == 1


def test_the_report_has_the_last_renewal_with_its_outcome():
    renewal = report(view(state=refused()))[1]["renewal"]

    assert renewal["outcome"] == "refused"
    assert renewal["next_at"] == round((NOW + 60) * 1000)
    assert renewal["domains"]["one.example"]["succeeded_at"] == round((NOW - 60 * DAY) * 1000)


def test_a_domain_that_is_no_longer_served_is_forgotten():
    state = State(None, {"gone.example": after_attempt(None, NOW, REFUSED, "x")})

    assert report(view(state=state))[1]["renewal"]["domains"] == {}


def test_before_the_first_look_nothing_is_claimed():
    status, document = report(view(upstreams=None, served=()))

    assert (status, document["upstreams"], document["certificates"]) == (200, [], {})


def test_alive_means_that_nginx_answers_and_the_controller_turns():
    assert live(True, 1)[0] == 200
    assert live(False, 1)[0] == 503
    assert live(True, 1000)[0] == 503


def test_a_proxy_without_a_twin_says_nothing_of_one():
    assert "twin" not in report(view())[1]


def test_the_state_of_the_pair_and_its_problems_are_in_the_report():
    state = {"side": "a", "since": 12.5, "problems": ["no app is active"]}

    status, document = report(view(twin=Twin(state, "")))

    assert (status, document["status"]) == (200, "degraded")
    assert document["twin"] == {"side": "a", "since": 12500, "problems": ["no app is active"]}
    assert document["problems"] == ["no app is active"]


def test_a_controller_of_the_pair_that_is_silent_is_a_problem():
    document = report(view(twin=Twin(None, "the controller has not run")))[1]

    assert document["twin"] is None
    assert document["problems"] == ["the controller has not run"]
