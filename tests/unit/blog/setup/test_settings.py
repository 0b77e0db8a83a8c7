import pytest

from blog.setup.settings import Admin, MailServer, SettingsError, Site, from_env

ADMIN = {"QLINES_BLOG_ADMIN_EMAIL": "me@example.com", "QLINES_BLOG_ADMIN_PASSWORD": "long-enough"}


def test_it_has_two_sites_on_localhost_when_nothing_is_set():
    settings = from_env({})

    assert settings.sites == (
        Site("wordpress_qlines", "blog.localhost", "blog.localhost"),
        Site("wordpress_bigbang", "bigbang.localhost", "bigbang.localhost"),
    )
    assert settings.admin is None
    assert settings.mail_server is None
    assert settings.https_port == 443
    assert not settings.are_plugins_open


def test_an_empty_variable_is_as_good_as_none():
    names = ("SITES", "TITLES", "ADMIN_EMAIL", "ADMIN_PASSWORD", "PLUGINS", "LANGUAGE", "MAIL_FROM")
    empty = {f"QLINES_BLOG_{name}": "" for name in names}

    assert from_env(empty | {"QLINES_SMTP_URL": "", "QLINES_HTTPS_PORT": ""}) == from_env({})


def test_it_reads_sites_with_blanks_and_capitals_in_the_domain():
    sites = from_env({"QLINES_BLOG_SITES": " one = Blog.Example.COM , two=b.example.com"}).sites

    assert [(site.name, site.domain) for site in sites] == [
        ("one", "blog.example.com"),
        ("two", "b.example.com"),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("one", "a domain such as blog.example.com, got 'one'"),
        ("One=a.example.com", "small letters, digits and _ that MariaDB does not use itself"),
        ("mysql=a.example.com", "got 'mysql=a.example.com'"),
        ("a-b=a.example.com", "got 'a-b=a.example.com'"),
        ("one=http://a.example.com", "a domain such as blog.example.com"),
        ("one=a.example.com:8080", "a domain such as blog.example.com"),
        ("one=a;b.example.com", "a domain such as blog.example.com"),
        ("one=a.example.com,", "got ''"),
        ("one=a.example.com,one=b.example.com", "a name of its own, got 'one' twice"),
        ("one=a.example.com,two=A.example.com", "a domain of its own, got 'a.example.com' twice"),
        ("none", "must name a site"),
    ],
)
def test_it_refuses_sites_that_make_no_sense(text, says):
    with pytest.raises(SettingsError, match="QLINES_BLOG_SITES must") as refused:
        from_env({"QLINES_BLOG_SITES": text})

    assert says in str(refused.value)


def test_a_title_may_hold_commas_and_equal_signs():
    sites = from_env({"QLINES_BLOG_TITLES": "wordpress_bigbang=Bang, big = loud; "}).sites

    assert [site.title for site in sites] == ["blog.localhost", "Bang, big = loud"]


@pytest.mark.parametrize(
    ("text", "says"),
    [("Only a title", "name=Title"), ("third=T", "must name sites of QLINES_BLOG_SITES")],
)
def test_it_refuses_titles_of_nothing(text, says):
    with pytest.raises(SettingsError, match=says):
        from_env({"QLINES_BLOG_TITLES": text})


def test_an_address_and_a_password_install_the_sites():
    settings = from_env(ADMIN | {"QLINES_BLOG_LANGUAGE": "de_DE"})

    assert settings.admin == Admin("me@example.com", "admin", "long-enough", "de_DE")


def test_a_password_may_come_as_a_file(tmp_path):
    file = tmp_path / "password"
    file.write_text("from-a-file\n")
    env = ADMIN | {"QLINES_BLOG_ADMIN_PASSWORD": "", "QLINES_BLOG_ADMIN_PASSWORD_FILE": str(file)}

    assert from_env(env).admin == Admin("me@example.com", "admin", "from-a-file", "")


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"QLINES_BLOG_ADMIN_EMAIL": ""}, "must come with QLINES_BLOG_ADMIN_EMAIL"),
        ({"QLINES_BLOG_ADMIN_PASSWORD": ""}, "must come with QLINES_BLOG_ADMIN_PASSWORD"),
        ({"QLINES_BLOG_ADMIN_EMAIL": "me"}, "an address such as me@example.com, got 'me'"),
        ({"QLINES_BLOG_ADMIN_PASSWORD": "short"}, "at least 8 characters long"),
        ({"QLINES_BLOG_ADMIN_USER": "a<b"}, "got 'a<b'"),
        ({"QLINES_BLOG_LANGUAGE": "german"}, "a locale of WordPress such as de_DE"),
        ({"QLINES_BLOG_ADMIN_PASSWORD_FILE": "/nowhere"}, "keep one of them"),
    ],
)
def test_it_refuses_half_an_admin(changed, says):
    with pytest.raises(SettingsError, match="QLINES_BLOG_") as refused:
        from_env(ADMIN | changed)

    assert says in str(refused.value)
    assert "short" not in str(refused.value).replace("shorter", "")


def test_a_file_that_is_not_there_is_named():
    with pytest.raises(SettingsError, match="QLINES_SMTP_URL_FILE must name a text file"):
        from_env({"QLINES_SMTP_URL_FILE": "/nowhere"})


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", MailServer("mail.example.com", 587, False, "", "")),
        ("smtps://a:b@mail.example.com", MailServer("mail.example.com", 465, True, "a", "b")),
        ("smtp://a%40b:p%2Fw@m:25", MailServer("m", 25, False, "a@b", "p/w")),
    ],
)
def test_it_reads_the_mail_server(url, server):
    assert from_env({"QLINES_SMTP_URL": url}).mail_server == server


@pytest.mark.parametrize("url", ["mail.example.com", "http://m", "smtp://", "smtp://m:pass"])
def test_it_refuses_a_mail_server_without_showing_its_password(url):
    with pytest.raises(SettingsError, match="a value that is not shown here"):
        from_env({"QLINES_SMTP_URL": url})


@pytest.mark.parametrize(
    ("variable", "text"),
    [("QLINES_BLOG_PLUGINS", "yes"), ("QLINES_HTTPS_PORT", "70000"), ("QLINES_HTTPS_PORT", "x"),
     ("QLINES_BLOG_MAIL_FROM", "nobody")],
)  # fmt: skip
def test_it_shows_the_value_it_got(variable, text):
    with pytest.raises(SettingsError, match=f"{variable} must be .*got '{text}'"):
        from_env({variable: text})
