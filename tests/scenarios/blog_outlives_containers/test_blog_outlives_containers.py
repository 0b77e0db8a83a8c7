"""The story of a blog installed by WordPress's form: a new container keeps it."""

import pytest

from tests.harness.blog import PASSWORD, QLINES, Visitor
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError, run


def fill_in_the_form(visitor):
    """Install a new WordPress as its first visitor does."""
    assert visitor.get("/").headers["Location"].endswith("/wp-admin/install.php")
    assert "information" in visitor.get("/wp-admin/install.php").text.lower()
    answer = visitor.post(
        "/wp-admin/install.php?step=2",
        data={
            "weblog_title": "By Hand", "user_name": "carol", "admin_password": PASSWORD,
            "admin_password2": PASSWORD, "pw_weak": "1", "admin_email": "carol@example.com",
            "blog_public": "1", "Submit": "Install WordPress", "language": "",
        },
    )  # fmt: skip
    assert "Success" in answer.text, answer.text[:3000]


def test_a_site_that_was_installed_by_the_form_survives_a_new_container(new_blog):
    blog = new_blog().start()
    assert "first visitor" in blog.component("site wordpress_qlines")["sentence"]
    fill_in_the_form(Visitor(blog, QLINES))
    eventually(
        lambda: blog.component("site wordpress_qlines")["sentence"] == "reads its database", 10,
        "the report says that the site is installed",
    )  # fmt: skip
    author = Visitor(blog, QLINES)
    assert author.sign_in("carol").status_code == 302
    path = author.write("Still here", "after all", author.nonce())

    blog.remove(keep_volume=True)
    blog.environment["QLINES_BLOG_SITES"] = (
        "wordpress_qlines=blog.localhost,wordpress_bigbang=bigbang.localhost,third=third.localhost"
    )
    blog.environment |= {
        "QLINES_BLOG_ADMIN_EMAIL": "dave@example.com",
        "QLINES_BLOG_ADMIN_PASSWORD": "another-password",
        "QLINES_BLOG_TITLES": "third=The Third",
    }
    blog.start()

    assert "after all" in Visitor(blog, QLINES).get(path).text
    assert author.get("/wp-admin/").status_code == 200, (
        "the session cookie is still valid: the salts are the same"
    )
    third = Visitor(blog, "third.localhost")
    assert "<title>The Third</title>" in third.get("/").text
    assert third.sign_in("admin", "another-password").status_code == 302
    # The setting's admin is for new sites only: the installed site has no such user.
    assert Visitor(blog, QLINES).sign_in("admin", "another-password").status_code == 200
    with pytest.raises(CommandError, match="denied"):
        blog.sql("third", "SELECT * FROM wordpress_qlines.wp_users")


def test_an_invalid_setting_stops_the_start_with_a_message(blog_image):
    with pytest.raises(CommandError) as refused:
        run("docker", "run", "--rm", "-e", "QLINES_BLOG_SITES=Big Bang=x.localhost", blog_image)

    assert refused.value.status == 2
    assert "QLINES_BLOG_SITES must be name=domain pairs" in refused.value.stderr


def test_a_killed_container_restarts_with_all_data(new_blog):
    blog = new_blog(
        QLINES_BLOG_ADMIN_EMAIL="root@example.com", QLINES_BLOG_ADMIN_PASSWORD=PASSWORD
    ).start()

    run("docker", "kill", blog.name)
    run("docker", "start", blog.name)

    assert Visitor(blog.wait_ok(), QLINES).sign_in().status_code == 302
