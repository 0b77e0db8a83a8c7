import pytest

from proxy.acme_attempts import ELSEWHERE, ISSUED, NOT_DUE, REFUSED, Attempt
from proxy.certificate import Certificate
from proxy.decide.certificates import Step, due, names_to_order
from proxy.settings import SERVERS, Domain, Settings

NOW = 1_800_000_000.0
ONE = Domain("one.example", ("one.example", "www.one.example"), "app")
LOCAL = Domain("blog.localhost", ("blog.localhost", "www.blog.localhost"), "blog")
SERVER = SERVERS["letsencrypt"]
CERTIFICATE = Certificate("01", ONE.names, NOW - 86400, NOW + 86400 * 60, "CN=CA", "CN=one", False)


def settings(**given):
    wanted = {"ACME_EMAIL": "me@example.com", "APP_DOMAINS": "one.example"} | given
    return Settings.from_env({f"QLINES_{name}": value for name, value in wanted.items()})


def step(domain=ONE, certificate=None, last=None, moment=False, **given):
    return due(domain, certificate, last, settings(**given), NOW, is_renewal_due=moment).step


def attempt(outcome, ago, failures=1, server=""):
    return Attempt(NOW - ago, outcome, "", failures, None, server)


def test_a_domain_without_a_certificate_asks_for_one():
    assert step() is Step.ORDER


def test_no_certificate_is_ordered_for_localhost_or_without_an_e_mail_address():
    assert step(LOCAL, moment=True) is Step.NOTHING
    assert step(ACME_EMAIL="", moment=True) is Step.NOTHING


@pytest.mark.parametrize(
    ("outcome", "failures", "ago", "expected"),
    [
        (ELSEWHERE, 1, 4, Step.NOTHING),
        (ELSEWHERE, 1, 5, Step.ORDER),
        (ELSEWHERE, 50, 30, Step.ORDER),
        (REFUSED, 1, 119, Step.NOTHING),
        (REFUSED, 1, 120, Step.ORDER),
        (REFUSED, 4, 3000, Step.NOTHING),
        (REFUSED, 50, 12 * 3600, Step.ORDER),
    ],
)
def test_after_a_failure_it_waits_first(outcome, failures, ago, expected):
    assert step(last=attempt(outcome, ago, failures)) is expected


def test_a_is_renewal_due_does_not_shorten_the_wait():
    assert step(last=attempt(REFUSED, 1), moment=True) is Step.NOTHING


def test_a_good_certificate_is_only_looked_at_twice_a_day():
    last = attempt(ISSUED, 86400, server=SERVER)

    assert step(certificate=CERTIFICATE, last=last) is Step.NOTHING
    assert step(certificate=CERTIFICATE, last=last, moment=True) is Step.RENEW


def test_a_certificate_that_is_lost_is_asked_for_again():
    assert step(last=attempt(NOT_DUE, 10, server=SERVER)) is Step.ORDER


def test_another_authority_in_the_settings_is_asked_once_for_its_own():
    of_staging = attempt(ISSUED, 86400, 0, SERVERS["staging"])

    assert step(certificate=CERTIFICATE, last=of_staging) is Step.ORDER
    refused = of_staging._replace(outcome=REFUSED, at=NOW - 1, failures=1)
    assert step(certificate=CERTIFICATE, last=refused) is Step.NOTHING


def test_the_operator_s_own_certificate_is_left_alone():
    assert step(certificate=CERTIFICATE) is Step.NOTHING


def test_only_names_that_lead_here_are_asked_for():
    assert names_to_order(ONE, {"one.example": "", "www.one.example": ""}) == ONE.names
    assert names_to_order(ONE, {"one.example": "", "www.one.example": "gone"}) == ("one.example",)
    assert names_to_order(ONE, {"one.example": "gone", "www.one.example": ""}) == ()


def test_the_standby_of_a_pair_orders_and_renews_nothing():
    for certificate in (None, CERTIFICATE):
        decided = due(
            ONE, certificate, None, settings(), NOW, is_renewal_due=True, is_ordered_elsewhere=True
        )
        assert decided.step is Step.NOTHING
        assert "the active VM" in decided.why
