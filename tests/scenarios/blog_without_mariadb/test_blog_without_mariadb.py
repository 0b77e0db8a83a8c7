"""The story of MariaDB or PHP down: the report names the cause, and the sites recover."""

from tests.harness.blog import QLINES, Visitor
from tests.harness.deadline import eventually

CTL = ("supervisorctl", "-c", "/opt/qlines/blog/supervisord.conf")


def wait_for_mariadb(blog):
    """Wait until supervisord calls it RUNNING: a stop in its first second would make it hang."""
    status = ("sh", "-c", f"{' '.join(CTL)} status mariadb || true")
    eventually(lambda: "RUNNING" in blog.exec(*status), 60, "MariaDB runs", pause_seconds=0.5)
    blog.wait_ok(30)


def test_the_report_names_mariadb_as_the_cause_until_it_is_back(blog):
    wait_for_mariadb(blog)
    blog.exec(*CTL, "stop", "mariadb")
    try:
        eventually(lambda: blog.health()[0] == 503, 10, "the report is not ok")
        _status, report = blog.health()
        assert report["status"] == "down"
        assert blog.component("mariadb")["status"] == "failed"
        site = blog.component("site wordpress_qlines")
        assert (site["status"], site["blocked_by"]) == ("blocked", "mariadb")
        assert blog.component("php")["status"] == "ok"
    finally:
        blog.exec(*CTL, "start", "mariadb")

    eventually(lambda: blog.health()[0] == 200, 30, "the report is ok again")
    eventually(
        lambda: Visitor(blog, QLINES).get("/").status_code == 200, 30, "pages are served again"
    )


def test_a_killed_mariadb_is_restarted(blog):
    def pid():
        # supervisorctl exits with an error while it does not run.
        return blog.exec("sh", "-c", f"{' '.join(CTL)} pid mariadb || true").strip()

    killed = pid()
    blog.exec("sh", "-c", f"kill -KILL {killed}")

    eventually(lambda: pid() not in {killed, "0"}, 20, "it runs again")
    wait_for_mariadb(blog)


def test_the_report_names_php_as_the_cause(blog):
    blog.exec(*CTL, "stop", "php")
    try:
        eventually(
            lambda: blog.component("php")["status"] == "failed",
            10,
            "the report says that PHP failed",
        )
        assert blog.component("site wordpress_bigbang")["blocked_by"] == "php"
    finally:
        blog.exec(*CTL, "start", "php")
    blog.wait_ok(30)
