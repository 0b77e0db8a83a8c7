"""The story of two blogs in one container: posts, uploads, and isolation from each other."""

import json

import pytest

from tests.harness.blog import BIGBANG, QLINES, Visitor
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError

# A GIF of one pixel.
PICTURE = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)


@pytest.fixture(scope="module")
def author(blog):
    """Return the admin of the first site, signed in."""
    author = Visitor(blog, QLINES)
    assert author.sign_in().headers["Location"].startswith(f"https://{QLINES}/wp-admin/")
    return author


@pytest.fixture(scope="module")
def nonce(author):
    return author.nonce()


def test_both_sites_are_installed_and_link_to_https(blog):
    for domain in (QLINES, BIGBANG):
        page = Visitor(blog, domain).get("/")
        assert page.status_code == 200
        assert f"https://{domain}/" in page.text
        assert f"http://{domain}" not in page.text


def test_a_post_is_written_and_read_on_its_own_site_only(blog, author, nonce):
    path = author.write("A quiet valve", "It <b>opened</b> at noon.", nonce)
    assert path == "/a-quiet-valve/"

    page = Visitor(blog, QLINES).get(path)
    assert page.status_code == 200
    assert "It <b>opened</b> at noon." in page.text
    eventually(
        lambda: "A quiet valve" in Visitor(blog, QLINES).get("/").text, 30,
        "the cached front page is replaced",
    )  # fmt: skip
    assert Visitor(blog, BIGBANG).get(path).status_code == 404


def test_a_page_for_anonymous_visitors_is_cached(blog):
    Visitor(blog, QLINES).get("/")

    files = blog.exec("sh", "-c", "find /run/qlines/pages -type f").split()
    assert files != []


def test_an_upload_is_served(blog, author, nonce):
    answer = author.upload("dot.gif", PICTURE, "image/gif", nonce)
    assert answer.status_code == 201, answer.text

    seen = Visitor(blog, QLINES).get(author.path_of(answer.json()["source_url"]))

    assert seen.status_code == 200
    assert seen.headers["Content-Type"] == "image/gif"
    assert seen.content == PICTURE


@pytest.mark.parametrize(
    "name", ["evil.php", "evil.phtml", "evil.php5", "evil.PHP", "evil.phar", "evil.php.gif"]
)
def test_a_php_file_among_the_uploads_is_not_run(blog, author, nonce, name):
    refused = author.upload(name, b"<?php echo 6*7;", "application/x-php", nonce)
    assert refused.status_code >= 400

    # As if a plugin had put it there.
    folder = "/data/sites/wordpress_qlines/wp-content/uploads"
    blog.exec("sh", "-c", f"cat >{folder}/{name}", text="<?php echo 6*7;")
    for path in (name, f"{name}/more.php", f"{name}?x=1"):
        answer = Visitor(blog, QLINES).get(f"/wp-content/uploads/{path}")
        assert answer.status_code in {403, 404}, path
        assert "42" not in answer.text


@pytest.mark.parametrize(
    "path",
    ["/xmlrpc.php", "/wp-cron.php", "/wp-config.php", "/wp-includes/version.php", "/.htaccess",
     "/wp-content/plugins/akismet/akismet.php", "/wp-admin/../wp-config.php", "/readme.html"],
)  # fmt: skip
def test_a_path_that_no_visitor_needs_is_refused(blog, path):
    assert Visitor(blog, QLINES).get(path).status_code in {403, 404}


def test_guessing_passwords_is_rate_limited_for_that_address_only(blog):
    guesser = Visitor(blog, BIGBANG, "192.0.2.66")

    answers = [guesser.sign_in(password=f"guess-{n}").status_code for n in range(9)]

    assert answers[0] == 200
    assert 429 in answers
    assert guesser.get("/").status_code == 200
    other = Visitor(blog, BIGBANG, "192.0.2.67").sign_in()
    assert other.status_code == 302


def test_one_site_s_database_user_sees_only_its_own_database(blog):
    assert blog.sql("wordpress_qlines", "SHOW DATABASES").split() == [
        "information_schema", "wordpress_qlines",
    ]  # fmt: skip
    for statement in (
        "SELECT * FROM wordpress_bigbang.wp_users",
        "CREATE DATABASE wordpressXqlines",
        "SELECT * FROM mysql.global_priv",
        "SELECT LOAD_FILE('/data/secrets/mariadb_root')=1 FROM mysql.user",
        "CREATE USER x",
    ):
        with pytest.raises(CommandError, match="denied"):
            blog.sql("wordpress_qlines", statement)


def test_one_site_s_php_cannot_read_the_other_site_or_start_programs(blog):
    probe = """
        echo json_encode([
            @file_get_contents('/run/qlines/sites/wordpress_bigbang/settings.php'),
            @file_get_contents('/data/secrets/mariadb_root'),
            @scandir('/data/sites/wordpress_bigbang'),
            @file_get_contents('/proc/self/environ'),
            function_exists('exec') || function_exists('proc_open') || function_exists('symlink'),
        ]);
    """
    # Through the web, as an attacker would: in a theme of the first site.
    theme = "/data/sites/wordpress_qlines/wp-content/themes/probe"
    blog.exec("mkdir", "-p", theme)
    blog.exec("sh", "-c", f"cat >{theme}/index.php", text=f"<?php {probe}")
    blog.exec("sh", "-c", f"cat >{theme}/style.css", text="/*\nTheme Name: Probe\n*/")
    blog.php("wordpress_qlines", "switch_theme('probe');")
    # Makes the other site's PHP compile its own settings just before.
    assert Visitor(blog, BIGBANG).get("/?fresh=1").status_code == 200
    try:
        seen = Visitor(blog, QLINES).get("/?fresh=1").text
    finally:
        blog.php("wordpress_qlines", "switch_theme('twentytwentyfive');")

    assert json.loads(seen) == [False, False, False, False, False]


def test_the_dashboard_neither_edits_nor_installs_code(author):
    for page in ("theme-editor.php", "plugin-editor.php", "plugin-install.php", "update-core.php"):
        assert author.get(f"/wp-admin/{page}").status_code in {403, 302, 404}, page


def test_no_process_is_root_and_the_core_is_read_only(blog):
    # A process may end before it is looked at.
    users = set(blog.exec("sh", "-c", "stat -c %u /proc/[0-9]* 2>/dev/null || true").split())

    assert users == {"7010"}
    with pytest.raises(CommandError, match="denied"):
        blog.exec("touch", "/usr/share/wordpress/index.php")


def test_an_unknown_host_is_not_found(blog):
    assert Visitor(blog, "other.example.com").get("/").status_code == 404


def test_www_redirects_to_the_site(blog):
    answer = Visitor(blog, f"www.{QLINES}").get("/")

    assert answer.status_code == 301
    assert answer.headers["Location"] == f"https://{QLINES}/"


def test_health_names_every_program_and_every_site(blog):
    status, report = blog.health()

    assert status == 200
    assert report["status"] == "ok"
    assert [line["name"] for line in report["components"]] == [
        "mariadb", "nginx", "php", "site wordpress_qlines", "site wordpress_bigbang", "cron",
        "dumps",
    ]  # fmt: skip
