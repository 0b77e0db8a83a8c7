from pathlib import Path

from blog.setup import site_files
from blog.setup.settings import Settings, Site

ETC = Path(__file__).resolve().parents[4] / "blog" / "etc"
SITE = Site("my_site", "blog.example.com", "My Site")


def test_nginx_serves_the_domain_and_its_www_with_the_site_s_own_php_and_files():
    text = site_files.nginx((ETC / "nginx" / "site.conf").read_text(), SITE, ["blog.example.com"])

    assert "server_name blog.example.com www.blog.example.com;" in text
    assert "set $php unix:/run/qlines/php/my_site.sock;" in text
    assert "root /data/sites/my_site;" in text
    assert "$$" not in text


def test_a_www_subdomain_belongs_to_the_site_that_names_it():
    domains = ["blog.example.com", "www.blog.example.com"]
    www = Site("other", "www.blog.example.com", "")

    assert site_files.nginx("$domains", SITE, domains) == "blog.example.com"
    assert site_files.nginx("$domains", www, domains) == "www.blog.example.com"


def test_a_pool_may_open_its_own_folders_but_no_other_site_s():
    text = site_files.php_pool((ETC / "php" / "pool.conf").read_text(), SITE)

    opened = next(line for line in text.splitlines() if "open_basedir" in line)
    assert "/data/sites/my_site/" in opened
    assert "/data/secrets" not in opened
    assert not any(folder in {"/data/", "/data/sites/", "/run/"} for folder in opened.split(":"))
    assert "env[QLINES_SITE] = my_site" in text


def test_wordpress_gets_its_database_its_address_and_its_mail_server():
    env = {"QLINES_SMTP_URL": "smtp://u:it's@m:25", "QLINES_HTTPS_PORT": "8443"}

    text = site_files.wordpress(Settings.from_env(env), SITE, {"AUTH_KEY": r"a\b"})

    assert text.startswith("<?php\n")
    for line in (
        "define('DB_NAME', 'my_site');",
        "define('QLINES_ADDRESS', 'https://blog.example.com:8443');",
        "define('QLINES_MAIL_FROM', 'wordpress@blog.example.com');",
        "define('DISALLOW_FILE_MODS', true);",
        "define('QLINES_SMTP_PORT', 25);",
        "define('QLINES_SMTP_IS_TLS', false);",
        r"define('QLINES_SMTP_PASSWORD', 'it\'s');",
        r"define('AUTH_KEY', 'a\\b');",
    ):
        assert line in text


def test_without_a_mail_server_no_constant_names_one():
    assert "SMTP" not in site_files.wordpress(Settings.from_env({}), SITE, {})
    on = Settings.from_env({"QLINES_BLOG_PLUGINS": "on"})
    assert "define('DISALLOW_FILE_MODS', false);" in site_files.wordpress(on, SITE, {})
