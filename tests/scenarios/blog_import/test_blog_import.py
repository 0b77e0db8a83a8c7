"""The story of a WordPress that moves in: its dump and its uploads become a site."""

import bz2
import gzip
import subprocess

import pytest

from tests.harness.blog import BIGBANG, QLINES, Visitor
from tests.harness.docker import ROOT, run

OLD = "https://blog.localhost"
NEW = "https://moved.localhost"


def import_site(blog, *arguments):
    """Run the README's command on this machine."""
    command = [str(ROOT / "blog" / "import_site.sh"), *map(str, arguments)]
    return subprocess.run(
        ["env", f"QLINES_NAME={blog.prefix}", *command],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def export_site(blog, site, part, file):
    with file.open("wb") as stream:
        subprocess.run(
            ["docker", "exec", blog.name, "export_site", site, part],
            stdout=stream, check=True, timeout=60,
        )  # fmt: skip
    return file


@pytest.fixture(scope="module")
def moved_out(blog, tmp_path_factory):
    """Return dump and files of a site with a post, a serialized option and an upload."""
    folder = tmp_path_factory.mktemp("moved")
    code = f"""
        wp_insert_post(['post_title' => 'Moving day', 'post_status' => 'publish',
            'post_name' => 'moving-day',
            'post_content' => '<a href="{OLD}/wp-content/uploads/note.txt">a note</a>']);
        update_option('with_address', ['where' => '{OLD}/here', 'n' => [1, '{OLD}']]);
    """
    blog.php("wordpress_qlines", code)
    uploads = "/data/sites/wordpress_qlines/wp-content/uploads"
    blog.exec("sh", "-c", f"cat >{uploads}/note.txt", text="the note")
    dump = export_site(blog, "wordpress_qlines", "database", folder / "dump.sql.gz")
    return dump, export_site(blog, "wordpress_qlines", "files", folder / "files.tar.gz")


@pytest.fixture
def target(new_blog):
    """Return a blog with two sites that are not installed yet."""
    sites = "new_home=moved.localhost,wordpress_bigbang=bigbang.localhost"
    return new_blog(QLINES_BLOG_SITES=sites).start()


def test_a_site_moves_in_with_posts_uploads_users_and_its_own_table_prefix(target, moved_out):
    dump, files = moved_out
    # As from another server: with another table prefix.
    text = gzip.decompress(dump.read_bytes()).decode().replace("wp_", "old7_")
    other = dump.with_name("other.sql.bz2")
    other.write_bytes(bz2.compress(text.encode()))

    done = import_site(target, "new_home", other, files)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{OLD} is now {NEW}" in done.stdout

    reader = Visitor(target, "moved.localhost")
    page = reader.get("/moving-day/").text
    assert f'href="{NEW}/wp-content/uploads/note.txt"' in page
    assert OLD not in page
    assert reader.get("/wp-content/uploads/note.txt").text == "the note"
    assert reader.sign_in().status_code == 302, "the old site's users can sign in"
    kept = target.php("new_home", "echo json_encode(get_option('with_address'));")
    assert kept.replace("\\/", "/") == f'{{"where":"{NEW}/here","n":[1,"{NEW}"]}}'
    assert target.health()[0] == 200
    bigbang = Visitor(target, BIGBANG).get("/")
    assert bigbang.headers["Location"].endswith("/install.php"), "the other site is unchanged"


def test_an_existing_site_is_not_overwritten_without_replace(blog, moved_out):
    dump, _files = moved_out

    refused = import_site(blog, "wordpress_bigbang", dump)
    assert refused.returncode != 0
    assert "--replace" in refused.stderr
    assert Visitor(blog, BIGBANG).sign_in().status_code == 302


@pytest.mark.parametrize(
    ("text", "says"),
    [("", "empty"), ("SELECT 1;\n", "not a dump of WordPress"), ("USE `mysql`;\n", "contains USE")],
)
def test_a_dump_that_is_not_of_one_wordpress_is_refused_and_changes_nothing(
    blog, tmp_path, text, says
):
    dump = tmp_path / "dump.sql"
    dump.write_text(text)

    refused = import_site(blog, "wordpress_bigbang", dump, "--replace")

    assert refused.returncode != 0
    assert says in refused.stderr
    assert "Nothing was changed" in refused.stderr
    assert Visitor(blog, QLINES).get("/").status_code == 200
    assert run("docker", "exec", blog.name, "php_of_site", "wordpress_bigbang",
               "/opt/qlines/blog/etc/wordpress/database.php", "count") != "0"  # fmt: skip


def test_an_unknown_site_is_refused_with_the_names_of_the_sites(blog, moved_out):
    refused = import_site(blog, "nowhere", moved_out[0])

    assert refused.returncode != 0
    assert "there is no site nowhere" in refused.stderr
    assert "wordpress_qlines wordpress_bigbang" in refused.stderr
