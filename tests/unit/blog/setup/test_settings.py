from dataclasses import fields

import pytest

from appliance.shared.settings import SettingsError
from blog.setup.settings import SETTINGS, Admin, MailServer, Settings, Site

ADMIN = {"QLINES_BLOG_ADMIN_EMAIL": "me@example.com", "QLINES_BLOG_ADMIN_PASSWORD": "long-enough"}


def test_it_has_two_sites_on_localhost_by_default():
    settings = Settings.from_env({})

    assert settings.sites == (
        Site("wordpress_qlines", "blog.localhost", "blog.localhost"),
        Site("wordpress_bigbang", "bigbang.localhost", "bigbang.localhost"),
    )
    assert settings.admin is None
    assert settings.smtp_url is None
    assert settings.https_port == 443
    assert not settings.blog_plugins


def test_an_empty_variable_counts_as_unset():
    names = ("SITES", "TITLES", "ADMIN_EMAIL", "ADMIN_PASSWORD", "PLUGINS", "LANGUAGE", "MAIL_FROM")
    empty = {f"QLINES_BLOG_{name}": "" for name in names}

    assert Settings.from_env(
        empty | {"QLINES_SMTP_URL": "", "QLINES_HTTPS_PORT": ""}
    ) == Settings.from_env({})


def test_it_reads_sites_with_blanks_and_capitals_in_the_domain():
    sites = Settings.from_env(
        {"QLINES_BLOG_SITES": " one = Blog.Example.COM , two=b.example.com"}
    ).sites

    assert [(site.name, site.domain) for site in sites] == [
        ("one", "blog.example.com"),
        ("two", "b.example.com"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("one", "in 'one' the domain must be a host name such as blog.example.com, got"),
        (
            "One=a.example.com",
            "in 'One=a.example.com' the name must have 1 to 32 lower-case letters",
        ),
        ("mysql=a.example.com", "got 'mysql=a.example.com'"),
        ("a-b=a.example.com", "got 'a-b=a.example.com'"),
        ("one=http://a.example.com", "the domain must be a host name such as blog.example.com"),
        ("one=a.example.com:8080", "the domain must be a host name such as blog.example.com"),
        ("one=a;b.example.com", "the domain must be a host name such as blog.example.com"),
        ("one=a.example.com,", "in '' the name must"),
        ("one=a.example.com,one=b.example.com", "in 'one=b.example.com' the name is used twice"),
        ("one=a.example.com,two=A.example.com", "in 'two=A.example.com' the domain is used twice"),
        ("none", "to run no blog leave the container out"),
    ],
)
def test_it_refuses_invalid_sites(text, says):
    with pytest.raises(SettingsError, match="QLINES_BLOG_SITES must") as refused:
        Settings.from_env({"QLINES_BLOG_SITES": text})

    assert says in str(refused.value)


def test_a_title_may_hold_commas_and_equal_signs():
    sites = Settings.from_env({"QLINES_BLOG_TITLES": "wordpress_bigbang=Bang, big = loud; "}).sites

    assert [site.title for site in sites] == ["blog.localhost", "Bang, big = loud"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("Only a title", "name=Title"), ("third=T", "must name sites of QLINES_BLOG_SITES")],
)
def test_it_refuses_invalid_titles(text, says):
    with pytest.raises(SettingsError, match=says):
        Settings.from_env({"QLINES_BLOG_TITLES": text})


def test_an_address_and_a_password_give_the_first_user():
    settings = Settings.from_env(ADMIN | {"QLINES_BLOG_LANGUAGE": "de_DE"})

    assert settings.admin == Admin("me@example.com", "admin", "long-enough", "de_DE")


def test_a_password_may_come_as_a_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("from-a-file\n")
    env = ADMIN | {"QLINES_BLOG_ADMIN_PASSWORD": "", "QLINES_BLOG_ADMIN_PASSWORD_FILE": str(file)}

    assert Settings.from_env(env).admin == Admin("me@example.com", "admin", "from-a-file", "")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"QLINES_BLOG_ADMIN_EMAIL": ""}, "needs QLINES_BLOG_ADMIN_EMAIL, which is empty"),
        ({"QLINES_BLOG_ADMIN_PASSWORD": ""}, "needs QLINES_BLOG_ADMIN_PASSWORD, which is empty"),
        ({"QLINES_BLOG_ADMIN_EMAIL": "me"}, "an e-mail address such as me@example.com, got 'me'"),
        ({"QLINES_BLOG_ADMIN_PASSWORD": "hunter2"}, "at least 8 characters long"),
        ({"QLINES_BLOG_ADMIN_USER": "a<b"}, "got 'a<b'"),
        ({"QLINES_BLOG_LANGUAGE": "german"}, "a WordPress locale such as de_DE, got 'german'"),
        ({"QLINES_BLOG_ADMIN_PASSWORD_FILE": "/nowhere"}, "keep one of them"),
    ],
)
def test_it_refuses_an_incomplete_or_invalid_admin(changed, says):
    with pytest.raises(SettingsError, match="QLINES_BLOG_") as refused:
        Settings.from_env(ADMIN | changed)

    assert says in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_it_names_a_file_that_is_missing():
    with pytest.raises(SettingsError, match="QLINES_SMTP_URL_FILE must name a readable text file"):
        Settings.from_env({"QLINES_SMTP_URL_FILE": "/nowhere"})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, False, "", "")),
        ("smtps://a:b@mail.example.com", MailServer("mail.example.com", 465, True, "a", "b")),
        ("smtp://a%40b:p%2Fw@m:25", MailServer("m", 25, False, "a@b", "p/w")),
    ],
)
def test_it_reads_the_mail_server(url, server):
    assert Settings.from_env({"QLINES_SMTP_URL": url}).smtp_url == server


@pytest.mark.parametrize(
    "url", ["mail.example.com", "http://m", "smtp://", "smtp://m:pass", "smtp://[x"]
)
def test_it_refuses_a_mail_server_without_showing_its_password(url):
    with pytest.raises(SettingsError, match="a value that is not shown here"):
        Settings.from_env({"QLINES_SMTP_URL": url})


@pytest.mark.parametrize(
    ("variable", "text"),
    [("QLINES_BLOG_PLUGINS", "yes"), ("QLINES_HTTPS_PORT", "70000"), ("QLINES_HTTPS_PORT", "x"),
     ("QLINES_BLOG_MAIL_FROM", "nobody")],
)  # fmt: skip
def test_it_shows_the_invalid_value(variable, text):
    with pytest.raises(SettingsError, match=f"{variable} must be .*got '{text}'"):
        Settings.from_env({variable: text})


def test_the_table_and_the_fields_are_the_same():
    assert [item.name.lower() for item in SETTINGS] == [field.name for field in fields(Settings)]
