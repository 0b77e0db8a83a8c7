from dataclasses import fields
from pathlib import Path

import pytest

from appliance.shared.settings import SettingsError
from proxy.settings import SETTINGS, Domain, Settings

README = Path(__file__).resolve().parents[3] / "proxy" / "README.md"


def settings(**given):
    return Settings.from_env({f"QLINES_{name}": value for name, value in given.items()})


def test_without_any_setting_it_serves_localhost():
    found = settings()

    assert found.domains[0] == Domain("localhost", ("localhost", "www.localhost"), "app")
    assert [domain.name for domain in found.domains[1:]] == ["blog.localhost", "bigbang.localhost"]
    assert {domain.is_local for domain in found.domains} == {True}
    assert [one.host for one in found.default_upstreams.app] == ["app"]


def test_an_empty_variable_means_the_default():
    assert settings(APP_DOMAINS="", ACME_SERVER="") == settings()


def test_www_belongs_to_each_domain_unless_it_is_named_itself():
    found = settings(APP_DOMAINS="One.example, www.two.example,two.example.", BLOG_SITES="none")

    assert found.domains == (
        Domain("one.example", ("one.example", "www.one.example"), "app"),
        Domain("www.two.example", ("www.two.example",), "app"),
        Domain("two.example", ("two.example",), "app"),
    )


def test_sites_of_the_blog_are_names_with_domains():
    found = settings(BLOG_SITES="wordpress_a=a.example, wordpress_b=b.example")

    assert found.blog_sites == (("wordpress_a", "a.example"), ("wordpress_b", "b.example"))


def test_an_authority_has_short_names():
    assert "staging" in settings(ACME_SERVER="staging").acme_server
    assert settings(ACME_SERVER="https://ca.example/dir").acme_server == "https://ca.example/dir"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_DOMAINS", "https://one.example"),
        ("APP_DOMAINS", "one.example:443"),
        ("APP_DOMAINS", "10.0.0.1"),
        ("APP_DOMAINS", "one_example"),
        ("APP_DOMAINS", "one.example; include /etc/passwd"),
        ("BLOG_SITES", "blog.example.com"),
        ("BLOG_SITES", "Bad=x.example"),
        ("UPSTREAMS", "app:http"),
        ("ACME_EMAIL", "me"),
        ("ACME_SERVER", "http://ca.example"),
        ("ACME_CA_FILE", "/nowhere.crt"),
        ("ACME_CHECK", "yes"),
        ("HTTPS_PORT", "https"),
        ("MQTT_PLAIN", "1"),
        ("LOG_LEVEL", "loud"),
        ("DATA_DIR", "data"),
    ],
)
def test_nonsense_is_refused_with_the_rule_and_the_value(name, value):
    with pytest.raises(SettingsError) as refused:
        settings(**{name: value})

    assert str(refused.value).startswith(f"QLINES_{name} must be ")
    assert value in str(refused.value)


def test_one_domain_cannot_be_the_app_s_and_a_site_s():
    with pytest.raises(SettingsError, match=r"one\.example twice"):
        settings(APP_DOMAINS="one.example", BLOG_SITES="wordpress_one=one.example")


def test_a_value_may_come_from_a_file(tmp_path):
    file = tmp_path / "email"
    file.write_text("me@example.com\n")

    assert settings(ACME_EMAIL_FILE=str(file)).acme_email == "me@example.com"
    with pytest.raises(SettingsError, match="keep one of them"):
        settings(ACME_EMAIL_FILE=str(file), ACME_EMAIL="you@example.com")
    with pytest.raises(SettingsError, match="must name a readable text file"):
        settings(ACME_EMAIL_FILE=str(tmp_path / "none"))


@pytest.mark.parametrize("item", SETTINGS, ids=lambda item: item.name)
def test_a_setting_is_in_the_readme_with_its_default(item):
    rows = [line for line in README.read_text().splitlines() if f"`QLINES_{item.name}`" in line]

    assert rows, f"proxy/README.md does not name QLINES_{item.name}"
    assert any(item.default in row for row in rows)


def test_the_table_and_the_fields_are_the_same():
    assert [item.name.lower() for item in SETTINGS] == [field.name for field in fields(Settings)]
