"""The story of a MariaDB that dies: the report says so, and everything is back by itself."""

from tests.harness.blog import QLINES, Visitor
from tests.harness.deadline import eventually

CTL = ("supervisorctl", "-c", "/opt/qlines/blog/supervisord.conf")


def wait_for_mariadb(blog):
    """Wait until supervisord calls it up: told to stop in its first second, it would hang."""
    status = ("sh", "-c", f"{' '.join(CTL)} status mariadb || true")
    eventually(lambda: "RUNNING" in blog.exec(*status), 60, "MariaDB runs", pause_seconds=0.5)
    blog.wait_ok(30)


def test_the_report_names_the_cause_and_ends_with_it(blog):
    wait_for_mariadb(blog)
    blog.exec(*CTL, "stop", "mariadb")
    try:
        eventually(lambda: blog.health()[0] == 503, 10, "the report says that something is wrong")
        _status, report = blog.health()
        assert report["status"] == "down"
        assert blog.component("mariadb")["status"] == "failed"
        site = blog.component("site wordpress_qlines")
        assert (site["status"], site["blocked_by"]) == ("blocked", "mariadb")
        assert blog.component("php")["status"] == "ok"
    finally:
        blog.exec(*CTL, "start", "mariadb")

    eventually(lambda: blog.health()[0] == 200, 30, "all is well again")
    eventually(lambda: Visitor(blog, QLINES).get("/").status_code == 200, 30, "pages are back")


def test_a_killed_mariadb_is_started_again(blog):
    def pid():
        # supervisorctl fails while it does not run.
        return blog.exec("sh", "-c", f"{' '.join(CTL)} pid mariadb || true").strip()

    killed = pid()
    blog.exec("sh", "-c", f"kill -KILL {killed}")

    eventually(lambda: pid() not in {killed, "0"}, 20, "it runs again")
    wait_for_mariadb(blog)


def test_a_dead_php_is_named(blog):
    blog.exec(*CTL, "stop", "php")
    try:
        eventually(lambda: blog.component("php")["status"] == "failed", 10, "PHP is named")
        assert blog.component("site wordpress_bigbang")["blocked_by"] == "php"
    finally:
        blog.exec(*CTL, "start", "php")
    blog.wait_ok(30)
